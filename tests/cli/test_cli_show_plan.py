"""recon show plan reads like a plan: what is added, changed and removed, by whom, why, what waits, and what to type."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from shop_world import DIGEST, READERS, Shop
from town_world import LABEL, Town


@pytest.fixture
def town_with_all(town: Town) -> Town:
    """Every class but a deletion: an opt-out, an alias, an identify, a rename, a merge, values, audiences."""
    town.config["cohorts"] = [
        {"audience": "vip", "to": {"array": "lists"}},
        {"audience": "readers", "to": {"subscription_group": READERS}},
    ]
    town.config["policy"]["clear_when_null"] = ["home_city"]
    held = {"favorites": ["tea", "milk"], "address": {"city": "Basel", "zip": "4000"}, "lists": ["theirs"]}
    ann = town.add(
        "ann",
        {"tags": '["tea","jam"]', "address": '{"city":"Bern","floor":2}', "points": "7", "vip": "true"},
        held,
        {"email": f"{town.mark}@example.com"},
    )
    town.trait(f"use_{town.mark}_ann", "email", f"{town.mark}-new@example.com")
    town.trait(f"use_{town.mark}_ann", "city", None)
    town.exported[-1]["fields"]["home_city"] = "Basel"
    town.identifier(f"use_{town.mark}_ann", f"{town.mark}-card", "anonymous_id")
    town.twin("ann_b", "ann")
    town.loose("bob", town.add("bob", {"readers": "true"}).removeprefix(f"{town.mark}_"))
    town.add("cid", in_braze=False)
    town.twin("cid_b", "cid")
    town.opted_out(ann, "email_consent", "digest")
    town.write()
    return town


def test_every_change_is_told_by_stage_class_field_and_profile(town_with_all: Town) -> None:
    town, mark = town_with_all, town_with_all.mark
    plan = town.night()
    out = town.recon("show", "plan").out
    stages = re.findall(r"^\d\. (\w+): .*\((\d+) corrections?, (\d+) profiles?\)$", out, re.M)
    assert stages == [("suppress", "4", "2"), ("identity", "4", "4"), ("attributes", "7", "2")]
    order = re.findall(r"^  (\w+)  ", out, re.M)
    assert order == ["unsubscribe"] * 2 + ["alias", "identify", "rename", "merge"] + ["attribute"] * 5 + ["cohort"] * 2
    for line in (
        f'~ {mark}_ann_b  "subscribed" → "unsubscribed"  # opted_out: opted out in Segment',
        'unsubscribe  group "Digest"  + 2',
        f"+ add the alias {mark}-card to {mark}_ann",
        f"+ identify {mark}-bob as {mark}_bob",
        f"~ rename {mark}_cid_b to {mark}_cid",
        f"- merge {mark}_ann_b into {mark}_ann (canonical profile use_{mark}_ann owns both)",
        f"+ {mark}_ann  7  # first_seen: compared for the first time",
        f'- {mark}_ann  "Basel" → null  # first_seen',
        '~ city: "Basel" → "Bern"',
        "+ floor: 2",
        '+ "jam"',
        '- "milk"',
        '+ "vip"',
        "cohort  group of the audience readers  + 1",
        "withheld approval: a merge cannot be undone",
        f"let them go with: recon approve {plan['plan']} --class merge",
        "Plan: 4 to add, 5 to change, 1 to remove; 4 opt-outs first; 1 withheld.",
    ):
        assert line in out, f"{line}\nis not in\n{out}"
    assert "zip" not in out, "a key that is not sent survives, and is no change"
    assert re.search(r"email [0-9a-f]{12} → email [0-9a-f]{12}", out)
    price = plan["price"]
    assert f"{price['objects']} objects, {price['requests']} requests, under a minute" in out


def test_what_is_advised_can_be_typed_and_the_plan_then_says_so(town_with_all: Town) -> None:
    town = town_with_all
    town.night()
    [command] = re.findall(r"let them go with: (.*)", town.recon("show", "plan").out)
    assert town.recon(*shlex.split(command)[1:], "--by", "Ada").code == 0
    out = town.recon("show", "plan").out
    assert "approved by Ada" in out
    assert "Plan: 4 to add, 5 to change, 2 to remove; 4 opt-outs first." in out
    assert "`recon apply`" in out
    assert town.recon("apply").code == 0
    assert town.recon("verify").code == 0
    assert "This plan was delivered: " in town.recon("show", "plan").out


def test_the_document_has_the_whole_structure(town_with_all: Town) -> None:
    town = town_with_all
    plan = town.night()
    document = town.recon("show", "plan", "--json").document
    assert {key: document[key] for key in plan if key != "version"} == {k: v for k, v in plan.items() if k != "version"}
    classes = {entry["class"]: entry for stage in document["stages"] for entry in stage["classes"]}
    assert {name: entry["corrections"] for name, entry in classes.items()} == plan["corrections"]
    assert [name for name, entry in classes.items() if entry["withheld"]] == ["merge"]
    fields = {field["field"]: field for entry in classes.values() for field in entry["fields"]}
    [row] = fields["favorites"]["rows"]
    assert [(part["sign"], part["before"], part["after"]) for part in row["parts"]] == [
        ("+", None, '"jam"'),
        ("-", '"milk"', None),
    ]
    assert (row["sign"], row["cause"], row["state"]) == ("~", "first_seen", "planned")
    assert fields[f"subscription_group:{DIGEST}"]["what"] == 'group "Digest"'
    assert fields[f"identify:{LABEL}"]["rows"][0]["words"].startswith("identify ")


def test_five_profiles_of_each_field_are_shown_or_all(shop: Shop) -> None:
    people = [shop.add(f"p{number:02}", {"city": "Bern"}) for number in range(12)]
    shop.write()
    shop.recon("run")
    out = shop.recon("show", "plan").out
    assert [who for who in people if who in out] == people[:5]
    assert "… and 7 more (--all shows them)" in out
    everybody = shop.recon("show", "plan", "--all").out
    assert all(who in everybody for who in people)
    assert "more" not in everybody


@pytest.mark.parametrize("columns", [80, 140])
def test_lines_keep_to_the_width_of_the_terminal(shop: Shop, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    shop.add("ann", {"city": "B" * 200, "plan": "new" * 60}, {"plan_tier": "old" * 60})
    shop.add("bob", {"tags": '["' + "t" * 200 + '"]'}, {"favorites": ["x" * 200]})
    shop.write()
    shop.recon("run")
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = shop.recon("show", "plan").out.splitlines()
    assert max(map(len, lines)) <= columns
    [line] = [line for line in lines if "oldold" in line]
    assert "newnew" in line
    assert len(line) > columns - 10, "the room there is is used"


def test_an_external_id_that_is_an_address_is_not_printed(shop: Shop) -> None:
    who = shop.add("ann@example.com", {"city": "Bern", "email": "ann@example.com"})
    shop.write()
    shop.recon("run")
    for args in (["plan"], ["drift"], ["--profile", who]):
        assert shop.recon("show", *args).code == 0
        shop.recon("show", *args, "--json")


def test_a_number_with_a_fraction_is_no_phone_number(shop: Shop) -> None:
    shop.add("ann", {"points": "12345678.25"}, {"loyalty_points": 41791234567})
    shop.write()
    shop.recon("run")
    out = shop.recon("show", "plan").out
    assert "[phone] → 12345678.25" in out


def test_a_plan_that_is_not_there_any_more_is_said(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"})
    shop.write()
    shop.recon("run")
    Path(shop.run / "plan" / "corrections.parquet").unlink()
    done = shop.recon("show", "plan")
    assert done.code == 2
    assert "not on disk any more" in done.err
