"""The gates between a plan and its delivery: each one trips, does not trip, and then stops the night."""

from __future__ import annotations

import html
import re
from typing import Any

import duckdb
import orjson
import pytest
from shop_world import READERS
from town_world import Town

from recon.config.loading import load as load_config
from recon.errors import InputError
from recon.quality.gates import check_plan
from recon.store.job import Job
from recon.store.run import Run

PEOPLE = 40
OPT_INS = "people who opted out and would be opted in"
CHANGED = "profiles that the plan would change"
OPT_OUTS = "profiles that the plan would opt out"
UNREADABLE = "values of an attribute that cannot be read"
LOST = "attributes that have lost all their values since the last good run"


@pytest.fixture
def street(town: Town) -> Town:
    """Forty more people, eight of whom have moved, four have opted out, and two hold that in Braze already."""
    for number in range(PEOPLE):
        who = town.add(
            f"p{number:02}",
            {"city": "Bern", "points": "7"},
            {"loyalty_points": 7},
            {
                "home_city": "Basel" if number < 8 else "Bern",
                "email_subscribe": "unsubscribed" if number in (10, 11) else "subscribed",
            },
        )
        if number in (10, 12, 13, 14):
            town.opted_out(who)
    states = [each["fields"]["email_subscribe"] for each in town.exported]
    lines = [orjson.loads(line) | {"email_subscribe": state} for line, state in zip(town.lines(), states, strict=True)]
    town.write_export(lines=[orjson.dumps(line) for line in lines])
    town.write()
    return town


def unload(town: Town) -> None:
    """Segment's traits as they are by now; what Braze has stays."""
    town.write_table("user_traits")


def gates(town: Town) -> dict[str, dict[str, Any]]:
    """The gates of the newest run's plan by name."""
    return {gate["name"]: gate for gate in town.run_document["steps"]["plan"]["result"]["gates"]}


def failed(town: Town) -> list[str]:
    return [name for name, gate in gates(town).items() if not gate["passed"]]


def judged(town: Town, **quality: Any) -> bool:
    """The newest run's plan under these limits, and whether the gates let it go on."""
    town.configure(lambda config: config["quality"].update(quality))
    run = Run(town.run)
    steps = run.document["steps"]
    steps["plan"]["result"].pop("gates", None)
    run.note(steps=steps)
    try:
        check_plan(Job(load_config(town.folder / "recon.yml"), run))
    except InputError:
        return False
    return True


def test_shares_of_the_base_are_limited_only_where_somebody_says_so(street: Town) -> None:
    street.night()
    assert judged(street)
    found = {name: gate["found"] for name, gate in gates(street).items()}
    assert found == {
        OPT_INS: "none (opt-outs in Braze: 2, then 5)",
        CHANGED: "19.5 % (8 of 41)",
        OPT_OUTS: "7.3 % (3 of 41)",
        UNREADABLE: "hardly any",
    }
    for limit, gate, most in (("drift_percent", CHANGED, 19.6), ("opt_outs_percent", OPT_OUTS, 7.4)):
        assert judged(street, **{limit: most})
        assert not judged(street, **{limit: most - 0.2})
        assert failed(street) == [gate]
        assert gates(street)[gate]["allowed"] == f"at most {most - 0.2:.1f} %"
        assert judged(street, **{limit: 100})


def test_a_plan_that_fails_sends_nothing_until_a_person_has_looked(street: Town) -> None:
    street.configure(lambda config: config["quality"].update(opt_outs_percent=5))
    done = street.recon("run", "--apply", "--yes", "--json")
    assert (done.code, street.asked()) == (3, [])
    run = street.run.name
    assert f"1 of 4 quality gates of the plan failed, nothing was pushed: plan, {OPT_OUTS}: " in done.err
    assert "7.3 % (3 of 41), allowed: at most 5 % (quality.opt_outs_percent)" in done.err
    for text in (done.err, street.recon("apply").err):
        assert f"`recon run --run {run} --from plan --apply`" in text
        assert f"`recon apply --run {run} --only suppress`" in text
    status = street.recon("status").out
    assert f"the plan did not pass the gates: {OPT_OUTS}" in status
    assert f"recon run --run {run} --from plan --apply" in status
    assert "3 opt-outs wait" in status
    page = html.unescape((street.run / "report.html").read_text())
    assert "The run stopped at plan: 1 of 4 quality gates of the plan failed" in page
    assert OPT_OUTS in page

    assert street.recon("plan").code == 0
    assert (street.recon("apply", "--dry-run").code, street.recon("apply").code) == (3, 3), "a new plan was not judged"
    assert street.asked() == []
    assert street.recon("apply", "--only", "suppress").code == 0
    assert {len(body["attributes"]) for _, body in street.asked()} == {3}
    assert street.recon("apply").code == 3
    assert street.recon("run", "--from", "plan", "--apply", "--yes").code == 0
    assert {each["external_id"] for _, body in street.asked()[1:] for each in body["attributes"]} == {
        f"{street.mark}_p{number:02}" for number in range(8)
    }
    assert failed(street) == [OPT_OUTS], "the report of what was pushed no longer shows what the gates had said"


