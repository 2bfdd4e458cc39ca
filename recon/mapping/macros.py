"""The SQL macros and word lists of sql/mapping, which read and compare values."""

from __future__ import annotations

import duckdb

from recon.store import sql

# In the order in which they call each other.
_FILES = (
    "time",
    "text",
    "number",
    "boolean",
    "date",
    "array",
    "object",
    "email",
    "phone",
    "address",
    "words",
    "any",
    "membership",
)


def define(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the macros and the table `words` on `con`, for as long as it is open."""
    sql.run(con, "mapping/words_table", {"file": str(sql.file("mapping/words.csv"))})
    for name in _FILES:
        sql.run(con, f"mapping/{name}")
