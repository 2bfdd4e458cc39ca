"""Run folders: kept as long as configured, and the last one always."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recon.store.run import Run
from recon.store.runs import Runs


def aged(runs: Runs, days: int) -> Run:
    run = runs.start(workspace="w", config="c")
    started = datetime.now(UTC) - timedelta(days=days)
    target = run.folder.with_name(started.strftime("%Y%m%dT%H%M%SZ"))
    run.folder.rename(target)
    document = json.loads((target / "run.json").read_text()) | {"run": target.name, "started_at": started.isoformat()}
    (target / "run.json").write_text(json.dumps(document))
    (target / "work.duckdb").touch()
    (target / "raw").mkdir()
    return Run(target)


def test_old_runs_go_and_the_newest_stays_whatever_its_age(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    for days in (50, 45, 40):
        newest = aged(runs, days)
    runs.tidy(timedelta(days=30))
    assert [run.id for run in runs.all()] == [newest.id]
    assert newest.work.exists()
    assert [document["run"] for document in runs.history()] == sorted(document["run"] for document in runs.history())
    assert len(runs.history()) == 3, "what the runs came to is kept"
    assert not list(tmp_path.glob("history/*/raw"))


def test_only_the_last_two_runs_keep_their_tables_and_all_keep_what_was_received(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    kept = [aged(runs, days) for days in (4, 3, 2, 1)]
    runs.tidy(timedelta(days=30))
    assert [run.work.exists() for run in kept] == [False, False, True, True]
    assert all(run.raw.exists() for run in kept)


def test_a_step_that_is_done_again_forgets_the_steps_after_it(tmp_path: Path) -> None:
    run = Runs(tmp_path).start(workspace="w", config="c")
    for name in ("pull", "load", "drift"):
        with run.step(name) as result:
            result["name"] = name
    with run.step("load") as result:
        result["name"] = "again"
    assert list(run.document["steps"]) == ["pull", "load"]
    assert run.result("load") == {"name": "again"}


def test_after_the_clock_was_set_back_a_new_run_is_still_the_newest(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    ahead = aged(runs, -400)
    fresh = runs.start(workspace="w", config="c")
    assert [run.id for run in runs.all()] == [ahead.id, fresh.id]
    assert runs.find(None).id == fresh.id
    assert abs(datetime.fromisoformat(fresh.document["started_at"]) - datetime.now(UTC)) < timedelta(hours=1)
