"""DuckDB connections, and what they all have in common."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from recon.errors import UsageError
from recon.store import refusals, sql

# DuckDB's limit is not the resident size: it gets 60 % of what recon promises to stay under (design §11).
MEMORY_LIMIT_MB = 2400


def _settings(con: duckdb.DuckDBPyConnection, spill: Path) -> None:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    sql.run(con, "settings", {"memory": f"{min(MEMORY_LIMIT_MB, physical * 6 // 10)}MB", "spill": str(spill)})


@contextmanager
def database(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database at `path`, made if it is not there: UTC, bounded memory, spilling beside itself.

    A full disk becomes a UsageError that says where; the database is closed in any case.
    """
    with _opened(str(path), path.parent) as con:
        yield con


@contextmanager
def in_memory(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that is gone afterwards, with what `database` has: UTC, bounded memory, spilling into `folder`."""
    with _opened(":memory:", folder) as con:
        yield con


@contextmanager
def _opened(name: str, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with disk_errors(folder):
        con = duckdb.connect(name)
        try:
            _settings(con, folder / "spill")
            yield con
        finally:
            con.close()


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turns "no space left" and refusals from DuckDB or the system into errors that name the folder.

    DuckDB says it in many ways (a commit that failed, a spill that is too large), so the disk itself is asked too.
    """
    try:
        yield
    except (duckdb.Error, OSError) as error:
        if _says_full(error) or _is_full(folder):
            raise disk_full(folder) from error
        if refusal := refusals.of_database(error, str(folder)):
            raise refusal from error
        raise


def disk_full(folder: Path) -> UsageError:
    """The error of a full disk under `folder`."""
    return UsageError(
        f"the disk is full while writing to {folder}",
        "Free space there or point `state` in recon.yml at a larger disk, then run the same command again; "
        "the inputs are untouched.",
    )


def _says_full(error: Exception) -> bool:
    signs = ("o space left", "ould not write all bytes", "Disk quota", "max_temp_directory_size")
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or any(sign in str(error) for sign in signs)


def _is_full(folder: Path) -> bool:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(existing).free < 1 << 18
