"""Nights that would do damage if nothing stopped them: an input, a mapping or a key that went wrong for everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from shop_world import Shop

PEOPLE = 20


@pytest.fixture
def settled(shop: Shop) -> Shop:
    """Twenty people who are as they should be after a first night; the last one opts out after it."""
    shop.config["subscriptions"] = {"email": {"trait": "email_consent", "unsubscribed": ["false"]}}
    shop.config["policy"]["breakers"]["attribute"] = {"count": 5, "percent": 10}
    for number in range(PEOPLE):
        shop.add(f"p{number:02}", {"city": "Bern", "plan": "gold"}, {"plan_tier": "gold"}, {"home_city": "Bern"})
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    assert writes(shop) == []
    shop.trait(f"use_{shop.mark}_p{PEOPLE - 1}", "email_consent", "false")
    shop.write_table("user_traits")
    return shop


def writes(shop: Shop) -> list[tuple[str, Any]]:
    """Path and objects of every request that changed something, in order."""
    return [
        (row["path"], json.loads(row["body"]).get("attributes"))
        for row in shop.sandbox.requests(after=shop.logged)
        if row["method"] == "POST" and not row["path"].startswith("/users/export")
    ]


def nobody_else_was_touched(shop: Shop) -> None:
    """The only thing that was sent is the opt-out, and Braze holds it; all values are as before."""
    shop.sandbox.settle()
    last = f"{shop.mark}_p{PEOPLE - 1}"
    opt_out = {"external_id": last, "_update_existing_only": True, "email_subscribe": "unsubscribed"}
    assert writes(shop) == [("/users/track", [opt_out])]
    assert shop.stored(last)["fields"]["email_subscribe"] == "unsubscribed"
    for number in range(PEOPLE):
        stored = shop.stored(f"{shop.mark}_p{number:02}")
        assert (stored["fields"]["home_city"], stored["custom_attributes"]) == ("Bern", {"plan_tier": "gold"})


def lost_half(shop: Shop) -> None:
    kept = {f"use_{shop.mark}_p{number:02}" for number in range(PEOPLE // 2, PEOPLE)}
    for table in ("user_traits", "user_identifiers"):
        rows = shop.tables[table]
        rows[:] = [row for row in rows if row["canonical_segment_id"] in kept]
        shop.write_table(table)
    for row in shop.tables["user_traits"]:
        row["value"] = {"Bern": "Basel"}.get(row["value"], row["value"])
    shop.write_table("user_traits")


def key_of_another_type(shop: Shop) -> None:
    """A warehouse that made numbers of ids: `p07` came back as `p07.0`, in all rows but two."""
    for row in shop.tables["user_identifiers"][1:-1]:
        row["value"] += ".0"
    shop.write_table("user_identifiers")


@pytest.mark.parametrize(("harm", "gate"), [(lost_half, "Segment"), (key_of_another_type, "that Segment knows")])
def test_an_input_that_went_wrong_stops_at_a_gate_and_opt_outs_go_on_a_persons_word(
    settled: Shop, harm: Any, gate: str
) -> None:
    harm(settled)
    done = settled.recon("run", "--apply")
    assert done.code == 3, done.said
    assert gate in done.err
    assert writes(settled) == []
    status = settled.recon("status").out
    assert "the inputs did not pass the gates" in status
    for command in (f"recon run --run {settled.run.name} --from drift", "recon apply --only suppress"):
        assert command in status

    for command in ("drift", "plan"):
        assert settled.recon(command).code == 0
    for refused in (["apply"], ["apply", "--only", "attributes"]):
        done = settled.recon(*refused)
        assert done.code == 3
        assert "1 opt-out waits" in done.err
        assert writes(settled) == []
    assert "--only suppress" in settled.recon("status").out
    assert settled.recon("apply", "--only", "suppress").code in (0, 4)  # 4: a breaker would have tripped besides
    nobody_else_was_touched(settled)
    assert settled.recon("verify").code in (0, 4)
    status = settled.recon("status").out
    assert "--resume" not in status and "opt-out" not in status


def empty_for_everybody(shop: Shop) -> None:
    shop.configure(lambda config: config["attributes"][3].update(sql="''"))


def null_for_everybody(shop: Shop) -> None:
    for row in shop.tables["user_traits"]:
        if row["name"] == "city":
            row["value"] = "null"
    shop.write_table("user_traits")


def cleared_for_everybody(shop: Shop) -> None:
    null_for_everybody(shop)
    shop.configure(lambda config: config["policy"].update(clear_when_null=["home_city"]))


@pytest.mark.parametrize("harm", [cleared_for_everybody, empty_for_everybody])
def test_what_takes_a_value_from_everybody_trips_a_breaker_and_opt_outs_go_through(settled: Shop, harm: Any) -> None:
    harm(settled)
    done = settled.recon("run", "--apply", "--json")
    assert done.code == 4, done.said
    [(name, held)] = done.document["plan"]["withheld"].items()
    assert (name, held["n"]) == ("attribute", PEOPLE)
    assert held["reason"].startswith("breaker")
    nobody_else_was_touched(settled)
    assert {state for (_, field), state in settled.states().items() if field != "email_subscribe"} == {"withheld"}
    assert [state for (_, field), state in settled.states().items() if field == "email_subscribe"] == ["verified"]
    assert f"recon approve {done.document['plan']['plan']} --class attribute" in settled.recon("status").out


def test_a_null_for_everybody_clears_nothing_that_the_policy_does_not_name(settled: Shop) -> None:
    null_for_everybody(settled)
    done = settled.recon("run", "--apply", "--json")
    assert done.code == 0
    assert done.document["drift"]["attributes"]["nulls_kept"] == PEOPLE
    nobody_else_was_touched(settled)


def test_an_expression_that_comes_to_nothing_for_everybody_clears_nothing(settled: Shop) -> None:
    settled.configure(lambda config: config["attributes"][2].update(sql="nullif(value, value)"))
    settled.configure(lambda config: config["policy"].update(clear_when_null=["home_city"]))
    assert settled.recon("run", "--apply").code == 0
    nobody_else_was_touched(settled)
