"""Approvals: a person's word for one class of one plan.

It is a ceiling: it holds for the plan of that hash, so for the corrections that the person saw and no other, and for
one delivery of them. Where the same plan comes again after that, it needs another word (sql/deliver/delivery.sql).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from recon.errors import UsageError
from recon.store import sql
from recon.store.job import Job
from recon.store.run import Run
from recon.store.runs import Runs
from recon.store.state import attached


def command(plan: Mapping[str, Any], name: str) -> str:
    """What a person types to approve the class `name` of a plan's document."""
    return f"recon approve {plan['plan']} --class {name}"


def waiting(plan: Mapping[str, Any], approved: Mapping[str, str]) -> list[str]:
    """The commands that would approve what a plan withholds; `approved` are the classes that are approved already."""
    return [command(plan, name) for name in plan["withheld"] if name not in approved]


def approve(job: Job, wanted: str, name: str, by: str) -> dict[str, Any]:
    """Approves the class `name` of the plan `wanted`: the beginning of a plan's id or hash, or a run.

    Returns `run, plan, hash, class, n, by`; an approval that is there already stays as it is. UsageError, saying what
    can be approved, for a plan that is not there and a class in which nothing is withheld.
    """
    run, plan = _find(job.runs, wanted)
    held = plan["withheld"].get(name)
    if held is None:
        raise UsageError(f"nothing of the class {name!r} is withheld in plan {plan['plan']}", _can_be(plan))
    with duckdb.connect() as con, attached(con, job.state):
        named = {"plan": plan["hash"], "class": name, "run": run.id}
        found = sql.run(con, "plan/approved", named).fetchone()
        if found:
            by = str(found[0])
        else:
            sql.run(con, "plan/approve", {**named, "by": by})
    run.note(approved={**run.document.get("approved", {}), name: by})
    return {"run": run.id, "plan": plan["plan"], "hash": plan["hash"], "class": name, "n": held["n"], "by": by}


def _find(runs: Runs, wanted: str) -> tuple[Run, dict[str, Any]]:
    """The newest run with the plan that is meant."""
    plans = []
    for run in reversed(runs.all()):
        plan = run.document["steps"].get("plan", {}).get("result")
        if plan:
            plans.append((run, plan))
    for run, plan in plans:
        if run.id == wanted or (len(wanted) >= 6 and plan["hash"].startswith(wanted)):
            return run, plan
    if plans:
        run, plan = plans[0]
        raise UsageError(f"there is no plan {wanted}", f"The newest is {plan['plan']} of run {run.id}. {_can_be(plan)}")
    raise UsageError(f"there is no plan {wanted}", "Make one with `recon run`.")


def _can_be(plan: Mapping[str, Any]) -> str:
    commands = waiting(plan, {})
    if not commands:
        return "That plan withholds nothing."
    return "What can be approved: " + ", ".join(f"`{each}`" for each in commands) + "."
