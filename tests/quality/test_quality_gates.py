"""The gates between the inputs and a delivery: each one trips, does not trip, and then stops the night."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from shop_world import SEGMENT_ID, Done, Shop, discreet

from recon.config.loading import load as load_config
from recon.errors import InputError
from recon.intake.load import load
from recon.intake.pull import pull
from recon.quality.gates import check
from recon.store.job import Job
from recon.store.run import Run
from recon.store.runs import Runs

PEOPLE = 40
HOUR = 3600


def person(shop: Shop, number: int, **more: Any) -> str:
    """Somebody on both sides who lives in another town than Braze believes."""
    traits = {"email": f"p{number:02}@example.com", "city": "Bern"}
    return shop.add(f"p{number:02}", traits, {}, {"home_city": "Basel"}, **{"hours_ago": 7, **more})


@pytest.fixture
def healthy(shop: Shop) -> Shop:
    """Forty people, fresh tables, and an export that lies in a folder, so that no other shop's people are in it."""
    for number in range(PEOPLE):
        person(shop, number)
    shop.identifier(f"use_{shop.mark}_p00", "anon-1", "anonymous_id", hours_ago=3)
    shop.config["quality"] = {"max_age": "36h", "profiles_drop_percent": 5, "email_null_percent": 20}
    shop.write_export()
    return shop


def suppress(shop: Shop, *lines: str) -> None:
    """The suppression list has these lines."""
    path = shop.folder / "suppressed.csv"
    path.write_text("\n".join(["user_id,suppressed_at", *lines, ""]))
    shop.config["segment"]["suppressions"] = path.name


def write(shop: Shop) -> None:
    """The files of a shop as it is by now; nobody goes to Braze, for the export is a file."""
    for table in shop.tables:
        shop.write_table(table)
    shop.configure()


def night(shop: Shop, *args: str) -> Done:
    """A whole night."""
    write(shop)
    return shop.recon("run", *args)


def judged(shop: Shop, old: Sequence[Path] = (), hours: float = 0) -> bool:
    """Only as much of a night as the gates need, and whether they let it go on; the files `old` are that old."""
    write(shop)
    for path in old:
        os.utime(path, (time.time() - hours * HOUR,) * 2)
    config = load_config(shop.folder / "recon.yml")
    job = Job(config, Runs(config.state_folder).start(workspace=config.workspace, config=config.fingerprint()))
    pull(job)
    load(job)
    try:
        check(job)
    except InputError as error:
        discreet(error.what)
        return False
    return True


def gates(shop: Shop) -> dict[str, dict[str, Any]]:
    """The newest run's gates by name."""
    return {gate["name"]: gate for gate in shop.run_document["steps"]["gates"]["result"]["gates"]}


def failed(shop: Shop) -> list[str]:
    return [name for name, gate in gates(shop).items() if not gate["passed"]]


def age_rows(shop: Shop, table: str, hours: float | None) -> None:
    moment = None if hours is None else datetime.now(UTC) - timedelta(hours=hours)
    for row in shop.tables[table]:
        row["timestamp"] = moment


# -- a good night


def test_good_inputs_pass_every_gate_and_the_night_goes_on(healthy: Shop) -> None:
    healthy.write()
    done = healthy.recon("run", "--apply", "--json")
    assert (done.code, done.err) == (0, "")
    assert list(healthy.run_document["steps"]) == ["pull", "load", "gates", "drift", "plan", "apply", "verify"]
    assert done.document["gates"]["gates"] == list(gates(healthy).values())
    assert all(gate["passed"] for gate in done.document["plan"]["gates"])
    assert failed(healthy) == []
    members = {"name", "passed", "found", "allowed", "table", "rule", "examples"}
    assert all(gate.keys() == members for gate in gates(healthy).values())
    assert "quality checks passed" in (healthy.run / "report.html").read_text()


