"""Large bases in buckets of people, so that memory is bounded whatever the size of the base (design §11)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import duckdb

from recon.store import sql

PROFILES = 1_250_000
"""Braze profiles up to which the base is one bucket: with 25 attributes they fit into DuckDB's memory limit."""


def each(con: duckdb.DuckDBPyConnection) -> Iterator[bool]:
    """Shows one bucket of people after the other, and yields whether it is only a part of the base.

    What can be seen of it is `bucket_person`, `bucket_trait` and `bucket_actual`, and in `bucket_desired` what has come
    into `desired` since the bucket began. Tangled profiles are in buckets of their own at the end (`bucket_tangled`);
    until then they are `set_aside`. Needs `actual`, `person`, `winner`, `desired`, still empty, and `tangled`, to which
    whoever works on a bucket adds what the bucket has.
    """
    buckets = _parts(con, "actual", PROFILES)
    if buckets <= 1:
        sql.run(con, "load/whole")
        yield False
        return
    row = sql.run(con, "load/bounds", {"buckets": buckets}).fetchone()
    assert row
    bounds = [None, *map(sql.text, row[0]), None]
    for lower, upper in pairwise(bounds):
        sql.run(con, "load/bucket", lower=lower, upper=upper)
        sql.run(con, "load/bucket_desired", done=_count(con, "desired"))
        yield True
    # Their rows are not pivoted but sorted, which takes more memory.
    more = _parts(con, "tangled", PROFILES // 2)
    for number in range(more):
        sql.run(con, "load/bucket_tangled", bucket=number, buckets=more)
        sql.run(con, "load/bucket_desired", done=_count(con, "desired"))
        yield True


def _parts(con: duckdb.DuckDBPyConnection, table: str, most: int) -> int:
    """Into how many parts `table` goes, if none may have more than `most` rows."""
    return -(-_count(con, table) // most)


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = sql.run(con, "load/rows", table=sql.ident(table)).fetchone()
    return int(row[0]) if row else 0
