"""Export archives into the table `actual`, one row per Braze profile (facts/braze-rest-api §3.2, §3.3)."""

from __future__ import annotations

import gzip
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import duckdb

from recon.errors import InputError
from recon.store import sql
from recon.store.lines import Reject, sift
from recon.store.sql import Sql, ident, text


class Column(Protocol):
    """What this needs of a mapping's cell."""

    @property
    def attribute(self) -> str: ...
    @property
    def column(self) -> Sql: ...
    @property
    def standard(self) -> bool: ...


class Member(NamedTuple):
    """One file inside an archive."""

    archive: Path
    name: str | None
    """None for a .gz, which is one file."""

    @property
    def label(self) -> str:
        return f"{self.archive.name}/{self.name}" if self.name else self.archive.name


def members(archives: Sequence[Path]) -> list[Member]:
    """Every file in `archives`, whatever its ending; InputError for an archive that cannot be opened."""
    found = []
    for archive in archives:
        if archive.suffix == ".gz":
            found.append(Member(archive, None))
            continue
        try:
            with zipfile.ZipFile(archive) as zipped:
                found += [Member(archive, info.filename) for info in zipped.infolist() if not info.is_dir()]
        except (zipfile.BadZipFile, EOFError) as error:
            raise broken(archive, error) from error
    return found


def broken(archive: Path, error: Exception) -> InputError:
    """The error for an archive that is cut off or damaged."""
    return InputError(
        f"the export archive {archive} is damaged or cut off ({type(error).__name__}: {error})",
        "Fetch it again with `recon pull`; nothing was loaded or pushed.",
    )


def unpack(found: Sequence[Member], to: Path, on_progress: Callable[[int], None] = lambda done: None) -> list[Path]:
    """Writes each member to `to`/<n>.ndjson, in parallel, with its CRC checked; `on_progress` gets bytes written.

    InputError names the archive that is cut off or damaged.
    """
    to.mkdir(parents=True, exist_ok=True)

    def one(numbered: tuple[int, Member]) -> Path:
        number, member = numbered
        path = to / f"{number:06}.ndjson"
        try:
            with _opened(member) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
                on_progress(target.tell())
        except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise broken(member.archive, error) from error
        return path

    # zlib and file writes release Python's lock, so threads are enough.
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(one, enumerate(found)))


class _Zipped:
    """A member of a zip that closes its archive with it."""

    def __init__(self, member: Member) -> None:
        self._archive = zipfile.ZipFile(member.archive)
        self._file = self._archive.open(member.name or "")

    def __enter__(self) -> Any:
        return self._file

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._archive.close()


def _opened(member: Member) -> Any:
    return _Zipped(member) if member.name is not None else gzip.open(member.archive, "rb")


def load(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    labels: Sequence[str],
    cells: Sequence[Column],
    table: str = "actual",
) -> list[Reject]:
    """Reads files of JSON Lines into `table`: braze_id, external_id, created_at, user_aliases and a column per cell.

    Returns the lines that could not be used, named by `labels` (one per file). The files are rewritten without them.
    """
    try:
        _read(con, files, cells, table)
        if not _nameless(con, table):
            return []
    except duckdb.InvalidInputException:
        pass
    rejects = [
        reject
        for path, label in zip(files, labels, strict=True)
        for reject in sift(path, "braze_export", label, _problem)
    ]
    try:
        _read(con, files, cells, table)
    except duckdb.InvalidInputException as error:
        raise InputError(
            f"DuckDB cannot read the export: {str(error).splitlines()[0]}", "Fetch it again with `recon pull`."
        ) from error
    return rejects


def _read(con: duckdb.DuckDBPyConnection, files: Sequence[Path], cells: Sequence[Column], table: str) -> None:
    custom = [cell.attribute for cell in cells if not cell.standard]
    # A STRUCT is 2.6 times faster than JSON, but its members cannot differ in case only, as Braze's attributes can.
    as_struct = bool(custom) and len({name.lower() for name in custom}) == len(custom)
    columns = [(cell.column, _stored(cell, as_struct)) for cell in cells]
    struct = "STRUCT(" + ", ".join(f"{ident(name)} JSON" for name in custom) + ")"
    sql.run(
        con,
        "load/actual",
        {"files": [str(file) for file in files]},
        table=ident(table),
        columns=columns,
        fields=[text(cell.attribute) for cell in cells if cell.standard],
        custom=text(struct if as_struct else "JSON"),
    )


def _stored(cell: Column, as_struct: bool) -> Sql:
    attribute = ident(cell.attribute)
    if cell.standard:
        return attribute
    if as_struct:
        return Sql(f"custom_attributes.{attribute}")
    pointer = "/" + cell.attribute.replace("~", "~0").replace("/", "~1")
    return Sql(f"json_extract(custom_attributes, {text(pointer)})")


def _nameless(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    row = sql.run(con, "load/nameless", table=ident(table)).fetchone()
    return bool(row and row[0])


def _problem(user: dict[str, Any]) -> str | None:
    if not any(user.get(key) for key in ("braze_id", "external_id", "user_aliases")):
        return "a profile without braze_id, external_id and alias"
    if not isinstance(user.get("custom_attributes") or {}, dict):
        return "custom_attributes is not an object"
    return None


def one_row_each(con: duckdb.DuckDBPyConnection) -> int:
    """Leaves one row per profile in `actual`, the newest; returns how many were dropped."""
    row = sql.run(con, "load/twins").fetchone()
    if not row or not any(row):
        return 0
    before = _count(con)
    sql.run(con, "load/single")
    return before - _count(con)


def _count(con: duckdb.DuckDBPyConnection) -> int:
    row = sql.run(con, "load/rows", table=ident("actual")).fetchone()
    return int(row[0]) if row else 0
