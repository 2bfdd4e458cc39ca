"""Whether a plan may be delivered: its inputs passed the gates, so did the plan itself, and the world is still the one
that it was made for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from recon.errors import InputError, Withheld
from recon.intake import manifest
from recon.store import sql
from recon.store.job import Job
from recon.store.state import reading


def moved(job: Job, *, ask: bool = True) -> list[str]:
    """What has moved since the plan was made: the configuration, an input, a newer run. Without `ask` no bucket and no
    warehouse is asked."""
    found = []
    if job.run.document["config"] != job.config.fingerprint():
        found.append("recon.yml")
    if ask or manifest.is_local(job.config):
        found += [f"the input {name}" for name in manifest.changed(job.config, job.run)]
    newest = job.runs.all()[-1]
    if newest.id != job.run.id:
        found.append(f"there is a newer run, {newest.id}")
    return found


def refuse_stale(job: Job) -> None:
    """Raises Withheld, naming what moved."""
    found = moved(job)
    if found:
        raise Withheld(
            f"the plan of run {job.run.id} is stale: changed since then: {', '.join(found)}",
            f"Make a new plan with `recon run`; nothing was sent.{_opt_outs(job)}",
        )


def distrusted(document: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The gates that a run's inputs, and those that its plan did not pass, unless somebody chose to go on without them
    (`recon run --from …`). `document` is its run.json."""
    results = {name: step.get("result", {}) for name, step in document["steps"].items()}
    inputs, plan = results.get("gates", {}), results.get("plan", {})
    waived = document.get("without_plan_gates") == plan.get("hash")
    return [] if document.get("without_gates") else _failed(inputs), [] if waived else _failed(plan)


def _failed(result: Mapping[str, Any]) -> list[str]:
    return [gate["name"] for gate in result.get("gates", ()) if not gate["passed"]]


def refuse_untrusted(job: Job) -> None:
    """Raises InputError if a quality gate failed and nobody chose to go on without the gates."""
    inputs, plan = distrusted(job.run.document)
    if inputs:
        raise InputError(
            f"the inputs of run {job.run.id} did not pass the gates: {', '.join(inputs)}",
            f"Mend the inputs and start a new `recon run`; nothing was sent.{_opt_outs(job)}",
        )
    if plan:
        raise InputError(
            f"the plan of run {job.run.id} did not pass the gates: {', '.join(plan)}",
            f"Look at it with `recon show plan`. If it is right as it is, `recon run --run {job.run.id} --from plan "
            f"--apply` delivers it without these gates; nothing was sent.{_opt_outs(job)}",
        )


def opt_outs_waiting(job: Job) -> int:
    """How many opt-outs of the run's plan Braze has not answered for."""
    named = {
        "corrections": str(job.run.plan / "corrections.parquet"),
        "run": job.run.id,
        "plan": job.run.result("plan")["hash"],
    }
    with duckdb.connect() as con, reading(con, job.state) as there:
        row = sql.run(con, "plan/opt_outs" if there else "plan/opt_outs_planned", named).fetchone()
    return int(row[0]) if row else 0


def _opt_outs(job: Job) -> str:
    count = opt_outs_waiting(job)
    if not count:
        return ""
    verb = "opt-out waits" if count == 1 else "opt-outs wait"
    return f" {count:,} {verb} too: `recon apply --run {job.run.id} --only suppress` sends them alone, on your word."
