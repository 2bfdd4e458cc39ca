"""state.duckdb: small, precious, migrated. Open it for as long as it is written, not longer: DuckDB locks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from recon.errors import UsageError
from recon.store import duck, sql

NAME = "state.duckdb"
_MIGRATIONS = (1, 2, 3, 4, 5, 6, 7)


def check(folder: Path) -> None:
    """Raises UsageError where the state database is damaged, or of a newer recon; better before a night than in it."""
    path = folder / NAME
    if path.exists():
        with _opened(path) as own:
            _versions(own, path)


@contextmanager
def attached(con: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[None]:
    """The state database of the state folder `folder`, up to date, as `state` on `con`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / NAME
    with _opened(path) as own:
        _migrate(own, path)
    sql.run(con, "state/attach", path=sql.text(str(path)))
    try:
        yield
    finally:
        sql.run(con, "state/detach")


@contextmanager
def reading(con: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[bool]:
    """The state database, read only, as `state` on `con`; False where there is none, where another process has it open,
    and where it cannot be read, which `check` tells."""
    path = folder / NAME
    try:
        if path.exists():
            sql.run(con, "state/attach_reading", path=sql.text(str(path)))
    except duckdb.Error:
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


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The state database by itself."""
    try:
        with duck.database(path) as own:
            yield own
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            raise UsageError(f"another program has {path} open", "Close it there, then try again.") from error
        raise UsageError(
            f"{path} cannot be read: it is damaged, or no database of recon's ({type(error).__name__})",
            "Put your backup of it in its place. Without one move it away (with state.duckdb.wal beside it) and run "
            "`recon run`: what differs is found anew. Approvals are lost, and the memory of events that were sent: "
            "read docs/operations.md before the next `recon forward` or `recon send-events`.",
        ) from error


def _versions(con: duckdb.DuckDBPyConnection, path: Path) -> set[int]:
    """The migrations that it has had."""
    done = {row[0] for row in sql.run(con, "state/version").fetchall()}
    if newer := done.difference(_MIGRATIONS):
        raise UsageError(
            f"{path} was written by a newer recon (state version {max(newer)}, this one knows {max(_MIGRATIONS)})",
            "Use that version of recon again, or a newer one.",
        )
    return done


def _migrate(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    for step in sorted(set(_MIGRATIONS) - _versions(con, path)):
        con.begin()
        sql.run(con, f"state/{step}")
        sql.run(con, "state/migrated", {"version": step})
        con.commit()
