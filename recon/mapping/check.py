"""Whether DuckDB can make sense of what a user wrote under `sql` and `when`, before anything is fetched."""

from __future__ import annotations

import duckdb

from recon.errors import ConfigError
from recon.mapping import macros
from recon.mapping.compiled import Compiled
from recon.store import sql


def check(mapping: Compiled) -> None:
    """Binds every row's expressions without running them; ConfigError names the row and what is wrong with it."""
    with duckdb.connect() as con:
        macros.define(con)
        for cell in mapping.cells:
            try:
                sql.run(con, "mapping/bind", given=cell.given, traits=mapping.traits)
            except (duckdb.BinderException, duckdb.CatalogException, duckdb.ConversionException) as error:
                what = str(error).splitlines()[0].partition(": ")[2]
                raise ConfigError(
                    f"attributes, the row for {cell.attribute!r}: DuckDB cannot compute its sql or when: {what}",
                    "`value` has the type that `as` names, else it is text; trait('name') is always text: "
                    "cast it, as in CAST(trait('age') AS INTEGER) > 18.",
                ) from None
