"""state.duckdb: small, precious, migrated. Open it for as long as it is written, not longer: DuckDB locks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from recon.errors import UsageError
from recon.store import duck, sql

NAME = "state.duckdb"
_MIGRATIONS = (1, 2, 3, 4, 5, 6)


@contextmanager
def attached(con: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[None]:
    """The state database of the state folder `folder`, up to date, as `state` on `con`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / NAME
    with duck.database(path) as own:
        _migrate(own, path)
    sql.run(con, "state/attach", path=sql.text(str(path)))
    try:
        yield
    finally:
        sql.run(con, "state/detach")


@contextmanager
def reading(con: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[bool]:
    """The state database, read only, as `state` on `con`; False where there is none, or another process has it open."""
    path = folder / NAME
    try:
        if path.exists():
            sql.run(con, "state/attach_reading", path=sql.text(str(path)))
    except duckdb.IOException:
        yield False
        return
    if not path.exists():
        yield False
        return
    try:
        yield True
    finally:
        sql.run(con, "state/detach")


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of what is written within, or nothing of it."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def _migrate(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    done = {row[0] for row in sql.run(con, "state/version").fetchall()}
    if newer := done.difference(_MIGRATIONS):
        raise UsageError(
            f"{path} was written by a newer recon (state version {max(newer)}, this one knows {max(_MIGRATIONS)})",
            "Use that version of recon again, or a newer one.",
        )
    for step in sorted(set(_MIGRATIONS) - done):
        con.begin()
        sql.run(con, f"state/{step}")
        sql.run(con, "state/migrated", {"version": step})
        con.commit()