def test_nothing_of_great_expectations_is_left_behind(healthy: Shop) -> None:
    write(healthy)
    before = set(healthy.folder.rglob("*"))
    healthy.recon("run")
    made = set(healthy.folder.rglob("*")) - before
    assert {path.relative_to(healthy.folder).parts[0] for path in made} == {".recon"}
    assert not [path for path in made if path.suffix in (".yml", ".yaml") or "great_expectations" in str(path)]


# -- freshness


@pytest.mark.parametrize(("hours", "stale"), [(35.9, False), (36.1, True)])
def test_the_newest_row_must_not_be_older_than_max_age(healthy: Shop, hours: float, stale: bool) -> None:
    tables = ["user_traits", "user_identifiers"]
    for table in tables:
        age_rows(healthy, table, hours)
    assert judged(healthy) is not stale
    assert failed(healthy) == ([f"newest row of {table}" for table in tables] if stale else [])
    assert gates(healthy)["newest row of user_traits"]["found"] == ("36 h 6 min old" if stale else "35 h 54 min old")
    assert gates(healthy)["newest row of user_traits"]["allowed"] == "at most 36h"


def test_a_row_from_the_future_makes_no_table_fresh(healthy: Shop) -> None:
    age_rows(healthy, "user_traits", 40)
    healthy.tables["user_traits"][0]["timestamp"] = datetime.now(UTC) + timedelta(days=400)
    assert not judged(healthy)
    assert failed(healthy) == ["newest row of user_traits"]


@pytest.mark.parametrize(("hours", "stale"), [(35, False), (37, True)])
def test_where_rows_tell_no_age_the_file_does(healthy: Shop, hours: float, stale: bool) -> None:
    """A backfill's rows have no time; merges and suppressions are rare, and may be years old on a good day."""
    age_rows(healthy, "user_traits", None)
    suppress(healthy, "somebody,2019-01-01T00:00:00Z")
    merged = {"canonical_segment_id": f"use_{healthy.mark}_p00", "segment_id": "use_old", "seq": None}
    healthy.tables["profile_merges"].append({**merged, "timestamp": datetime(2019, 1, 1, tzinfo=UTC)})
    tables = healthy.folder / "segment"
    old = [
        tables / "user_traits" / "part-0.parquet",
        tables / "profile_merges" / "part-0.parquet",
        healthy.folder / "suppressed.csv",
        healthy.folder / "exports" / "export.zip",
    ]
    assert judged(healthy, old, hours) is not stale
    subjects = ["user_traits", "profile_merges", "the suppression list", "the Braze export"]
    assert failed(healthy) == ([f"newest file of {subject}" for subject in subjects] if stale else [])


@pytest.mark.parametrize(("days", "stale"), [(0, False), (1, False), (3, True)])
def test_an_export_in_a_date_folder_is_judged_by_that_date(healthy: Shop, days: int, stale: bool) -> None:
    day = (datetime.now(UTC) - timedelta(days=days)).date()
    prefix = f"0f8fad5b-d9cb-469f-a165-70867728950e-{int(time.time()) - days * 24 * HOUR}"
    folder = f"segment-export/seg/{day}/{prefix}"
    (healthy.folder / "exports" / folder).mkdir(parents=True)
    healthy.write_export(f"{folder}/a.zip")
    healthy.config["braze"]["export"] = {"files": "exports/segment-export/*/*/*/*.zip"}
    assert judged(healthy) is not stale
    assert failed(healthy) == (["date folder of the Braze export"] if stale else [])
    assert gates(healthy)["date folder of the Braze export"]["found"].startswith("at least ")


def test_an_export_that_braze_was_asked_for_is_fresh(healthy: Shop) -> None:
    healthy.config["braze"]["export"] = {"segment_id": SEGMENT_ID}
    healthy.config["quality"]["max_age"] = "8h"
    healthy.sandbox.insert(healthy.exported)
    assert judged(healthy)
    assert gates(healthy)["newest file of the Braze export"]["found"].startswith("0 h")


# -- number of profiles


