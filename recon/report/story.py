"""What `recon show` tells of the drift, and of one profile: its whole story. The plan is told by plan_story."""

from __future__ import annotations

from typing import Any

import duckdb

from recon.errors import UsageError
from recon.intake.load import attach, mapping_of
from recon.report.masks import person, shown
from recon.report.rows import dicts
from recon.store import duck, sql
from recon.store.job import Job
from recon.store.pseudonyms import Pseudonyms

MOST = 40
"""Rows that a person reads."""


def drift(job: Job) -> dict[str, Any]:
    """The drift document and the first drifted cells."""
    document = job.run.result("drift")
    pseudonyms = Pseudonyms(job.config)
    with duckdb.connect() as con:
        rows = dicts(
            sql.run(con, "report/drift_rows", {"attribute": str(job.run.drift / "attribute.parquet"), "most": MOST})
        )
    for row in rows:
        row |= {key: shown(row["attribute"], row[key], pseudonyms) for key in ("desired", "actual")}
        row["external_id"] = person(row["external_id"], pseudonyms)
    return {**document, "first": rows}


def profile(job: Job, external_id: str) -> dict[str, Any]:
    """One profile: who it is; per attribute the rule, both values and the drift; per audience both memberships;
    and where its consent differs."""
    job.run.result("drift")
    tables = job.run.tables
    mapping = mapping_of(job)
    pseudonyms = Pseudonyms(job.config)
    with duck.database(tables) as con:
        attach(con, job.run)
        [where] = dicts(sql.run(con, "report/whereabouts", {"external_id": external_id}))
        if where["profile"] is None and not where["in_braze"]:
            raise UsageError(
                f"run {job.run.id} knows no profile with this external id",
                "Ids are compared byte by byte; check its case and spaces.",
            )
        rows = {
            row["attribute"]: row
            for row in dicts(sql.run(con, "report/story", {"external_id": external_id}, cells=mapping.cells))
        }
        audiences = mapping.cohorts.audiences
        cohorts = (
            dicts(sql.run(con, "report/story_cohorts", {"external_id": external_id}, cohorts=audiences))
            if audiences
            else []
        )
        in_groups = mapping.cohorts.in_groups
        if in_groups:
            cohorts += dicts(sql.run(con, "report/story_groups", {"external_id": external_id}, cohorts=in_groups))
        consent = dicts(sql.run(con, "report/story_consent", {"external_id": external_id}))
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
        "external_id": person(external_id, pseudonyms),
        "profile": where["profile"] and person(where["profile"], pseudonyms),
        "suppressed": where["suppressed"],
        "in_braze": where["in_braze"],
        "identified_by": where["identified_by"],
        "stands_for_person": where["external_id"] and person(where["external_id"], pseudonyms),
        "attributes": attributes,
        "cohorts": told,
        "subscriptions": consent,
    }
