"""Errors about a run's copy of an input speak of the file that it was copied from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import duckdb

from recon.errors import InputError
from recon.intake import manifest
from recon.store import sql
from recon.store.run import Run

Copies = Mapping[Path, str]
"""Of each copy, the path or address of what it was copied from."""


def readable_inputs(run: Run) -> AbstractContextManager[None]:
    """`named` for the inputs of a run that has pulled them."""
    return named(lambda: _copies(run))


@contextmanager
def named(copies: Callable[[], Copies]) -> Iterator[None]:
    """Names originals in errors about `copies`.

    A page that is damaged inside a Parquet file shows only when it is read, and DuckDB does not say where: then the
    file is looked for.
    """
    try:
        yield
    except InputError as error:
        text = error.what
        for copy, original in copies().items():
            text = text.replace(str(copy), original)
        raise InputError(text, error.remedy) from error
    except duckdb.Error as error:
        damaged = [original for copy, original in copies().items() if _is_damaged(copy)]
        if not damaged:
            raise
        raise InputError(
            f"{', '.join(damaged)} cannot be read to its end: {str(error).splitlines()[0]}",
            "Write the file again, then run `recon run`; nothing was sent.",
        ) from error


def _copies(run: Run) -> Copies:
    listed = manifest.read(run)["inputs"].values()
    return {run.raw / entry["path"]: entry["url"] for entries in listed for entry in entries}


def _is_damaged(path: Path) -> bool:
    if path.suffix != ".parquet":
        return False
    try:
        with duckdb.connect() as con:
            sql.run(con, "load/parquet_whole", {"file": str(path)})
    except duckdb.Error:
        return True
    return False
