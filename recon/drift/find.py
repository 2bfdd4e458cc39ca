"""drift: what Braze should hold against what it holds, in SQL over the whole base."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb

from recon.config.models import Config
from recon.drift import buckets, duplicate, history, subscription
from recon.drift.summary import summary
from recon.intake.consent import STATE_CHANGES
from recon.intake.load import attach, mapping_of
from recon.intake.originals import readable_inputs
from recon.mapping import desired
from recon.mapping.compiled import Compiled
from recon.store import duck, sql
from recon.store.job import Job


def find(job: Job) -> dict[str, Any]:
    """Makes `desired` and the drift tables, writes drift/*.parquet; returns the contract's drift document."""
    job.run.result("load")
    tables = job.run.tables
    mapping = mapping_of(job)
    # When the actual state was observed: before Braze was asked, so that nothing newer is taken for seen.
    observed_at = datetime.fromisoformat(job.run.document["steps"]["pull"]["started_at"])
    with job.run.step("drift") as result, readable_inputs(job.run), duck.database(tables) as con:
        attach(con, job.run)
        describe(con, mapping, job.config)
        with job.progress.bar("desired state", None, "rows"):
            sql.run(con, "drift/newcomer/send_off")
            desired.people(con, mapping, job.config)
            duplicate.find(con, mapping, job.config)
            sql.run(con, "drift/newcomer/welcome")
            sql.run(con, "drift/start")
            for is_part in buckets.each(con):
                desired.fill(con, mapping)
                sql.run(con, "drift/cells", cells=mapping.cells, is_part=is_part)
        with job.progress.bar("drift", None, "rows"):
            sql.run(con, "drift/recent", {"quiet_since": observed_at - job.config.policy.quiet_period})
            cohorts = mapping.cohorts
            sql.run(con, "drift/members", cohorts=cohorts.audiences, fields_of_cohorts=cohorts.fields)
            subscription.find(con, job, mapping, observed_at)
            sql.run(con, "drift/member_change")
            history.compare(con, job, mapping)
            sql.run(con, "drift/attribute", {"observed_at": observed_at})
            sql.run(con, "drift/cohort")
            sql.run(con, "drift/newcomer/set_apart")
        job.run.drift.mkdir(exist_ok=True)
        sql.run(
            con,
            "drift/write",
            {name: str(job.run.drift / f"{name}.parquet") for name in ("attribute", "missing", "cohort")},
        )
        names = [row[0] for row in sql.run(con, "drift/trait_names").fetchall()]
        result |= {
            "run": job.run.id,
            **summary(con, mapping, give_up_after=job.config.policy.give_up_after),
            "duplicates": duplicate.write(con, job.run.drift),
            "subscriptions": subscription.write(con, job.run.drift),
            "consent": subscription.sides(con),
            "observed_at": observed_at.astimezone(UTC).isoformat(timespec="seconds"),
            "warnings": [
                *_not_looked_at(job.config),
                *_gone_silent(job),
                *mapping.warnings,
                *mapping.unknown_traits(names),
            ],
        }
        sql.run(con, "checkpoint")
    return result


def _not_looked_at(config: Config) -> list[str]:
    """What recon.yml asks for and this version does not do: nobody may believe that it is taken care of."""
    asked = {
        "policy.create_missing": config.policy.create_missing,
    }
    names = [name for name, wanted in asked.items() if wanted]
    return [f"this version does nothing about {', '.join(names)}"] if names else []


def _gone_silent(job: Job) -> list[str]:
    """That Currents' record of consent was there for the run before, and is not now: without it the opt-out wins."""
    runs = [run for run in job.runs.all() if run.id <= job.run.id][-2:]
    pulled = [run.document["steps"].get("pull", {}).get("result", {}) for run in runs]
    before, now = [0, *(result.get("files", {}).get(STATE_CHANGES, 0) for result in pulled)][-2:]
    if now or not before:
        return []
    return [
        f"currents.files matches no record of consent any more ({before:,} files the run before): opt-ins that people "
        "made in Braze cannot be proven, so Segment's opt-outs win; `recon doctor` looks at the path"
    ]


def describe(con: duckdb.DuckDBPyConnection, mapping: Compiled, config: Config) -> None:
    """The mapping as small tables, so that queries can join it: `cell`, `cell_trait`, `alias_rule`, `cohort`."""
    cells = mapping.cells
    sql.run(
        con,
        "drift/cell",
        {
            "cells": sql.rows(
                {"attribute": c.attribute, "number": c.number, "owner": c.owner, "is_object": c.is_object}
                for c in cells
            ),
            "traits": sql.rows({"attribute": c.attribute, "trait": trait} for c in cells for trait in c.traits),
            "aliases": sql.rows({"type": a.identifier, "label": a.label} for a in config.identity.aliases),
        },
    )
    sql.run(
        con,
        "drift/cohort_rule",
        {
            "cohorts": sql.rows(
                {
                    "number": each.number,
                    "audience": each.audience,
                    "field": each.field.attribute,
                    "field_number": each.field.number,
                    "form": each.field.form,
                    "most": each.field.most,
                    "blocked": each.field.blocked is not None,
                }
                for each in mapping.cohorts.all
            )
        },
    )
