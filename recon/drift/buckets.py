"""Large bases in buckets of people, so that memory is bounded whatever the size of the base (design §11)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from recon.mapping.compiled import Compiled
from recon.store import sql

PROFILES = 1_250_000
"""Braze profiles up to which the base is one bucket: with 25 attributes they fit into DuckDB's memory limit."""


def each(con: duckdb.DuckDBPyConnection, mapping: Compiled, spill: Path) -> Iterator[None]:
    """Shows one bucket of people after the other as `bucket_person`, `bucket_trait` and `bucket_actual`.

    Needs `person` and `winner`. A base that is one bucket is shown as it lies; a larger one is written, once, into
    files by bucket, in the folder `spill`, which is removed in the end.
    """
    row = sql.run(con, "load/rows", table=sql.ident("actual")).fetchone()
    buckets = -(-(row[0] if row else 0) // PROFILES)
    if buckets <= 1:
        sql.run(con, "load/whole")
        yield
        return
    shutil.rmtree(spill, ignore_errors=True)
    traits, actual = spill / "traits", spill / "actual"
    actual.mkdir(parents=True)
    try:
        sql.run(
            con,
            "load/partition",
            {"buckets": buckets},
            traits=mapping.traits,
            traits_folder=sql.text(str(traits)),
            actual_folder=sql.text(str(actual)),
        )
        for bucket in range(buckets):
            if files := _files(actual, bucket):
                sql.run(
                    con,
                    "load/bucket",
                    bucket=bucket,
                    buckets=buckets,
                    actual_files=files,
                    trait_files=_files(traits, bucket),
                )
                yield
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _files(folder: Path, bucket: int) -> list[sql.Sql]:
    return [sql.text(str(path)) for path in sorted((folder / f"bucket={bucket}").glob("*.parquet"))]
