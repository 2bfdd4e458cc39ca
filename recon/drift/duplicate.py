"""Duplicate profiles, told from Segment's identity graph and never from guessing (design §6.3)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb

from recon.config.models import Config
from recon.mapping.compiled import Compiled
from recon.store import sql
from recon.store.sql import Sql, text

KINDS = ("merge", "identify", "rename", "alias", "suspected")


class _Address(NamedTuple):
    """An address that the export holds because the mapping names it: what it is, its column, and what is compared."""

    kind: Sql
    column: Sql
    value: Sql


def find(con: duckdb.DuckDBPyConnection, mapping: Compiled, config: Config) -> None:
    """Makes `duplicate_drift(cluster, kind, keep, other, label, evidence)` from `person`, `user_id` and `actual`.

    `keep` is an external id; `other` too, unless `label` is set: then it is an alias name (facts/braze-rest-api §4).
    `cluster` is the least external id of a connected component. An export tells neither deprecated ids nor profiles
    that Braze refuses to merge (§10.23, §10.37), so no finding names those.
    """
    sql.run(con, "drift/duplicate/start")
    keep = config.identity.keep
    sql.run(con, "drift/duplicate/twin", keep_newest=keep == "newest", keep_active=keep == "most_active")
    for step in ("merge", "rename", "held_alias", "lacking", "claim", "identify", "alias"):
        sql.run(con, f"drift/duplicate/{step}")
    if addresses := _addresses(mapping):
        sql.run(con, "drift/duplicate/suspected", addresses=addresses)
    cluster(con)
    sql.run(con, "drift/duplicate/drift")


def write(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Writes `folder`/duplicate.parquet; returns the pairs of each kind, as the contract's drift document has them."""
    sql.run(con, "drift/duplicate/write", {"duplicate": str(folder / "duplicate.parquet")})
    return {**dict.fromkeys(KINDS, 0), **dict(sql.run(con, "drift/duplicate/counts").fetchall())}


def _addresses(mapping: Compiled) -> list[_Address]:
    read = {"email": ("e-mail address", "lower({0})"), "phone": ("phone number", "coalesce(phone_number({0}), {0})")}
    found = []
    for cell in mapping.cells:
        if cell.standard and cell.attribute in read:
            kind, value = read[cell.attribute]
            found.append(
                _Address(text(kind), cell.column, Sql(value.format(f"json_extract_string({cell.column}, '$')")))
            )
    return found


def cluster(con: duckdb.DuckDBPyConnection) -> None:
    """Makes `pointer(id, root)`: the least id of the component of every id that is not the least itself.

    A query that followed links one by one would take as many rounds as the longest chain has links. Here, in each
    round, ids point to their least neighbour, pointers jump to the end of their chain, and what is linked through them
    becomes one; 10,000 ids in whatever order take a handful of rounds of at most 14 jumps.
    """
    sql.run(con, "drift/duplicate/links")
    while True:
        sql.run(con, "drift/duplicate/point")
        _chase(con)
        if not _count(con, "drift/duplicate/contract"):
            break
    sql.run(con, "drift/duplicate/all_pointed")
    _chase(con)


def _chase(con: duckdb.DuckDBPyConnection) -> None:
    """Makes every pointer of `pointer` point to the end of its chain."""
    sql.run(con, "drift/duplicate/chain")
    while _count(con, "drift/duplicate/jump"):
        pass
    sql.run(con, "drift/duplicate/settle")


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = sql.run(con, query).fetchone()
    return int(row[0]) if row else 0
