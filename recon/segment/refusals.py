"""What PostgreSQL refused or broke off, in our words.

Its own words are shown without anything in quotes: there stand user names, and values of the rows it was reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from recon.errors import ConfigError, ReconError, RemoteError

_USER = re.compile(r"authentication|no password supplied|role .* does not exist|pg_hba\.conf|not permitted to log in")


@contextmanager
def explained(address: str) -> Iterator[None]:
    """Turns an error of PostgreSQL's into RemoteError, or ConfigError where recon.yml is to blame.

    It may come from ADBC itself, or through whoever was reading the stream: DuckDB or polars.
    """
    from adbc_driver_manager import Error
    from polars.exceptions import ComputeError

    try:
        yield
    except (Error, ComputeError, duckdb.Error) as error:
        if not isinstance(error, Error) and "[libpq]" not in str(error):
            raise
        raise _explain(str(error), address) from None


def _explain(said: str, address: str) -> ReconError:
    reason = _reason(said)
    if "permission denied" in said:
        return RemoteError(
            f"{address}: {reason}", "Give the user leave to read Segment's tables; docs/operations.md shows the grants."
        )
    if "Failed to connect" not in said:
        return RemoteError(f"{address} broke off while it was read: {reason}", "Run `recon run` again later.")
    if "invalid" in said:
        return ConfigError(
            f"segment.profiles.warehouse: {address} cannot be used: {reason}",
            "Look at what stands behind the ? of the URI; PostgreSQL's manual lists the options, under libpq.",
        )
    if _USER.search(said):
        return RemoteError(
            f"{address} refuses the user or the password", "Check both in the variable that `warehouse` names."
        )
    if re.search(r"database .* does not exist", said):
        return ConfigError(
            f"segment.profiles.warehouse: there is no such database: {address}", "Correct the end of the URI."
        )
    return RemoteError(
        f"{address} cannot be reached: {reason}", "Check host, port and network; `recon doctor` tries again."
    )


def _reason(said: str) -> str:
    line = said.splitlines()[0]
    line = re.sub(r".*(?:ERROR|FATAL):\s+|.*\[libpq\] (?:Failed to connect: (?:.* failed: )?)?", "", line)
    return re.sub(r'"[^"]*"', "…", line).strip()[:200]
