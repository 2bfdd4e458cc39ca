"""Large bases in buckets of people, so that memory is bounded whatever the size of the base (design §11)."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from recon.store import sql

PROFILES = 1_250_000
"""Braze profiles up to which the base is one bucket: with 25 attributes they fit into DuckDB's memory limit."""


def each(con: duckdb.DuckDBPyConnection) -> Iterator[int]:
    """Shows one bucket of people after the other, and yields its number.

    What can be seen of it is `bucket_person`, `bucket_trait` and `bucket_actual`. Needs `actual`, `person`, `winner`.
    """
    row = sql.run(con, "load/rows", table=sql.ident("actual")).fetchone()
    buckets = -(-(row[0] if row else 0) // PROFILES)
    if buckets <= 1:
        sql.run(con, "load/whole")
        yield 0
        return
    for bucket in range(buckets):
        sql.run(con, "load/bucket", bucket=bucket, buckets=buckets)
        yield bucket
