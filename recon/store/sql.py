"""Runs the queries that live in sql/, one file per idea.

A file is DuckDB SQL, with Jinja loops where the mapping decides the columns. Only text that sqlglot has quoted or
parsed (`Sql`) may be spliced in; anything else is refused, so no value and no user text can become SQL. Values travel
as bound parameters (`$name`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recon.store import assets

if TYPE_CHECKING:
    import duckdb
    import jinja2


class Sql(str):
    """SQL text that was made by sqlglot, or is a query of ours: safe to splice."""

    __slots__ = ()


def ident(name: str) -> Sql:
    """`name` as a quoted identifier."""
    from sqlglot import exp

    return Sql(exp.to_identifier(name, quoted=True).sql(dialect="duckdb"))


def text(value: str) -> Sql:
    """`value` as a string literal; for names that cannot be a parameter, such as an attribute in a list of columns."""
    from sqlglot import exp

    return Sql(exp.Literal.string(value).sql(dialect="duckdb"))


def _only_sql(value: Any) -> str:
    if isinstance(value, Sql):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"refused to splice a {type(value).__name__} into SQL; make it with ident(), text() or sqlglot")


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets.folder("sql")),
        undefined=jinja2.StrictUndefined,
        finalize=_only_sql,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # For the files themselves, which are ours: text that they put together from column names.
    environment.globals["raw"] = Sql
    return environment


def render(name: str, /, **context: Any) -> Sql:
    """The text of `sql/<name>.sql`, its loops filled in from `context`."""
    return Sql(_environment().get_template(f"{name}.sql").render(**context))


def run(
    con: duckdb.DuckDBPyConnection, name: str, params: Mapping[str, Any] | None = None, /, **context: Any
) -> duckdb.DuckDBPyConnection:
    """Run every statement of `sql/<name>.sql` on `con`; the last one's result can be fetched from what is returned.

    `params` binds `$name` parameters; each statement takes those it mentions.
    """
    for statement in con.extract_statements(render(name, **context)):
        wanted = {key: (params or {})[key] for key in statement.named_parameters}
        con.execute(statement, wanted)
    return con


def prepare(con: duckdb.DuckDBPyConnection, name: str, label: str, /, **context: Any) -> Sql:
    """Has `con` plan `sql/<name>.sql`, which is one statement, as `label`; what is returned runs it.

    For what is run often over few rows: planning many columns takes as long as a thousand rows of them. Its values are
    spliced in as text(), for with parameters DuckDB would plan it anew each time.
    """
    con.execute(f"PREPARE {ident(label)} AS {render(name, **context)}")
    return Sql(f"EXECUTE {ident(label)}")


def rows(values: Iterable[Any]) -> str:
    """Rows for a query to read from one parameter, as JSON: `from_json($name, …)` gives them their types."""
    import orjson

    return orjson.dumps(list(values)).decode()


def file(name: str) -> Path:
    """The path of a data file in sql/, such as a list of words."""
    return assets.folder("sql") / name