def test_going_on_is_a_word_for_one_plan_only(street: Town) -> None:
    street.configure(lambda config: config["quality"].update(opt_outs_percent=4))
    assert street.recon("run").code == 3
    with duckdb.connect(str(street.run / "work.duckdb")) as con:
        con.execute("delete from subscription_drift where external_id like '%p12'")
    assert street.recon("run", "--from", "plan").code == 3, "another plan went the way of the one that was looked at"
    assert street.recon("run", "--from", "plan").code == 0


def test_nobody_who_opted_out_is_opted_in_by_a_plan(street: Town) -> None:
    """Drift never makes such a correction; should it ever, the night ends here."""
    street.night()
    rows = [
        ("p10", "email_subscribe", '"unsubscribed"', "planned"),  # out on both sides
        ("p11", "email_subscribe", None, "planned"),  # out in Braze, though the plan does not say so
        ("p12", "email_subscribe", '"subscribed"', "planned"),  # out in Segment
        ("p20", "email_subscribe", '"subscribed"', "planned"),  # never out
        ("p11", "push_subscribe", '"unsubscribed"', "withheld"),  # waits for a person's word
        ("p21", f"subscription_group:{READERS}", '"unsubscribed"', "planned"),  # nobody made this person leave
        ("p22", f"subscription_group:{READERS}", '"unsubscribed"', "planned"),  # recon itself did
    ]
    with duckdb.connect(str(street.folder / ".recon" / "state.duckdb")) as con:
        con.execute(
            "insert into group_leave values (? || '_p22', ?, now())", [street.mark, f"subscription_group:{READERS}"]
        )
    with duckdb.connect(str(street.run / "work.duckdb")) as con:
        con.executemany(
            "insert into correction by name select 'attributes' as stage, 'cohort' as class, ? as external_id, "
            "? as field, ? as before, '\"opted_in\"' as after, ? as state",
            [(f"{street.mark}_{who}", *row) for who, *row in rows],
        )
    done = street.recon("apply")
    assert (done.code, street.asked()) == (3, [])
    assert failed(street) == [OPT_INS]
    assert gates(street)[OPT_INS]["found"] == "4 (opt-outs in Braze: 2, then 1)"


def test_an_attribute_that_cannot_be_read_is_named_and_nobody_else(street: Town) -> None:
    points = [row for row in street.tables["user_traits"] if row["name"] == "points"]
    for row in points[:21]:
        row["value"] = '"n/a"'
    unload(street)
    street.night()
    assert judged(street, unreadable_percent=52.5)
    assert not judged(street, unreadable_percent=52.4)
    assert failed(street) == [UNREADABLE]
    gate = gates(street)[UNREADABLE]
    assert gate["found"] == "loyalty_points: 21 of 40 (52.5 %)"
    assert gate["allowed"] == "at most 52.4 % of each attribute's, or fewer than 20"
    assert re.fullmatch("profiles [0-9a-f]{12}, [0-9a-f]{12}, [0-9a-f]{12}", *gate["examples"])
    assert street.mark not in str(gate)
    with duckdb.connect(str(street.run / "work.duckdb")) as con:
        con.execute("delete from attribute_drift where external_id in (? || '_p00', ? || '_p01')", [street.mark] * 2)
    assert judged(street, unreadable_percent=0), "nineteen values were more than a few"


def test_an_attribute_does_not_lose_all_its_values_overnight(street: Town) -> None:
    assert street.recon("run").code == 0
    assert LOST not in gates(street)
    rows = street.tables["user_traits"]
    for row in [row for row in rows if row["name"] == "points"]:
        row["value"] = None
    unload(street)
    street.night()
    assert judged(street)
    assert gates(street)[LOST]["found"] == "none"
    rows[:] = [row for row in rows if row["name"] != "points"]
    unload(street)
    assert street.recon("run").code == 3
    assert failed(street) == [LOST]
    assert gates(street)[LOST]["found"] == "loyalty_points"
    assert gates(street)[LOST]["examples"] == ["loyalty_points had 40"]
    assert not judged(street)
    assert street.recon("run", "--from", "plan").code == 0
    street.night()
    assert judged(street), "what somebody let go on did not become what is usual"
