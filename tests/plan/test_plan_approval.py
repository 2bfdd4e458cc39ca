"""An approval is a ceiling: for what a person saw in one plan, once."""

from __future__ import annotations

from typing import Any

from shop_world import Shop
from town_world import Town


def resubscribing(town: Town) -> str:
    """Somebody whose opt-in in Segment is provably newer than the opt-out in Braze."""
    who = town.add("ann", {"email_consent": "true"}, fields={"email_subscribe": "unsubscribed"})
    town.opted_out_in_braze(who, hours_ago=300)
    town.write()
    return who


def delivered(shop: Shop) -> Any:
    done = shop.recon("apply", "--json")
    shop.sandbox.settle()
    return done.document["states"]


def test_more_of_the_same_class_is_not_covered(town: Town) -> None:
    town.add("ann")
    town.twin("ann_b", "ann")
    plan = town.write() and town.night()
    assert town.recon("approve", plan["plan"], "--class", "merge").code == 0
    town.twin("ann_c", "ann")
    town.exported = town.exported[-1:]
    town.write()
    more = town.night()
    assert (plan["withheld"]["merge"]["n"], more["withheld"]["merge"]["n"]) == (1, 2)
    states = delivered(town)
    assert (states["withheld"], states["accepted"], states["verified"]) == (2, 0, 0)
    assert town.asked() == []


def test_an_approval_waits_for_the_night_that_brings_the_same_plan(town: Town) -> None:
    """Approved by day, delivered by the next night's run: the plan is the same, to the byte."""
    who = resubscribing(town)
    plan = town.night()
    assert town.recon("approve", plan["plan"], "--class", "resubscribe").code == 0
    done = town.recon("run", "--apply", "--json")
    assert done.document["plan"]["hash"] == plan["hash"]
    assert done.code == 0, done.said
    town.sandbox.settle()
    assert town.stored(who)["fields"]["email_subscribe"] == "subscribed"


def test_an_approval_is_used_once(town: Town) -> None:
    """What was approved and undone again is another decision, though the plan looks the same."""
    who = resubscribing(town)
    plan = town.night()
    town.recon("approve", plan["plan"], "--class", "resubscribe", "--by", "Ada")
    assert delivered(town)["accepted"] == 1
    assert town.recon("verify").code == 0

    town.post("/users/track", {"attributes": [{"external_id": who, "email_subscribe": "unsubscribed"}]})
    town.sandbox.settle()
    again = town.night()
    assert again["hash"] == plan["hash"]
    states = delivered(town)
    assert (states["withheld"], states["accepted"]) == (1, 0)
    assert town.stored(who)["fields"]["email_subscribe"] == "unsubscribed"

    document = town.recon("approve", again["plan"], "--class", "resubscribe", "--by", "Bo", "--json").document
    assert (document["run"], document["by"]) == (town.run.name, "Bo")
    assert delivered(town)["accepted"] == 1
    assert town.stored(who)["fields"]["email_subscribe"] == "subscribed"


def test_the_second_word_for_one_plan_changes_nothing(town: Town) -> None:
    resubscribing(town)
    plan = town.night()
    for by in ("Ada", "Bo"):
        document = town.recon("approve", plan["plan"], "--class", "resubscribe", "--by", by, "--json").document
        assert (document["by"], document["n"], document["hash"]) == ("Ada", 1, plan["hash"])


def test_what_is_above_the_budget_goes_on_a_persons_word(shop: Shop) -> None:
    shop.config["policy"]["budget"] = {"data_points": 1}
    shop.add("ann", {"city": "Bern", "points": "7"})
    shop.write()
    plan = shop.recon("run", "--json").document["plan"]
    assert plan["withheld"]["attribute"]["reason"] == "budget: 2 data points of 1 allowed (1 too many)"
    assert shop.recon("apply").code == 4
    shop.recon("approve", plan["plan"], "--class", "attribute")
    assert delivered(shop)["accepted"] == 2
