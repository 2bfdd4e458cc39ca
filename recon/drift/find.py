"""drift: what Braze should hold against what it holds, in SQL over the whole base."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import polars as pl

from recon.config.models import Config
from recon.drift.summary import summary
from recon.intake.load import attach, mapping_of
from recon.mapping import desired
from recon.mapping.compiled import Compiled
from recon.store import duck, sql
from recon.store.job import Job


def find(job: Job) -> dict[str, Any]:
    """Makes `desired` and the drift tables, writes drift/*.parquet; returns the contract's drift document."""
    job.run.result("load")
    mapping = mapping_of(job)
    # When the actual state was observed: before Braze was asked, so that nothing newer is taken for seen.
    observed_at = datetime.fromisoformat(job.run.document["steps"]["pull"]["started_at"])
    with job.run.step("drift") as result, duck.work(job.run.work) as con:
        attach(con, job.run)
        describe(con, mapping, job.config)
        with job.progress.bar("desired state", None, "rows"):
            desired.build(con, mapping, job.config)
        with job.progress.bar("drift", None, "rows"):
            sql.run(con, "drift/cells", cells=mapping.cells)
            sql.run(con, "drift/recent", {"quiet_since": observed_at - job.config.policy.quiet_period})
            sql.run(con, "drift/attribute", {"observed_at": observed_at})
        job.run.drift.mkdir(exist_ok=True)
        sql.run(
            con,
            "drift/write",
            {"attribute": str(job.run.drift / "attribute.parquet"), "missing": str(job.run.drift / "missing.parquet")},
        )
        names = [row[0] for row in sql.run(con, "drift/trait_names").fetchall()]
        result |= {
            "run": job.run.id,
            **summary(con, mapping.cells),
            "observed_at": observed_at.astimezone(UTC).isoformat(timespec="seconds"),
            "warnings": mapping.warnings + mapping.unknown_traits(names),
        }
        sql.run(con, "checkpoint")
    return result


def describe(con: duckdb.DuckDBPyConnection, mapping: Compiled, config: Config) -> None:
    """The mapping as small tables, so that queries can join it: `cell`, `cell_trait`, `alias_rule`."""
    cells = [(cell.attribute, cell.owner, cell.is_object) for cell in mapping.cells]
    traits = [(cell.attribute, trait) for cell in mapping.cells for trait in cell.traits]
    aliases = [(alias.identifier, alias.label) for alias in config.identity.aliases]
    frames = {
        "mapping_cells": _frame(cells, {"attribute": pl.String, "owner": pl.String, "is_object": pl.Boolean}),
        "mapping_traits": _frame(traits, {"attribute": pl.String, "trait": pl.String}),
        "mapping_aliases": _frame(aliases, {"type": pl.String, "label": pl.String}),
    }
    for name, frame in frames.items():
        con.register(name, frame)
    sql.run(con, "drift/cell")
    for name in frames:
        con.unregister(name)


def _frame(rows: list[Any], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")
