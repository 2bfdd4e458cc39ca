"""Opt-outs go first and nothing holds them back; what else waits for a person waits for that plan's approval."""

from __future__ import annotations

import json
from typing import Any

from shop_world import DIGEST, OFFERS, READERS, WRITE_KEY, Shop
from town_world import Town

EVERYTHING = {
    "email_subscribe": "unsubscribed",
    "push_subscribe": "unsubscribed",
    "subscription_groups": [
        {"subscription_group_id": DIGEST, "subscription_state": "unsubscribed"},
        {"subscription_group_id": OFFERS, "subscription_state": "unsubscribed"},
    ],
}


def leaves_everything(town: Town, who: str) -> None:
    town.opted_out(who, "email_consent", "push_consent", "digest", "offers")


def apply(town: Town, *args: str) -> Any:
    done = town.recon("apply", *args, "--json")
    town.sandbox.settle()
    return done


def test_an_opt_out_goes_first_in_one_object_and_is_proven(town: Town) -> None:
    ann = town.add("ann", {"city": "Bern"}, fields={"home_city": "Basel", "email": f"{town.mark}@example.com"})
    bob = town.add("bob", fields={"email": f"{town.mark}@example.com"})
    town.identifier(f"use_{town.mark}_ann", f"{town.mark}-anon", "anonymous_id")
    leaves_everything(town, ann)
    town.write()
    plan = town.night()
    assert plan["corrections"] == {"alias": 1, "attribute": 1, "unsubscribe": 6}
    assert plan["price"]["data_points"] == 1
    assert (plan["price"]["objects"], plan["price"]["requests"]) == (4, 3)
    assert apply(town).code == 0
    assert town.recon("verify").code == 0
    paths = [path for path, _ in town.asked()]
    assert paths == ["/users/track", "/users/alias/new", "/users/track"]
    first, last = town.sent()
    by_address = {"email_subscribe": "unsubscribed", "subscription_groups": EVERYTHING["subscription_groups"][:1]}
    assert first == [
        {"external_id": ann, "_update_existing_only": True, **EVERYTHING},
        {"external_id": bob, "_update_existing_only": True, **by_address},
    ]
    assert last == [{"external_id": ann, "_update_existing_only": True, **EVERYTHING, "home_city": "Bern"}]
    assert set(town.states().values()) == {"verified"}
    stored = town.stored(ann)
    assert stored["groups"] == {DIGEST: "Unsubscribed", OFFERS: "Unsubscribed"}
    assert town.stored(bob)["fields"]["email_subscribe"] == "unsubscribed", "a state belongs to the address"


def test_a_breaker_a_budget_and_vain_nights_hold_back_everything_but_opt_outs(town: Town) -> None:
    ann = town.add("ann", {"city": "Bern"})
    town.loose("ann", "ann")
    town.config["policy"] |= {"budget": {"requests": 0}, "give_up_after": 1}
    town.config["policy"]["breakers"]["attribute"] = {"count": 0, "percent": 0}
    town.opted_out(ann)
    town.write()
    plan = town.night()
    assert {name: held["reason"].partition(":")[0] for name, held in plan["withheld"].items()} == {
        "attribute": "breaker",
        "identify": "budget",
    }
    town.sandbox.fault("/users/track", "status", status=400, body={"message": "no"}, count=1)
    assert apply(town).code == 5
    assert town.states()[ann, "email_subscribe"] == "rejected"
    town.night()
    assert apply(town).code == 4
    assert town.stored(ann)["fields"]["email_subscribe"] == "unsubscribed"
    assert {path for path, _ in town.asked()} == {"/users/track"}
    town.recon("verify")
    assert town.states()[ann, "email_subscribe"] == "verified"


def test_an_opt_out_that_is_undone_meanwhile_is_not_said_to_hold(town: Town) -> None:
    ann = town.add("ann")
    town.opted_out(ann, "email_consent", "digest")
    town.write()
    town.night()
    apply(town)
    back = [{"subscription_group_id": DIGEST, "subscription_state": "subscribed"}]
    undone = {"external_id": ann, "email_subscribe": "subscribed", "subscription_groups": back}
    town.post("/users/track", {"attributes": [undone]})
    town.sandbox.settle()
    assert town.recon("verify").code == 5
    assert set(town.states().values()) == {"not_applied"}


