"""Runs sql/desired: who stands for whom, and what Braze should hold for each person."""

from __future__ import annotations

import duckdb

from recon.config.models import Config
from recon.mapping.compiled import Compiled
from recon.store import sql


def people(con: duckdb.DuckDBPyConnection, mapping: Compiled, config: Config) -> None:
    """Makes `winner`, `user_id` and `person` from Segment's views and `actual`, and `desired`, still empty."""
    sql.run(con, "desired/winner")
    sql.run(con, "desired/user_id")
    keep = config.identity.keep
    sql.run(con, "desired/person", keep_newest=keep == "newest", keep_active=keep == "most_active")
    sql.run(con, "desired/start", cells=mapping.cells, cohorts=mapping.cohorts.all)


def fill(con: duckdb.DuckDBPyConnection, mapping: Compiled) -> None:
    """Adds to `desired` the people of the bucket that `bucket_person` and `bucket_trait` show."""
    sql.run(con, "desired/wide", traits=mapping.traits)
    sql.run(con, "desired/desired", cells=mapping.cells, cohorts=mapping.cohorts.all)
    sql.run(con, "desired/forget")
