"""Runs sql/desired: who stands for whom, and what Braze should hold for each person."""

from __future__ import annotations

import duckdb

from recon.config.models import Config
from recon.mapping.compiled import Compiled
from recon.store import sql


def build(con: duckdb.DuckDBPyConnection, mapping: Compiled, config: Config) -> None:
    """Makes `winner`, `user_id`, `wide`, `person` and `desired` from Segment's views and `actual`."""
    sql.run(con, "desired/winner")
    sql.run(con, "desired/user_id")
    sql.run(con, "desired/wide", traits=mapping.traits)
    keep = config.identity.keep
    sql.run(con, "desired/person", keep_newest=keep == "newest", keep_active=keep == "most_active")
    sql.run(con, "desired/desired", cells=mapping.cells, cohorts=mapping.cohorts.all)
