"""report: fills the report's model from what a run left on disk, and writes report.html."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb

from recon.plan import approval
from recon.report import collect_sides, drift_report, index, past
from recon.report.masks import shown
from recon.report.model import (
    AttributeDrift,
    Change,
    Delivery,
    Example,
    Failure,
    Gate,
    Plan,
    PlannedClass,
    Price,
    Profiles,
    QuarantinedRows,
    ReportData,
    StepTiming,
)
from recon.report.pseudonyms import Revealed
from recon.report.verdict import verdict
from recon.store import duck, sql
from recon.store.job import Job
from recon.store.pseudonyms import Pseudonyms
from recon.store.run import Run
from recon.store.steps import go_on

_NIGHTS = 30


def report(job: Job, *, reveal: bool = False) -> dict[str, Any]:
    """Writes runs/<id>/report.html, whatever the run got to, and the index of runs beside runs/; returns both paths.

    With `reveal` the report is report.revealed.html, for its owner's eyes only: the one with pseudonyms stays.
    """
    path = job.run.folder / ("report.revealed.html" if reveal else "report.html")
    with duck.disk_errors(job.run.folder):
        drift_report.write(collect(job, Revealed(job.config) if reveal else Pseudonyms(job.config)), path)
        return {"run": job.run.id, "report": str(path), "index": str(index.write(job.runs, job.state))}


def collect(job: Job, pseudonyms: Pseudonyms) -> ReportData:
    """Everything the report shows; identifiers as `pseudonyms` say."""
    document = job.run.document
    steps = {name: step["result"] for name, step in document["steps"].items() if "result" in step}
    with duckdb.connect() as con:
        return ReportData(
            run=job.run.id,
            workspace=document["workspace"],
            started=_time(document["started_at"]),
            finished=_time(document["finished_at"]) if document["finished_at"] else datetime.now(UTC),
            verdict=verdict(document),
            versions=document["versions"],
            profiles=Profiles(**steps["drift"]["profiles"]) if "drift" in steps else None,
            attributes=_attributes(con, job, steps["drift"], pseudonyms) if "drift" in steps else None,
            cohorts=collect_sides.cohorts(job, steps["drift"]) if "drift" in steps else (),
            duplicates=collect_sides.duplicates(con, job, steps["drift"], pseudonyms) if "drift" in steps else None,
            consent=collect_sides.consent(con, job, steps["drift"], pseudonyms) if "drift" in steps else None,
            plan=_plan(steps["plan"]) if "plan" in steps else None,
            delivery=_delivery(con, job.run, steps) if "apply" in steps and job.run.results.exists() else None,
            gates=tuple(
                Gate(gate["name"], gate["passed"], gate["found"], gate["allowed"])
                for step in ("gates", "plan")
                for gate in steps.get(step, {}).get("gates", ())
            ),
            quarantine=_quarantine(job.run, steps),
            timings=tuple(_timing(name, step) for name, step in document["steps"].items() if "seconds" in step),
            earlier=tuple(past.night(told) for told in job.runs.history() if told["run"] < job.run.id)[-_NIGHTS:],
            next_steps=tuple(_next_steps(document, steps)),
            revealed=isinstance(pseudonyms, Revealed),
        )


def _attributes(
    con: duckdb.DuckDBPyConnection, job: Job, drift: Mapping[str, Any], pseudonyms: Pseudonyms
) -> AttributeDrift:
    found = drift["attributes"]
    file = {"attribute": str(job.run.drift / "attribute.parquet")}
    examples: dict[str, list[Example]] = {}
    for attribute, external_id, desired, actual, cause, reason in sql.run(con, "report/examples", file).fetchall():
        values = [shown(attribute, value, pseudonyms) for value in (desired, actual)]
        examples.setdefault(attribute, []).append(
            Example(pseudonyms.of(external_id), values[0], values[1], cause, reason)
        )
    return AttributeDrift(
        drifted_cells=found["drifted_cells"],
        drifted_profiles=found["drifted_profiles"],
        comparable_cells=drift["profiles"]["matched"] * len(job.config.attributes),
        nulls_kept=found["nulls_kept"],
        changes=tuple(Change(*row) for row in sql.run(con, "report/changes", file).fetchall()),
        owners={rule.to: rule.owner for rule in job.config.attributes if rule.owner != "segment"},
        examples={attribute: tuple(listed) for attribute, listed in examples.items()},
    )


def _plan(plan: Mapping[str, Any]) -> Plan:
    classes = [
        PlannedClass(name, count, **_held(plan["withheld"].get(name))) for name, count in plan["corrections"].items()
    ]
    return Plan(plan["hash"], tuple(classes), Price(**plan["price"]))


def _held(entry: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"withheld": entry["n"], "reason": entry["reason"]} if entry else {}


def _delivery(con: duckdb.DuckDBPyConnection, run: Run, steps: Mapping[str, Any]) -> Delivery:
    last = steps.get("verify") or steps["apply"]
    failures = sql.run(con, "report/failures", {"results": str(run.results)}).fetchall()
    return Delivery(
        states=last["states"],
        requests=steps["apply"]["requests"],
        retries=steps["apply"]["retries"],
        failures=tuple(Failure(*row) for row in failures),
    )


def _quarantine(run: Run, steps: Mapping[str, Any]) -> tuple[QuarantinedRows, ...]:
    if not steps.get("load", {}).get("quarantined") or not run.work.exists():
        return ()
    with duck.database(run.work) as con:
        rows = sql.run(con, "report/quarantine").fetchall()
    return tuple(QuarantinedRows(file, reason, count, tuple(lines)) for file, reason, count, lines in rows)


def _timing(name: str, step: Mapping[str, Any]) -> StepTiming:
    counts = step.get("result", {}).get("rows", {})
    return StepTiming(name, step["seconds"], sum(counts.values()) if counts else None)


def _next_steps(document: Mapping[str, Any], steps: Mapping[str, Any]) -> list[str]:
    if document["state"] == "running":
        return [f"Go on with `{go_on(document['run'], document['at'])}`."]
    if document["error"]:
        return [document["remedy"]] if document["remedy"] else ["Run `recon status` for the state of the run."]
    advice = list(steps.get("drift", {}).get("warnings", []))
    if steps.get("plan", {}).get("withheld"):
        commands = [f"`{each}`" for each in approval.waiting(steps["plan"], document.get("approved", {}))]
        advice.insert(
            0,
            "Look at the withheld corrections with `recon show plan`. If they are right, let them go with "
            f"{', '.join(commands)}, then `recon apply`."
            if commands
            else "Deliver what was approved with `recon apply`.",
        )
    elif "apply" not in steps and steps.get("plan", {}).get("corrections"):
        advice.insert(0, "Look at the plan with `recon show plan`, then deliver it with `recon apply`.")
    return advice


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
