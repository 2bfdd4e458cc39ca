"""How a run ended, in what everybody who is told of it needs: times, counts, one sentence. It names no person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from recon.plan.stale import opt_outs_waiting
from recon.report.opt_outs import last_plan, opt_outs_in_vain
from recon.report.verdict import verdict
from recon.store import sql
from recon.store.job import Job
from recon.store.run import Run
from recon.store.runs import Runs

_WELL = (0, 4)
MEANING = {
    2: "wrong usage or configuration, or an input or disk that is not ready",
    3: "an input cannot be trusted",
    4: "something is withheld",
    5: "delivered in part",
    6: "a remote side refused the key or stayed unreachable",
    130: "stopped by a signal",
    143: "stopped by a signal",
}
BUG = "a bug in recon"


@dataclass(frozen=True)
class Night:
    """A run, or an errand (errand.py), that has ended. Times are UTC; `seconds` by step; `counts` lacks what the run
    did not get to:

    `profiles`, `drifted_cells` (by cause), `to_repair`, `states` (corrections by state), `withheld` (by class),
    `opt_outs` (waiting, pushed), `events_forwarded`, `events_sent`, `gates_failed`, `lines_quarantined`. An errand has
    `events` by fate.
    """

    workspace: str
    run: str | None
    """None for an errand, which has none."""
    command: str
    exit_code: int
    outcome: str
    sentence: str
    started_at: datetime
    ended_at: datetime
    well_at: datetime | None
    """When a run of this workspace last ended with 0 or 4."""
    seconds: dict[str, float]
    counts: dict[str, Any]
    report: str | None
    """Path of report.html, if there is one."""


def night(job: Job, command: str, exit_code: int, *, failed: bool) -> Night:
    """The run of `job` after `command` has ended with `exit_code`; `failed` if by an error."""
    document = job.run.document
    outcome, sentence = ("failed", _failure(document, exit_code)) if failed else _end(document, exit_code)
    path = job.run.folder / "report.html"
    return Night(
        workspace=job.config.workspace,
        run=job.run.id,
        command=command,
        exit_code=exit_code,
        outcome=outcome,
        sentence=sentence,
        started_at=datetime.fromisoformat(document["started_at"]),
        ended_at=datetime.now(UTC).replace(microsecond=0),
        well_at=_well_at(job.runs),
        seconds={name: step["seconds"] for name, step in document["steps"].items() if "seconds" in step},
        counts=_counts(job, document),
        report=str(path) if path.exists() else None,
    )


def _end(document: Mapping[str, Any], exit_code: int) -> tuple[str, str]:
    """The verdict on the repair; where the code is that of the events sent after it, these are told of too."""
    told = verdict(document)
    if exit_code in (0, told.exit_code):
        return told.state, told.sentence
    outcome = "partly_delivered" if exit_code == 5 else "failed"
    return outcome, f"{told.sentence} Of the events after that: {MEANING.get(exit_code, BUG)}."


def _failure(document: Mapping[str, Any], exit_code: int) -> str:
    """What went wrong, without the error's own words: they may name a file, or people's ids."""
    at = f" at {document['at']}" if document["error"] and document["at"] else ""
    sentence = f"The run stopped{at}: {MEANING.get(exit_code, BUG)}."
    return sentence if "apply" in document["steps"] else f"{sentence} Nothing was sent to Braze."


def _well_at(runs: Runs) -> datetime | None:
    for document in reversed(runs.history()):
        if document["exit_code"] in _WELL and document["finished_at"]:
            return datetime.fromisoformat(document["finished_at"])
    return None


def _counts(job: Job, document: Mapping[str, Any]) -> dict[str, Any]:
    steps = {name: step["result"] for name, step in document["steps"].items() if "result" in step}
    counts: dict[str, Any] = {}
    if "load" in steps:
        counts["lines_quarantined"] = steps["load"]["quarantined"]
    if "gates" in steps:
        judged = (*steps["gates"]["gates"], *steps.get("plan", {}).get("gates", ()))
        counts["gates_failed"] = sum(not gate["passed"] for gate in judged)
    if "drift" in steps:
        counts["profiles"] = steps["drift"]["profiles"]
        counts["drifted_cells"] = steps["drift"]["attributes"]["by_cause"]
        counts["to_repair"] = steps["drift"]["to_repair"]
    if "plan" in steps:
        counts["withheld"] = {name: held["n"] for name, held in steps["plan"]["withheld"].items()}
    if states := (steps.get("verify") or steps.get("apply") or {}).get("states"):
        counts["states"] = states
    if opt_outs := _opt_outs(job, planned="plan" in steps):
        counts["opt_outs"] = opt_outs
    if "apply" in document["steps"] and job.run.results.exists():
        with duckdb.connect() as con:
            counts["withheld"] = dict(sql.run(con, "report/withheld", {"results": str(job.run.results)}).fetchall())
    for step, name in (("forward", "events_forwarded"), ("send_events", "events_sent")):
        if "sent" in steps.get(step, {}):
            counts[name] = steps[step]["sent"]
    return counts


def _opt_outs(job: Job, *, planned: bool) -> dict[str, int]:
    """Opt-outs that wait, of the newest plan there is: a night that failed before its plan hides none."""
    counts: dict[str, int] = {}
    run = job.run if planned else last_plan(job)
    if run is not None:
        counts["waiting"] = opt_outs_waiting(Job(job.config, run)) + opt_outs_in_vain(run)
    if planned and job.run.results.exists():
        counts["pushed"] = _pushed(job.run)
    return counts


def _pushed(run: Run) -> int:
    with duckdb.connect() as con:
        row = sql.run(con, "watch/opt_outs_pushed", {"results": str(run.results)}).fetchone()
    return int(row[0]) if row else 0
