"""The SQL macros and word lists of sql/mapping, which read and compare values."""

from __future__ import annotations

import duckdb

from recon.mapping import nested, phones
from recon.store import sql

# In the order in which they call each other.
_FILES = (
    "time",
    "text",
    "number",
    "amount",
    "boolean",
    "date",
    "object",
    "array",
    "email",
    "phone",
    "address",
    "words",
    "any",
    "forced",
    "membership",
)


def define(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the macros and the table `words` on `con`, for as long as it is open."""
    files = {name: str(sql.file(f"mapping/{name}.csv")) for name in ("words", "currencies")}
    sql.run(con, "mapping/words_table", files)
    phones.define(con)
    nested.define(con)
    for name in _FILES:
        sql.run(con, f"mapping/{name}")
