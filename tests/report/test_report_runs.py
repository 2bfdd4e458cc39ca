"""The index of runs, what is said of runs that got nowhere, and a report that names people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import report_nights as nights
from report_page import Page
from shop_world import Shop

from recon.report import drift_report, index
from recon.report.verdict import verdict
from recon.store.runs import Runs

MONDAY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def write_night(home: Path, day: int, *, pruned: bool = False, **members: Any) -> dict[str, Any]:
    """A run of that day: 100 drifted values less 10 a day, all repaired, one withheld."""
    started = MONDAY + timedelta(days=day)
    name = f"{started:%Y%m%dT%H%M%SZ}"
    drifted = 100 - 10 * day
    steps: dict[str, Any] = {
        "drift": {
            "seconds": 1,
            "result": {"attributes": {"drifted_cells": drifted, "by_cause": {"overwritten": drifted}}, "to_repair": 1},
        },
        "verify": {"seconds": 2, "result": {"states": {"verified": drifted, "withheld": 1}}},
    }
    document = {
        "run": name,
        "state": "done",
        "at": "verify",
        "started_at": started.isoformat(),
        "finished_at": (started + timedelta(minutes=3)).isoformat(),
        "exit_code": 4,
        "error": None,
        "remedy": None,
        "steps": steps,
        **members,
    }
    folder = home / "history" if pruned else home / "runs" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / (f"{name}.json" if pruned else "run.json")).write_bytes(orjson.dumps(document))
    if not pruned:
        (folder / "report.html").write_text("")
    return document


def test_a_week_of_nights_is_listed_newest_first_with_its_trend(tmp_path: Path) -> None:
    failed = {"state": "failed", "at": "gates", "error": "old data", "remedy": "Wait.", "exit_code": 3, "steps": {}}
    for day in range(7):
        write_night(tmp_path, day, pruned=day < 2, **(failed if day == 4 else {}))
    html = index.write(Runs(tmp_path), tmp_path).read_text()
    page = Page(html)
    lines = [line for line in page.lines if line.startswith("2026-11-")]
    assert [line[:10] for line in lines] == [f"2026-11-{day}" for day in range(22, 15, -1)]
    assert "40 40 1 40 overwritten" in lines[0] and lines[0].endswith("report")
    assert "The run did not finish" in lines[2] and "old data" in lines[2] and "– – –" in lines[2]
    assert all(line.endswith("pruned") for line in lines[-2:])
    links = [link.attributes["href"] for link in page.all("a") if not str(link.attributes["href"]).startswith("#")]
    assert len(links) == 6 and all((tmp_path / str(link)).exists() for link in links)
    assert html.count('class="gap"') == 1 and html.count('class="drift') == 6
    assert html == index.write(Runs(tmp_path), tmp_path).read_text()


def test_an_index_of_many_runs_stays_small(tmp_path: Path) -> None:
    write_night(tmp_path, 0)
    [row] = index.rows(Runs(tmp_path), tmp_path)
    html = index.render([row] * 5_000)
    assert len(html) < 1_000_000 and "and 4,600 more earlier runs" in Page(html).text


def test_a_run_that_compared_nothing_is_never_called_clean(tmp_path: Path) -> None:
    cut_off = verdict(write_night(tmp_path, 0, state="running", at="apply"))
    assert (cut_off.state, cut_off.exit_code) == ("failed", 1) and "cut off at apply" in cut_off.sentence
    stopped = verdict(write_night(tmp_path, 0, state="open", at="load", exit_code=None, steps={}))
    assert stopped.state == "failed" and "no further than load" in stopped.sentence


def test_the_verdict_says_what_was_repaired_and_what_waits_for_a_person(tmp_path: Path) -> None:
    document = write_night(tmp_path, 0)
    held = {"merge": {"n": 2, "reason": "approval"}, "resubscribe": {"n": 1, "reason": "approval"}}
    document["steps"]["plan"] = {"seconds": 1, "result": {"withheld": held}}
    states = document["steps"]["verify"]["result"]["states"]
    states |= {"verified": 1200, "withheld": 3}
    document["steps"]["apply"] = document["steps"]["verify"]
    told = verdict(document)
    assert (told.state, told.exit_code) == ("withheld", 4)
    assert told.sentence == (
        "1,200 repairs made in Braze and seen to hold. 3 repairs wait for a person's decision: "
        "2 merges of duplicate profiles, 1 person to be subscribed again."
    )
    states |= {"verified": 1203, "withheld": 0}  # they were approved since, and delivered
    assert (verdict(document).state, verdict(document).sentence) == (
        "repaired", "1,203 repairs made in Braze and seen to hold.",
    )  # fmt: skip


def test_names_are_shown_only_if_asked_for_and_beside_the_usual_report(shop: Shop) -> None:
    name = shop.add("drifted", {"city": "Bern"}, {}, {"home_city": "Rome"})
    shop.write()
    assert shop.recon("run").code == 0
    usual = shop.run / "report.html"
    before = usual.read_bytes()
    assert name.encode() not in before
    assert shop.recon("report", "--reveal").code == 0
    revealed = shop.run / "report.revealed.html"
    assert name in revealed.read_text() and "Identifiers are shown as they are." in Page(revealed.read_text()).text
    assert revealed.stat().st_mode & 0o777 == 0o600
    assert name.encode() not in usual.read_bytes() and usual.exists()


def test_a_report_with_pseudonyms_has_no_banner() -> None:
    assert "as they are" not in Page(drift_report.render(nights.repaired())).text
    assert "as they are" in Page(drift_report.render(replace(nights.repaired(), revealed=True))).text
