"""Profiles Sync tables, narrow form, from files (facts/segment §1.4): checked, and made readable as DuckDB views.

Parquet is read where it lies. CSV and NDJSON are turned into Parquet once, with lines that cannot be read put aside.
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import duckdb

from recon.errors import InputError
from recon.store import sql
from recon.store.lines import Reject, sift
from recon.store.sql import Sql, ident, text


@dataclass(frozen=True)
class Table:
    """One input table: the columns it must have, and those it may have. All else is ignored."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


USER_TRAITS = Table(
    "user_traits", ("canonical_segment_id", "name", "value", "seq", "received_at", "uuid_ts", "timestamp")
)
USER_IDENTIFIERS = Table("user_identifiers", ("canonical_segment_id", "type", "value", "timestamp"), ("seq",))
PROFILE_MERGES = Table("profile_merges", ("canonical_segment_id", "segment_id"), ("timestamp", "seq"))
SUPPRESSIONS = Table("suppression", ("user_id", "suppressed_at"))
TABLES = (USER_TRAITS, USER_IDENTIFIERS, PROFILE_MERGES)

# What the queries use, under the names they use. Everything is text but the time: ids are opaque, and a value's type
# is the mapping's business. A time that cannot be read is none, which makes the row the oldest.
_USED = {
    "user_traits": ("canonical_segment_id", "name", "value", "seq"),
    "user_identifiers": ("canonical_segment_id", "type", "value", "seq"),
    "profile_merges": ("canonical_segment_id", "segment_id", "seq"),
    "suppression": ("user_id",),
}
_TIME = {"suppression": "suppressed_at"}


def convert(
    con: duckdb.DuckDBPyConnection, table: Table, raw: Sequence[Path], to: Path
) -> tuple[list[Path], list[Reject]]:
    """Checks every file of `table` and returns them as Parquet files, with the lines that could not be read.

    CSV and NDJSON files are converted into `to`. InputError names file and column, or the file that is broken.
    """
    parquet: list[Path] = []
    rejects: list[Reject] = []
    for number, path in enumerate(raw):
        if path.suffix == ".parquet":
            _check_columns(table, path, _parquet_columns(con, path))
            parquet.append(path)
            continue
        target = to / f"{number:06}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        rejects += _csv(con, table, path, target) if ".csv" in path.suffixes else _ndjson(con, table, path, target)
        parquet.append(target)
    return parquet, rejects


def attach(con: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path]) -> None:
    """Makes the temporary view `table.name` over `files`, all Parquet, with the columns that the queries use."""
    present: dict[str, set[str]] = {}
    for path in files:
        for name, type_ in _parquet_columns(con, path).items():
            present.setdefault(name, set()).add(type_)
    sql.run(
        con,
        "load/segment_view",
        view=ident(table.name),
        files=[text(str(path)) for path in files],
        columns=[(ident(name) if name in present else Sql("NULL"), ident(name)) for name in _USED[table.name]],
        moment=_moment(_TIME.get(table.name, "timestamp"), present),
    )


def _moment(column: str, present: dict[str, set[str]]) -> Sql:
    """The column as an instant. A time without a zone is UTC already; the general cast asks a calendar for each row."""
    if column not in present:
        return Sql("NULL")
    without_zone = all(type_.startswith("TIMESTAMP") and "ZONE" not in type_ for type_ in present[column])
    return Sql(f"make_timestamptz(epoch_us({ident(column)}))") if without_zone else ident(column)


def _parquet_columns(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    try:
        rows = sql.run(con, "load/parquet_columns", {"file": str(path)}).fetchall()
    except duckdb.Error as error:
        raise InputError(
            f"{path} is no whole Parquet file: {str(error).splitlines()[0]}",
            "It may still be being written, or the upload broke off. Write it again, then run `recon pull`.",
        ) from error
    return dict(rows)


def _check_columns(table: Table, path: Path, found: Collection[str]) -> None:
    missing = [name for name in table.required if name not in found]
    if missing:
        raise InputError(
            f"{path} ({table.name}) has no column {', '.join(missing)}; it has {', '.join(found) or 'none'}",
            f"Export {table.name} with the columns {', '.join(table.required)}.",
        )


def _csv(con: duckdb.DuckDBPyConnection, table: Table, path: Path, target: Path) -> list[Reject]:
    header = _csv_header(path)
    _check_columns(table, path, header)
    # On a connection of its own: DuckDB keeps rejects until the connection ends, and these are to be this file's alone.
    with con.cursor() as own:
        try:
            sql.run(own, "load/csv", {"file": str(path), "target": str(target), "names": header})
        except duckdb.OperationalError as error:
            if "GZIP" in str(error):
                raise _cut_off(path, error) from error
            raise  # no fault of the file's: a full disk, most likely
        except duckdb.Error as error:
            raise InputError(
                f"{path} ({table.name}) cannot be read as CSV: {str(error).splitlines()[0]}",
                "Write it as CSV with a header, commas and double quotes, in UTF-8.",
            ) from error
        rows = sql.run(own, "load/csv_rejects").fetchall()
    return [Reject(table.name, path.name, line, f"not a CSV line of this table: {kind}") for line, kind in rows]


def _csv_header(path: Path) -> list[str]:
    try:
        with io.TextIOWrapper(_plain(path), encoding="utf-8-sig", errors="replace", newline="") as file:
            return next(csv.reader(file), [])
    except (EOFError, gzip.BadGzipFile) as error:
        raise _cut_off(path, error) from error


def _plain(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked if it is a .gz."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _cut_off(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path} is cut off or damaged: {str(error).splitlines()[0]}", "Write it again, then run `recon pull`."
    )


def _ndjson(con: duckdb.DuckDBPyConnection, table: Table, path: Path, target: Path) -> list[Reject]:
    plain = target.with_suffix(".ndjson")
    try:
        with _plain(path) as source, plain.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
    except (EOFError, gzip.BadGzipFile) as error:
        raise _cut_off(path, error) from error
    rejects: list[Reject] = []
    names = _json_names(con, plain)
    if names is None:
        rejects = sift(plain, table.name, path.name, lambda _: None)
        names = _json_names(con, plain) or []
    _check_columns(table, path, names)
    sql.run(
        con,
        "load/ndjson",
        {"file": str(plain), "target": str(target)},
        names=[(text(name), ident(name)) for name in (*table.required, *table.optional)],
    )
    plain.unlink()
    return rejects


def _json_names(con: duckdb.DuckDBPyConnection, path: Path) -> list[str] | None:
    """The members that the objects of a file have; None where a line is no object."""
    try:
        [(strays, names)] = sql.run(con, "load/ndjson_names", {"file": str(path)}).fetchall()
    except duckdb.InvalidInputException:
        return None
    return None if strays else list(names or [])