def lose(shop: Shop, people: int) -> None:
    """So many people leave both of Segment's tables, and as many others Braze."""
    lost = {f"use_{shop.mark}_p{number:02}" for number in range(people)}
    for rows in shop.tables.values():
        rows[:] = [row for row in rows if row["canonical_segment_id"] not in lost]
    shop.write_export(lines=shop.lines()[: PEOPLE - people])


def test_profiles_may_not_fall_by_more_than_the_percent(healthy: Shop) -> None:
    assert night(healthy).code == 0
    names = [
        f"profiles in {table} against the last good run"
        for table in ("user_traits", "user_identifiers", "the Braze export")
    ]
    lose(healthy, 2)
    judged(healthy)
    assert [gates(healthy)[name]["passed"] for name in names] == [True] * 3
    assert [gates(healthy)[name]["found"] for name in names] == ["5 % fewer (38 after 40)"] * 3
    lose(healthy, 3)
    assert not judged(healthy)
    assert [gates(healthy)[name]["passed"] for name in names] == [False] * 3
    assert [gates(healthy)[name]["found"] for name in names] == ["7.5 % fewer (37 after 40)"] * 3
    assert gates(healthy)[names[0]]["allowed"] == "at most 5 % fewer"


def test_a_first_night_has_nothing_to_compare_with(healthy: Shop) -> None:
    assert judged(healthy)
    assert not [name for name in gates(healthy) if "against the last good run" in name]


