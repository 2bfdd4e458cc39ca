"""`profile_traits`, the wide form (facts/segment §1.5): turned once into rows of the narrow one.

NULL is absent. There is no time per trait, so every row is as old as can be. `merged_to` is the merge graph.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from recon.errors import UsageError
from recon.segment.tables import PROFILE_MERGES, TRAIT_COLUMNS, USER_TRAITS, Table, column_types, readable
from recon.store import sql
from recon.store.lines import Reject
from recon.store.sql import ident, text

PROFILE_TRAITS = "profile_traits"
KEYS = ("canonical_segment_id", "merged_to")

# Beside the traits (facts/segment §1.2, §1.5); those that begin with _ are the warehouse's or Segment's own too.
_SYSTEM = {*KEYS, "segment_id", "seq", "timestamp", "received_at", "uuid_ts", "etl_ts"}


class Converted(NamedTuple):
    """How many rows the wide table had, and what of it could not be read."""

    rows: int
    rejects: list[Reject]


def convert(
    con: duckdb.DuckDBPyConnection, raw: Sequence[Path], to: Path, traits: Sequence[str], elsewhere: Sequence[str] = ()
) -> Converted:
    """Writes `traits` of the wide files as narrow tables below `to`: user_traits, profile_merges, trait_column.

    `elsewhere` are columns that the table has, and these files need not have: those that pull had no use for. A trait
    of the mapping among them is a UsageError: the mapping is newer than what was pulled. InputError as in
    `tables.convert`.
    """
    for name in (USER_TRAITS.name, PROFILE_MERGES.name, TRAIT_COLUMNS.name):
        (to / name).mkdir(parents=True, exist_ok=True)
    table = Table(PROFILE_TRAITS, KEYS, tuple(dict.fromkeys([*traits, *map(snake, traits)])))
    rows, known, rejects = 0, set(filter(is_trait, elsewhere)), list[Reject]()
    for number, path in enumerate(raw):
        target = f"{number:06}.parquet"
        file, columns, bad = readable(con, table, path, to / PROFILE_TRAITS / target)
        found = columns_of(traits, columns)
        if late := [trait for trait in columns_of(traits, elsewhere) if trait not in found]:
            raise UsageError(
                f"{path} was read without {', '.join(map(repr, late))}, which the mapping did not name then",
                "Read the table anew with `recon pull`.",
            )
        types = column_types(con, file)
        sql.run(
            con,
            "load/wide_traits",
            {"file": str(file), "target": str(to / USER_TRAITS.name / target)},
            trait_columns=[(text(trait), ident(column), _form(types[column])) for trait, column in found.items()],
        )
        merges = {"file": str(file), "target": str(to / PROFILE_MERGES.name / target)}
        rows += sql.run(con, "load/wide_merges", merges).fetchone()[0]  # type: ignore[index]
        known |= {*filter(is_trait, columns), *found}
        rejects += bad
        if file != path:
            file.unlink()
    names = {"names": sql.rows(sorted(known)), "target": str(to / TRAIT_COLUMNS.name / "000000.parquet")}
    sql.run(con, "load/trait_columns", names)
    return Converted(rows, rejects)


def columns_of(traits: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """The column of each trait that has one: by its own name, else in snake case, as warehouses have it (§1.8)."""
    there = {name for name in columns if is_trait(name)}
    candidates = ((trait, next((name for name in (trait, snake(trait)) if name in there), None)) for trait in traits)
    return {trait: column for trait, column in candidates if column is not None}


def is_trait(column: str) -> bool:
    """Whether a column of a wide table holds a trait."""
    return not column.startswith("_") and column not in _SYSTEM


def snake(name: str) -> str:
    """`firstName` as `first_name`: the way in which Segment names columns (segmentio/go-snakecase).

    Which of its versions Segment runs is not known; they differ for a digit before a capital letter only.
    """
    kept = re.match(r"(?:[a-z0-9]|_(?=[a-z0-9]))*", name)
    start = kept[0] if kept else ""
    if start == name:
        return name
    if start[-1:].isdigit():
        start = start[:-1]
    words = [word for word in re.findall(r"[A-Z0-9]*[a-z0-9]*", name[len(start) :]) if word]
    return "_".join([start, *words] if start else words).lower()


def _form(duckdb_type: str) -> sql.Sql:
    """How a column of this type becomes the text of the narrow form; the words are those of load/wide_traits."""
    if duckdb_type.endswith("]") or duckdb_type.startswith(("STRUCT", "MAP")):
        return sql.Sql("structure")
    if duckdb_type.startswith("TIMESTAMP"):
        return sql.Sql("time")
    return sql.Sql("json" if duckdb_type == "JSON" else "scalar")