def test_a_group_is_entered_and_left_with_the_attributes(town: Town) -> None:
    town.config["cohorts"] = [{"audience": "readers", "to": {"subscription_group": READERS}}]
    ann, bob = town.add("ann", {"city": "Bern", "readers": "true"}), town.add("bob", groups={READERS: "Subscribed"})
    town.write()
    assert town.night()["corrections"] == {"attribute": 1, "cohort": 2}
    assert apply(town).code == 0
    assert town.recon("verify").code == 0
    assert [len(objects) for objects in town.sent()] == [2]
    assert town.stored(ann)["groups"] == {READERS: "Subscribed"}
    assert town.stored(bob)["groups"] == {READERS: "Unsubscribed"}
    assert set(town.states().values()) == {"verified"}


def test_a_re_subscription_needs_approval_and_a_conflict_is_no_correction(town: Town) -> None:
    ann = town.add("ann", {"email_consent": "true"}, fields={"email_subscribe": "unsubscribed"})
    town.add("bob", {"email_consent": "true"}, fields={"email_subscribe": "unsubscribed"})
    town.opted_out_in_braze(ann, hours_ago=300)
    town.write()
    plan = town.night()
    assert plan["corrections"] == {"resubscribe": 1}
    assert apply(town).code == 4
    assert town.tracks() == []
    assert town.recon("approve", plan["hash"][:20], "--class", "resubscribe").code == 0
    assert apply(town).code == 0
    assert town.recon("verify").code == 0
    assert town.states() == {(ann, "email_subscribe"): "verified"}
    assert town.stored(ann)["fields"]["email_subscribe"] == "subscribed"


def test_a_suppressed_person_is_deleted_only_with_approval_and_after_the_opt_out(town: Town) -> None:
    ann = town.add("ann", {"city": "Bern"})
    twin = town.twin("ann_b", "ann")
    forgotten = town.add("forgotten")
    town.tables["user_identifiers"].pop()
    town.suppress(ann, forgotten)
    town.config["policy"]["delete_suppressed"] = True
    town.write()
    plan = town.night()
    assert plan["corrections"] == {"delete": 3, "unsubscribe": 12}
    assert apply(town).code == 4
    assert town.sandbox.profile(ann) is not None
    assert {row["cause"] for row in town.results()} == {"suppressed"}
    assert town.recon("approve", town.run.name, "--class", "delete").code == 0
    assert apply(town).code == 0
    assert all(town.sandbox.profile(who) is None for who in (ann, twin, forgotten))
    assert town.recon("verify").code == 0
    assert set(town.states().values()) == {"verified"}
    assert [path for path, _ in town.asked()] == ["/users/track", "/users/delete"]


def test_an_id_that_was_renamed_meanwhile_is_not_deleted(town: Town) -> None:
    ann = town.add("ann")
    town.suppress(ann)
    town.config["policy"]["delete_suppressed"] = True
    town.write()
    plan = town.night()
    town.recon("approve", plan["plan"], "--class", "delete")
    renames = [{"current_external_id": ann, "new_external_id": f"{ann}_new"}]
    town.post("/users/external_ids/rename", {"external_id_renames": renames})
    town.sandbox.settle()
    assert apply(town).code == 5
    assert town.sandbox.profile(f"{ann}_new") is not None
    [row] = [row for row in town.results() if row["class"] == "delete"]
    assert row["state"] == "not_applied"
    assert "deprecated" in row["error"]


def test_an_approval_holds_for_one_class_of_one_plan(town: Town) -> None:
    town.add("ann", {"city": "Bern"})
    town.twin("ann_b", "ann")
    town.config["policy"]["breakers"]["attribute"] = {"count": 0, "percent": 0}
    town.write()
    plan = town.night()
    assert set(plan["withheld"]) == {"attribute", "merge"}
    for wrong in ("delete", "unsubscribe", "nonsense"):
        done = town.recon("approve", plan["plan"], "--class", wrong)
        assert done.code == 2
        assert f"recon approve {plan['plan']} --class merge" in done.err
    assert town.recon("approve", "0000000000", "--class", "merge").code == 2
    assert town.recon("approve", plan["plan"], "--class", "attribute").code == 0
    assert "recon apply" in town.recon("status").out
    town.tables["user_traits"][-1]["value"] = "Zug"
    town.write_table("user_traits")
    other = town.night()
    assert other["hash"] != plan["hash"]
    assert apply(town).code == 4
    assert set(town.states().values()) == {"withheld"}
    assert town.recon("approve", other["plan"], "--class", "attribute").code == 0
    assert apply(town).code == 4
    states = {what: state for (_, what), state in town.states().items()}
    assert states == {"home_city": "accepted", "merge": "withheld"}