def test_a_bad_night_is_no_measure_until_somebody_has_let_it_go_on(healthy: Shop) -> None:
    assert night(healthy).code == 0
    rows = healthy.tables["user_traits"]
    rows[:] = rows[: len(rows) // 2]
    assert not judged(healthy)
    assert not judged(healthy), "half a base became what is usual"
    healthy.configure(lambda config: config["quality"].update(email_null_percent=100))
    assert healthy.recon("run", "--from", "drift").code == 0
    assert judged(healthy)
    assert gates(healthy)["profiles in user_traits against the last good run"]["found"] == "0 % more (20 after 20)"


# -- e-mail addresses


@pytest.mark.parametrize(("people", "trips"), [(8, False), (9, True)])
def test_most_people_need_an_email_address(healthy: Shop, people: int, trips: bool) -> None:
    rows = [row for row in healthy.tables["user_traits"] if row["name"] == "email"][:people]
    for row in rows[:3]:
        row["value"] = None
    for row in rows[3:6]:
        row["value"] = "null"
    for row in rows[6:]:
        row["name"] = "something else"
    assert judged(healthy) is not trips
    name = "people in Segment without an e-mail address"
    assert failed(healthy) == ([name] if trips else [])
    assert gates(healthy)[name]["found"] == ("22.5 % of 40" if trips else "20 % of 40")
    assert gates(healthy)[name]["examples"] == (["no row: 3 people", "null: 6 people"] if trips else [])


def test_without_an_email_in_the_mapping_nobody_needs_one(healthy: Shop) -> None:
    healthy.config["attributes"] = [rule for rule in healthy.config["attributes"] if rule["to"] != "email"]
    healthy.tables["user_traits"] = [row for row in healthy.tables["user_traits"] if row["name"] != "email"]
    assert judged(healthy)
    assert not [name for name in gates(healthy) if "e-mail" in name]


def test_an_email_made_of_other_traits_counts(healthy: Shop) -> None:
    for number, row in enumerate(row for row in healthy.tables["user_traits"] if row["name"] == "email"):
        row["name"] = "work_mail" if number % 2 else "home_mail"
    mapped = {"to": "email", "as": None, "sql": "coalesce(trait('work_mail'), trait('home_mail'))"}
    healthy.config["attributes"][0] = {key: value for key, value in mapped.items() if value}
    assert judged(healthy)
    assert gates(healthy)["people in Segment without an e-mail address"]["found"] == "0 % of 40"


def test_visitors_without_a_user_id_are_not_asked_for_an_email(healthy: Shop) -> None:
    for number in range(100):
        healthy.identifier(f"use_visitor_{number}", f"anon-{number}", "anonymous_id")
    assert judged(healthy)
    assert gates(healthy)["people in Segment without an e-mail address"]["found"] == "0 % of 40"


def test_an_email_under_a_merged_away_id_is_the_winners(healthy: Shop) -> None:
    for number, row in enumerate(row for row in healthy.tables["user_traits"] if row["name"] == "email"):
        merged = {"canonical_segment_id": row["canonical_segment_id"], "segment_id": f"use_old_{number}", "seq": None}
        healthy.tables["profile_merges"].append({**merged, "timestamp": None})
        row["canonical_segment_id"] = merged["segment_id"]
    assert judged(healthy)
    assert gates(healthy)["people in Segment without an e-mail address"]["found"] == "0 % of 40"


# -- keys


def test_keys_are_never_empty(healthy: Shop) -> None:
    suppress(healthy, "somebody,2019-01-01T00:00:00Z", ",2019-01-01T00:00:00Z", '"",2019-01-01T00:00:00Z')
    for nothing in (None, ""):
        healthy.trait(nothing, "points", "7")
        healthy.identifier(nothing, f"new-{nothing}", "ga_client_id")
        healthy.identifier("use_new", nothing)
        for ends in ((nothing, "use_lost"), ("use_new", nothing)):
            row = dict(zip(("canonical_segment_id", "segment_id"), ends, strict=True), seq=None, timestamp=None)
            healthy.tables["profile_merges"].append(row)
    assert not judged(healthy)
    bad = {
        name: (gate["table"], gate["found"], gate["examples"])
        for name, gate in gates(healthy).items()
        if not gate["passed"]
    }
    assert bad == {
        "rows of user_traits without canonical_segment_id": ("user_traits", "2", ["2 × points"]),
        "rows of user_identifiers without canonical_segment_id": ("user_identifiers", "2", ["2 × ga_client_id"]),
        "rows of profile_merges without canonical_segment_id or segment_id": ("profile_merges", "4", []),
        "empty user_ids in user_identifiers": ("user_identifiers", "2", []),
        "empty user_ids in the suppression list": ("suppressions", "2", []),
    }


def test_an_external_id_stands_for_one_profile(healthy: Shop) -> None:
    """Loading keeps one of each already; should it ever not, the night ends here."""
    write(healthy)
    for step in ("pull", "load"):
        assert healthy.recon(step).code == 0
    with duckdb.connect(str(healthy.run / "work.duckdb")) as con:
        con.execute("insert into actual select * from actual limit 2")
    config = load_config(healthy.folder / "recon.yml")
    with pytest.raises(InputError, match="external ids that the Braze export holds twice: 2, allowed: none"):
        check(Job(config, Run(healthy.run)))


# -- the join key


def test_a_first_night_on_which_no_id_fits_ends_there(healthy: Shop) -> None:
    for row in healthy.tables["user_identifiers"]:
        if row["type"] == "user_id":
            row["value"] = f"{int(row['value'][-2:]):07}"
    name = "external ids in the Braze export that Segment knows"
    assert not judged(healthy)
    assert failed(healthy) == [name]
    assert gates(healthy)[name]["found"] == "0 of 40 (0 %)"
    assert "Segment: 40 ids are digits after a leading zero, 7 characters long" in gates(healthy)[name]["examples"]
    assert "Braze: 40 ids are text with other characters" in str(gates(healthy)[name]["examples"])


def test_the_number_of_known_ids_must_not_collapse(healthy: Shop) -> None:
    assert night(healthy).code == 0
    for people, passes in ((2, True), (3, False)):
        for row in healthy.tables["user_identifiers"][:people]:
            row["value"] = row["value"].upper()
        assert judged(healthy) is passes
        assert failed(healthy) == ([] if passes else ["external ids in the Braze export that Segment knows"])


def test_new_people_in_braze_whom_segment_does_not_know_are_no_collapse(healthy: Shop) -> None:
    assert night(healthy).code == 0
    lines = [json.dumps({"external_id": f"imported_{number}"}).encode() for number in range(4 * PEOPLE)]
    healthy.write_export(lines=healthy.lines() + lines)
    assert judged(healthy)


def test_where_braze_has_aliases_only_there_is_no_id_to_know(healthy: Shop) -> None:
    alias = [{"alias_name": "anon-1", "alias_label": "segment_anonymous_id"}]
    healthy.write_export(lines=[json.dumps({"braze_id": "b1", "user_aliases": alias}).encode()])
    assert judged(healthy)
    assert not [name for name in gates(healthy) if "that Segment knows" in name]


# -- what a failed gate does


@pytest.fixture
def bad(healthy: Shop) -> Shop:
    """Two gates that fail at once: old traits, and a quarter of the people without an address."""
    age_rows(healthy, "user_traits", 52)
    for row in [row for row in healthy.tables["user_traits"] if row["name"] == "email"][:10]:
        row["value"] = None
    return healthy


def test_a_failed_gate_ends_the_night_with_exit_3_and_nothing_is_pushed(bad: Shop) -> None:
    bad.write()
    before = bad.store()
    done = bad.recon("run", "--apply", "--yes", "--json")
    assert done.code == 3
    assert done.document["exit_code"] == 3
    assert bad.tracks() == []
    assert bad.store() == before
    assert list(bad.run_document["steps"]) == ["pull", "load", "gates"]
    assert (bad.run_document["state"], bad.run_document["at"], bad.run_document["exit_code"]) == ("failed", "gates", 3)


def test_every_failed_gate_is_named_with_its_table_its_rule_and_both_values(bad: Shop) -> None:
    done = night(bad)
    assert re.match(r"error: 2 of \d+ quality gates failed, nothing was pushed: ", done.err)
    assert (
        "user_traits, newest row of user_traits: 52 h 0 min old, allowed: at most 36h (quality.max_age, newest file "
        in done.err
    )
    assert (
        "user_traits, people in Segment without an e-mail address: 25 % of 40, allowed: at most 20 % "
        "(quality.email_null_percent, null: 10 people)" in done.err
    )
    assert f"recon run --run {bad.run.name} --from drift" in done.err
    assert bad.mark + "_p" not in done.said, "an external id was said"
    status = bad.recon("status").out
    assert "the inputs did not pass the gates" in status
    assert f"recon run --run {bad.run.name} --from drift" in status


def test_the_report_of_a_night_that_was_stopped_shows_the_gate(bad: Shop) -> None:
    night(bad)
    page = html.unescape((bad.run / "report.html").read_text())
    assert re.search(r"2 of \d+ quality checks failed", page)
    [row] = re.findall(r"<tr>(?:(?!</tr>).)*newest row of user_traits(?:(?!</tr>).)*</tr>", page, re.DOTALL)
    assert "52 h 0 min old" in row
    assert "at most 36h" in row
    assert "failed" in row


def test_a_person_may_let_a_stopped_night_go_on(bad: Shop) -> None:
    bad.write()
    assert bad.recon("run", "--apply").code == 3
    assert bad.recon("run", "--from", "load", "--apply").code == 3
    assert bad.tracks() == []
    assert bad.recon("run", "--from", "drift", "--apply", "--yes").code == 0
    assert len(bad.sent()[0]) == PEOPLE
    assert failed(bad), "the report of what was pushed no longer shows what the gates had said"


def test_the_single_steps_run_no_gate_and_never_load_great_expectations(bad: Shop) -> None:
    write(bad)
    program = """
import sys
from recon.cli import main
for step in ("pull", "load", "drift", "plan", "report"):
    sys.argv = ["recon", step, "--quiet"]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, step
import recon.job
print([name for name in sys.modules if name.partition(".")[0] in ("great_expectations", "pandas")])
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=bad.folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()[-1]) == (0, "[]"), done.stderr
    assert "gates" not in bad.run_document["steps"]
