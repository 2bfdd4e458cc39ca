"""DuckDB connections, and what they all have in common."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from recon.errors import UsageError
from recon.store import sql

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
    with disk_errors(path.parent):
        con = duckdb.connect(str(path))
        try:
            _settings(con, path.parent / "spill")
            yield con
        finally:
            con.close()


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turns "no space left" from DuckDB or the system into an error that names the folder."""
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, OSError) as error:
        text = str(error)
        full = getattr(error, "errno", None) in (28, 122) or any(
            sign in text for sign in ("No space left", "no space left", "ould not write all bytes", "Disk quota")
        )
        if full or ("max_temp_directory_size" in text):
            raise UsageError(
                f"the disk is full while writing to {folder}",
                "Free space there or point `state` in recon.yml at a larger disk, then run the same command again; "
                "nothing was sent and the inputs are untouched.",
            ) from error
        raise