def test_with_yes_nothing_is_approved(town: Town) -> None:
    town.add("ann")
    town.twin("ann_b", "ann")
    town.write()
    assert town.recon("run", "--apply", "--yes").code == 4
    assert town.asked() == []


def test_opt_outs_of_a_stale_plan_go_alone_on_a_persons_word(town: Town) -> None:
    ann = town.add("ann", {"city": "Bern"})
    town.opted_out(ann)
    town.write()
    town.night()
    town.write_table("user_identifiers", file="part-1")
    done = town.recon("apply")
    assert done.code == 4
    assert "1 opt-out waits" in done.err and "--only suppress" in done.err
    assert town.tracks() == []
    assert apply(town, "--only", "suppress").code == 0
    assert town.sent() == [[{"external_id": ann, "_update_existing_only": True, "email_subscribe": "unsubscribed"}]]
    done = town.recon("apply")
    assert done.code == 4
    assert "opt-out" not in done.err


def test_opt_outs_go_alone_after_a_failed_gate(town: Town) -> None:
    ann = town.add("ann", {"city": "Bern"}, hours_ago=480)
    town.config["quality"]["max_age"] = "1h"
    town.opted_out(ann)
    town.write()
    done = town.recon("run", "--apply")
    assert done.code == 3
    assert "--only suppress" in done.err
    for command in ("drift", "plan"):
        assert town.recon(command).code == 0
    done = town.recon("apply")
    assert done.code == 3
    assert "1 opt-out waits" in done.err
    assert town.tracks() == []
    assert apply(town, "--only", "suppress").code == 0
    assert town.stored(ann)["fields"]["email_subscribe"] == "unsubscribed"
    assert len(town.sent()) == 1


def test_nothing_else_can_be_sent_while_opt_outs_wait(town: Town) -> None:
    ann, bob = town.add("ann", {"city": "Bern"}), town.add("bob", {"city": "Bern"})
    for who in (ann, bob):
        town.opted_out(who)
    town.write()
    town.night()
    done = town.recon("apply", "--only", "attributes")
    assert done.code == 2
    assert "opt-outs" in done.err
    assert town.tracks() == []
    apply(town, "--limit", "1")
    assert [len(objects) for objects in town.sent()] == [1]
    apply(town)
    assert ["home_city" in objects[0] for objects in town.sent()] == [False, False, True]


def test_a_dry_run_tells_each_stage(town: Town) -> None:
    ann = town.add("ann", {"city": "Bern"})
    town.loose("ann", "ann")
    town.opted_out(ann)
    town.write()
    town.night()
    stages = town.recon("apply", "--dry-run", "--json").document["stages"]
    assert {name: each["corrections"] for name, each in stages.items()} == {"suppress": 1, "identity": 1}
    assert town.asked() == []


def test_the_same_consent_makes_the_same_plan_byte_by_byte(town: Town) -> None:
    people = [town.add(f"p{number}", {"city": "Bern"}) for number in range(5)]
    town.twin("p0_b", "p0")
    town.loose("p1", "p1")
    for who in people:
        leaves_everything(town, who)
    town.write()
    made = []
    for _ in range(2):
        town.night()
        made.append([(town.run / "plan" / name).read_bytes() for name in ("plan.json", "corrections.parquet")])
    assert made[0] == made[1]


def test_an_error_about_a_rename_names_the_one_that_is_meant(shop: Shop) -> None:
    from recon.braze.calls import CALLS
    from recon.braze.client import BrazeClient
    from recon.braze.rates import RatePools
    from recon.deliver.batches import Batch, Item
    from recon.deliver.send import send

    body = {"message": "success", "external_ids": [], "rename_errors": [[1, "new_external_id is already in use"]]}
    shop.sandbox.fault("/users/external_ids/rename", "status", status=201, body=body, count=1)
    items = tuple(Item(f"p{number}", json.dumps({}).encode(), "rename") for number in range(2))
    with BrazeClient(shop.sandbox.url, WRITE_KEY, RatePools()) as braze:
        outcomes = send(braze, Batch(items, CALLS["rename"]))
    assert {item.external_id: (each.state, each.error) for each in outcomes for item in each.items} == {
        "p0": ("accepted", None),
        "p1": ("rejected", "new_external_id is already in use"),
    }
