"""What `recon status` tells: what the newest run left open, and the command that closes it. Opt-outs come first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from recon.errors import ReconError
from recon.plan import approval
from recon.plan.stale import distrusted, opt_outs_waiting
from recon.plan.stale import moved as what_moved
from recon.report.opt_outs import last_plan, opt_outs_in_vain
from recon.report.words import counted
from recon.store import sql
from recon.store.job import Job
from recon.store.state import check, reading
from recon.store.steps import go_on

_REASONS = 3
_UNDER_WAY = ("planned", "sending")
_CUT_OFF = ("stopped", "running")
"""States of a run that was told to stop, or killed: then it still says that it is running."""
_NEXT = {None: None, "drift": "plan"}
"""Where to go on after a step, if not with load."""


@dataclass(frozen=True)
class Open:
    """One thing that is open: what, details, and what to type, in order."""

    what: str
    commands: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    urgent: bool = False


def standing(job: Job) -> list[dict[str, Any]]:
    """Everything that the newest run left open, most urgent first; `job` is on that run, and nobody is at work.

    Reads the disk only: whether an input in a bucket or a warehouse has moved is not asked here.
    """
    return [asdict(each) for each in _open(job)]


def _open(job: Job) -> Iterator[Open]:
    try:
        check(job.state)
    except ReconError as error:
        yield Open(error.what, details=(error.remedy,))
    document = job.run.document
    results = {name: step["result"] for name, step in document["steps"].items() if "result" in step}
    plan = results.get("plan")
    inputs, planned = distrusted(document)
    barred = bool(inputs or planned)
    moved = what_moved(job, ask=False) if plan else []
    yield from _opt_outs(job, plan is not None, barred=barred, moved=moved)
    if inputs:
        yield Open(
            f"the inputs did not pass the gates: {', '.join(inputs)}; nothing else is sent of this run",
            (f"recon run --run {job.run.id} --from drift",),
            (
                "mend the inputs and start anew with `recon run`",
                "or, if they are right as they are, go on without the gates",
            ),
        )
        yield from _unproven(results)
        return
    if planned and not moved:
        yield Open(
            f"the plan did not pass the gates: {', '.join(planned)}; nothing else is sent of this run",
            ("recon show plan", f"recon run --run {job.run.id} --from plan --apply"),
            (
                "mend what is wrong and start anew with `recon run`",
                "or, if the plan is right as it is, deliver it without these gates",
            ),
        )
        yield from _unproven(results)
        return
    if document["state"] in ("failed", "stopped", "running"):
        yield _ended_early(document, stale=bool(moved))
    if plan is None:
        if document["state"] in ("open", "done"):
            at = document["at"]
            got = f"; it got as far as {at}" if at else ""
            yield Open(f"the last run has no plan yet{got}", (go_on(job.run.id, _NEXT.get(at, "load")),))
        return
    if moved and _undelivered(job, results, plan):
        yield Open(
            f"the plan of this run is stale: changed since then: {', '.join(moved)}",
            ("recon run",),
            ("what it had not sent is found again by the next run",),
        )
        yield from _unproven(results)
        yield from _failed(job, results)
        return
    if document["state"] == "open" or document["state"] == "done":
        yield from _delivery(job, results, plan)


def _opt_outs(job: Job, planned: bool, *, barred: bool, moved: list[str]) -> Iterator[Open]:
    """Opt-outs that Braze has not got, of the newest run that has a plan; nothing is allowed to hide them."""
    run = job.run if planned else last_plan(job)
    if run is not None:
        count = opt_outs_waiting(Job(job.config, run))
        if count:
            of_run = f" --run {run.id}" if run.id != job.run.id else ""
            begun = "apply" in job.run.document["steps"]
            words = "opt-out waits" if count == 1 else "opt-outs wait"
            why = "the plan may not be sent, but these may" if barred or moved or of_run else "they go before all else"
            what = f"{count:,} {words}: Braze has not got {'it' if count == 1 else 'them'} yet"
            if not (barred or moved or of_run):
                yield Open(what, (go_on(run.id, "apply") if begun else "recon apply",), (why,), urgent=True)
            else:
                alone = f"recon apply --only suppress{of_run}"
                yield Open(what, (alone,), (f"{why}; this sends them alone",), urgent=True)
        if vain := opt_outs_in_vain(run):
            yield Open(
                f"{vain:,} {'opt-out was' if vain == 1 else 'opt-outs were'} sent in vain: Braze refused them or holds "
                "another state",
                ("recon run --apply",),
                ("the next run sends them again, before all else",),
                urgent=True,
            )
    if not planned and barred:
        yield Open(
            "opt-outs of this run wait too, and have not been counted",
            ("recon drift", "recon plan", "recon apply --only suppress"),
            ("this finds them, and sends them alone",),
            urgent=True,
        )


def _ended_early(document: Mapping[str, Any], *, stale: bool) -> Open:
    """A run that failed or was cut off."""
    at, state = document["at"], document["state"]
    again: tuple[str, ...] = ("recon run",)
    sending = at in ("apply", "verify", "send_events", "forward")
    if at == "apply" and not stale:
        again = (go_on(document["run"], at), "recon verify")
    elif (sending and at != "apply") or (state in _CUT_OFF and not stale):
        again = (go_on(document["run"], at),)
    if document["exit_code"] == 6:
        again = ("recon doctor", *again)
    if state == "running":
        kept = "what was answered is in the journal" if sending else "nothing was sent"
        return Open(f"the last run broke off during {at} without a word (killed, or a full disk); {kept}", again)
    ended = "was stopped" if state == "stopped" else "failed"
    told = (document["error"], *([document["remedy"]] if document["remedy"] else []))
    return Open(f"the last run {ended} at {at}", again, told)


def _undelivered(job: Job, results: Mapping[str, Any], plan: Mapping[str, Any]) -> bool:
    """Whether a plan has something that an apply would still send, or that somebody could let go."""
    if "apply" not in results:
        return bool(plan["price"]["objects"] or plan["withheld"])
    states = (results.get("verify") or results["apply"])["states"]
    return any(states.get(name) for name in (*_UNDER_WAY, "withheld"))


def _delivery(job: Job, results: Mapping[str, Any], plan: Mapping[str, Any]) -> Iterator[Open]:
    approved = job.run.document.get("approved", {})
    if "apply" not in results:
        free = sum(plan["corrections"].values()) - sum(held["n"] for held in plan["withheld"].values())
        if free:
            yield Open(
                f"a plan waits: {counted(free, 'correction')}", ("recon show plan", "recon apply", "recon verify")
            )
        yield from _withheld(plan, {name: held["n"] for name, held in plan["withheld"].items()}, approved)
        yield from _quarantined(job)
        return
    states = (results.get("verify") or results["apply"])["states"]
    left = sum(states.get(name, 0) for name in _UNDER_WAY)
    if left:
        yield Open(f"{counted(left, 'correction')} not sent yet", ("recon apply --resume", "recon verify"))
    yield from _unproven(results)
    yield from _failed(job, results)
    if states.get("withheld"):
        with duckdb.connect() as con:
            held = dict(sql.run(con, "report/withheld", {"results": str(job.run.results)}).fetchall())
        yield from _withheld(plan, held, approved)
    if states.get("quarantined"):
        yield from _quarantined(job)


def _unproven(results: Mapping[str, Any]) -> Iterator[Open]:
    states = (results.get("verify") or results.get("apply") or {}).get("states", {})
    if unproven := states.get("accepted", 0) + states.get("unknown", 0):
        unknown = states.get("unknown", 0)
        detail = (f"{unknown:,} of them got no clear answer; reading them back tells",) if unknown else ()
        yield Open(f"{counted(unproven, 'correction')} sent and not read back yet", ("recon verify",), detail)


def _failed(job: Job, results: Mapping[str, Any]) -> Iterator[Open]:
    states = (results.get("verify") or results.get("apply") or {}).get("states", {})
    bad = states.get("rejected", 0) + states.get("not_applied", 0)
    if bad and job.run.results.exists():
        with duckdb.connect() as con:
            found = sql.run(con, "report/failures", {"results": str(job.run.results)}).fetchall()
        told = [f"{count:,} {reason}" for reason, count in found if reason.startswith(("rejected", "not_applied"))]
        more = (f"… and {len(told) - _REASONS:,} more reasons, in the report",) if len(told) > _REASONS else ()
        again = "the next run finds them again and tries once more; mend the value, the mapping or the attribute first"
        yield Open(
            f"{counted(bad, 'correction')} refused by Braze, or not held by it",
            ("recon run --apply",),
            (*told[:_REASONS], *more, again),
        )


def _withheld(plan: Mapping[str, Any], held: Mapping[str, int], approved: Mapping[str, str]) -> Iterator[Open]:
    for name, count in held.items():
        if name in approved:
            what = f"{counted(count, f'{name} correction')} approved by {approved[name]}, and not sent yet"
            yield Open(what, ("recon apply", "recon verify"))
        else:
            commands = ("recon show plan", approval.command(plan, name), "recon apply", "recon verify")
            reason = plan["withheld"].get(name, {}).get("reason", "")
            yield Open(f"{counted(count, f'{name} correction')} withheld", commands, (reason,) if reason else ())


def _quarantined(job: Job) -> Iterator[Open]:
    """What was sent in vain too often, with what Braze last said to it."""
    named = {"corrections": str(job.run.plan / "corrections.parquet")}
    with duckdb.connect() as con, reading(con, job.state) as there:
        if not there:
            return
        found = sql.run(con, "report/set_aside", named).fetchall()
    if found:
        nights = job.config.policy.give_up_after
        told = [f"{count:,} {field}: {reason}" for field, reason, count in found]
        more = (f"… and {len(told) - _REASONS:,} more",) if len(told) > _REASONS else ()
        yield Open(
            f"{counted(sum(row[2] for row in found), 'correction')} set aside: sent in vain on {nights} nights",
            ("recon show plan",),
            (
                *told[:_REASONS],
                *more,
                "mend the value, the mapping or the attribute in Braze; a new value is sent again",
            ),
        )
