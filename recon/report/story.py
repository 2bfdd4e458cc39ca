"""What `recon show` tells: the plan, the drift, a run, or one profile's whole story."""

from __future__ import annotations

from typing import Any

import duckdb

from recon.errors import UsageError
from recon.intake.load import attach, mapping_of
from recon.report.masks import shown
from recon.report.pseudonyms import Pseudonyms
from recon.store import duck, sql
from recon.store.job import Job

MOST = 40
"""Rows that a person reads."""


def plan(job: Job) -> dict[str, Any]:
    """The plan's document with its fields, and its first corrections from → to."""
    document = job.run.result("plan")
    file = {"corrections": str(job.run.plan / "corrections.parquet")}
    pseudonyms = Pseudonyms(job.config)
    with duckdb.connect() as con:
        fields = _dicts(sql.run(con, "report/plan_fields", file))
        rows = _dicts(sql.run(con, "report/plan_rows", {**file, "most": MOST}))
    for row in rows:
        row |= {key: shown(row["field"], row[key], pseudonyms) for key in ("before", "after")}
    return {**document, "fields": fields, "first": rows}


def drift(job: Job) -> dict[str, Any]:
    """The drift document and the first drifted cells."""
    document = job.run.result("drift")
    pseudonyms = Pseudonyms(job.config)
    with duckdb.connect() as con:
        rows = _dicts(
            sql.run(con, "report/drift_rows", {"attribute": str(job.run.drift / "attribute.parquet"), "most": MOST})
        )
    for row in rows:
        row |= {key: shown(row["attribute"], row[key], pseudonyms) for key in ("desired", "actual")}
    return {**document, "first": rows}


def profile(job: Job, external_id: str) -> dict[str, Any]:
    """One profile: who it is; per attribute the rule, both values and the drift; per audience both memberships;
    and where its consent differs."""
    job.run.result("drift")
    if not job.run.work.exists():
        raise UsageError(
            f"run {job.run.id} has no tables any more",
            f"Make them again with `recon load --run {job.run.id}`, then `recon drift --run {job.run.id}`.",
        )
    mapping = mapping_of(job)
    pseudonyms = Pseudonyms(job.config)
    with duck.database(job.run.work) as con:
        attach(con, job.run)
        [where] = _dicts(sql.run(con, "report/whereabouts", {"external_id": external_id}))
        if where["profile"] is None and not where["in_braze"]:
            raise UsageError(
                f"run {job.run.id} knows no profile with this external id",
                "Ids are compared byte by byte; check its case and spaces.",
            )
        rows = {
            row["attribute"]: row
            for row in _dicts(sql.run(con, "report/story", {"external_id": external_id}, cells=mapping.cells))
        }
        audiences = mapping.cohorts.audiences
        cohorts = (
            _dicts(sql.run(con, "report/story_cohorts", {"external_id": external_id}, cohorts=audiences))
            if audiences
            else []
        )
        in_groups = mapping.cohorts.in_groups
        if in_groups:
            cohorts += _dicts(sql.run(con, "report/story_groups", {"external_id": external_id}, cohorts=in_groups))
        consent = _dicts(sql.run(con, "report/story_consent", {"external_id": external_id}))
    places = {rule.audience: f"{rule.to.form.replace('_', ' ')} {rule.to.name}" for rule in job.config.cohorts}
    told = [{**each, "to": places[each["audience"]], "segment": each["segment"] == "true"} for each in cohorts]
    attributes = []
    for rule in job.config.attributes:
        row = rows.get(rule.to)
        if row is None:
            continue
        currency = rule.currency if isinstance(rule.currency, str | None) else f"trait {rule.currency.trait}"
        pieces = {"trait": rule.trait, "sql": rule.sql, "when": rule.when, "as": rule.as_, "currency": currency}
        made_of = {key: value for key, value in pieces.items() if value}
        values = {key: shown(rule.to, row[key], pseudonyms) for key in ("desired", "actual")}
        attributes.append(
            {
                "attribute": rule.to,
                "from": made_of,
                "owner": rule.owner,
                **values,
                "cause": row["cause"],
                "reason": row["reason"],
            }
        )
    return {
        "run": job.run.id,
        "external_id": external_id,
        "profile": where["profile"],
        "suppressed": where["suppressed"],
        "in_braze": where["in_braze"],
        "identified_by": where["identified_by"],
        "stands_for_person": where["external_id"],
        "attributes": attributes,
        "cohorts": told,
        "subscriptions": consent,
    }


def _dicts(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
