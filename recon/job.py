"""The nightly run: the steps in order, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from recon.deliver.apply import apply
from recon.deliver.forward import forward
from recon.deliver.send_events import is_unfinished, send_events
from recon.deliver.verify import verify
from recon.drift.find import find
from recon.errors import ReconError, Stopped
from recon.intake.load import load
from recon.intake.pull import pull
from recon.plan.make import make
from recon.quality import gates
from recon.report.audit.record import record
from recon.report.collect import report
from recon.report.verdict import exit_code
from recon.store.job import Job

_UP_TO_PLAN: dict[str, Callable[[Job], dict[str, Any]]] = {
    "pull": pull,
    "load": load,
    "gates": lambda job: {"gates": gates.check(job)},
    "drift": find,
    "plan": lambda job: make(job) | {"gates": gates.check_plan(job)},
}


@dataclass(frozen=True)
class Ended:
    """A night: each step's document by name, where the report lies, the exit code, and what to look at besides."""

    steps: dict[str, dict[str, Any]]
    report: str
    exit_code: int
    warnings: tuple[str, ...] = ()


def nightly(
    job: Job,
    *,
    deliver: bool,
    with_events: bool = False,
    send_home: bool = False,
    agree: Callable[[dict[str, Any]], bool] = lambda plan: True,
    start_at: str = "pull",
) -> Ended:
    """Pull, load, gates, drift, plan and, if `deliver` and `agree` to the plan, apply and verify; then events to Braze
    if `with_events`, and engagement to Segment if `send_home`; then the report.

    The report is written however the night ends; what ended it is raised again after that.
    """
    steps: dict[str, dict[str, Any]] = {}
    names = list(_UP_TO_PLAN)
    if names.index(start_at) > names.index("gates"):
        gates.go_on(job)
    if start_at == "plan":
        steps["drift"] = job.run.result("drift")  # what the plan is about is told in any case
    try:
        for name in names[names.index(start_at) :]:
            steps[name] = _UP_TO_PLAN[name](job)
        if deliver and agree(steps["plan"]):
            steps["apply"] = apply(job)
            steps["verify"] = verify(job)
        if with_events:
            steps["send_events"] = _beside(job, "send_events", _events)
        if send_home:
            steps["forward"] = _beside(job, "forward", lambda job: forward(job, job.run))
    except BaseException as error:
        with suppress(ReconError, OSError):  # on a full disk the first error is the one to tell
            job.run.broke_off(error)
            job.run.finish(getattr(error, "exit_code", 1))
            report(job)
        raise
    # What became of the repair is told first: a failure beside it shows in the code only where the repair has none.
    beside = (steps.get(name, {}).get("exit_code", 0) for name in ("send_events", "forward"))
    code = exit_code(steps) or next(filter(None, beside), 0)
    job.run.finish(code)
    written = report(job)["report"]
    warnings = tuple(_record(job))
    job.runs.tidy(job.config.privacy.keep_runs)
    return Ended(steps, written, code, warnings)


def _record(job: Job) -> Iterator[str]:
    """Adds the night to the audit's ledger. Where that fails, the next night makes up for it."""
    try:
        record(job)
    except ReconError as error:
        job.run.note(not_recorded=error.what)
        yield f"the night was not recorded for the audit: {error.what}. {error.remedy}"


def _beside(job: Job, name: str, work: Callable[[Job], dict[str, Any]]) -> dict[str, Any]:
    """A step beside the repair; a failure is its result, for the night's own result stands by then."""
    with job.run.step(name) as result:
        try:
            result |= work(job)
        except Stopped:
            raise
        except ReconError as error:
            result |= {"error": error.what, "remedy": error.remedy, "exit_code": error.exit_code}
    return result


def _events(job: Job) -> dict[str, Any]:
    document = send_events(job)
    return document | ({"exit_code": 5} if is_unfinished(document) else {})
