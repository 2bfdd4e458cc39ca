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
from typing import BinaryIO, NamedTuple, cast

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
TRAIT_COLUMNS = Table("trait_column", ("name",))
"""The traits that a wide table has columns for, though no row need have one; none in the narrow form."""

# What the queries use, under the names they use. Everything is text but the time: ids are opaque, and a value's type
# is the mapping's business. A time that cannot be read is none, which makes the row the oldest.
_USED = {
    "user_traits": ("canonical_segment_id", "name", "value", "seq"),
    "user_identifiers": ("canonical_segment_id", "type", "value", "seq"),
    "profile_merges": ("canonical_segment_id", "segment_id", "seq"),
    "suppression": ("user_id",),
    "trait_column": ("name",),
}
_TIME = {"suppression": "suppressed_at"}


class Readable(NamedTuple):
    """An input file that DuckDB can read: `file` is Parquet, `columns` are those of the input as it came."""

    file: Path
    columns: list[str]
    rejects: list[Reject]


def convert(
    con: duckdb.DuckDBPyConnection, table: Table, raw: Sequence[Path], to: Path
) -> tuple[list[Path], list[Reject]]:
    """Checks every file of `table` and returns them as Parquet files, with the lines that could not be read.

    CSV and NDJSON files are converted into `to`. InputError names file and column, or the file that is broken.
    """
    found = [readable(con, table, path, to / f"{number:06}.parquet") for number, path in enumerate(raw)]
    return [each.file for each in found], [reject for each in found for reject in each.rejects]


def readable(con: duckdb.DuckDBPyConnection, table: Table, path: Path, target: Path) -> Readable:
    """One file of `table`: itself if it is Parquet, else converted into `target`. Errors as for `convert`."""
    if path.suffix == ".parquet":
        columns = list(column_types(con, path))
        _check_columns(table, path, columns)
        return Readable(path, columns, [])
    target.parent.mkdir(parents=True, exist_ok=True)
    columns, rejects = _csv(con, table, path, target) if ".csv" in path.suffixes else _ndjson(con, table, path, target)
    return Readable(target, columns, rejects)


def attach(con: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path]) -> None:
    """Makes the temporary view `table.name` over `files`, all Parquet, with the columns that the queries use.

    Without a file the view is empty.
    """
    present: dict[str, set[str]] = {}
    for path in files:
        for name, type_ in column_types(con, path).items():
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


def column_types(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """The columns of a Parquet file, each with its DuckDB type; InputError where it is no whole file."""
    try:
        return dict(sql.run(con, "load/parquet_columns", {"file": str(path)}).fetchall())
    except duckdb.Error as error:
        raise InputError(
            f"{path} is no whole Parquet file",
            "It may still be being written, or the upload broke off. Write it again, then run `recon run`.",
        ) from error


def check_parquet(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    """Raises InputError where a Parquet file of `table` is cut off or lacks a column; reads its end only."""
    _check_columns(table, path, list(column_types(con, path)))


def _check_columns(table: Table, path: Path, found: Collection[str]) -> None:
    missing = [name for name in table.required if name not in found]
    if missing:
        raise InputError(
            f"{path} ({table.name}) has no column {', '.join(missing)}; it has {', '.join(found) or 'none'}",
            f"Export {table.name} with the columns {', '.join(table.required)}.",
        )


def _csv(con: duckdb.DuckDBPyConnection, table: Table, path: Path, target: Path) -> tuple[list[str], list[Reject]]:
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
    return header, [Reject(table.name, path.name, line, f"not a CSV line of this table: {kind}") for line, kind in rows]


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
        f"{path} is cut off or damaged: {str(error).splitlines()[0]}", "Write it again, then run `recon run`."
    )


def _ndjson(con: duckdb.DuckDBPyConnection, table: Table, path: Path, target: Path) -> tuple[list[str], list[Reject]]:
    plain = target.with_suffix(".ndjson")
    try:
        with _plain(path) as source, plain.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
    except (EOFError, gzip.BadGzipFile) as error:
        raise _cut_off(path, error) from error
    rejects: list[Reject] = []
    names, odd = _json_names(con, plain)
    if odd:
        rejects = sift(plain, table.name, path.name, lambda _: None)
        names, _ = _json_names(con, plain)
    _check_columns(table, path, names)
    sql.run(
        con,
        "load/ndjson",
        {"file": str(plain), "target": str(target)},
        names=[(text(name), ident(name)) for name in (*table.required, *table.optional) if name in names],
    )
    plain.unlink()
    return names, rejects


def _json_names(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[list[str], bool]:
    """The members that the objects of a file have, and whether a line may be something else than a JSON object."""
    try:
        [(odd, names)] = sql.run(con, "load/ndjson_names", {"file": str(path)}).fetchall()
    except duckdb.InvalidInputException:
        return [], True
    return list(names or []), bool(odd)
