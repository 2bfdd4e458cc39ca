"""The heavy queries stay portable: each can be turned into Spark SQL, so that a cluster may run them one day.

What DuckDB alone can do (files, attaching a database, buckets on disk) has its place in sql/load and sql/state.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import sql_context
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from recon.store import sql

ROOT = Path(__file__).parents[2] / "sql"
QUERIES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix()
    for part in ("desired", "drift")
    for path in (ROOT / part).rglob("*.sql")
)
CONTEXT = {name: value for name, value in vars(sql_context).items() if not name.startswith("_") and name != "raw"}
NOT_PORTABLE = {
    "desired/keep_order": "a part that stands inside other queries",
    "drift/word_joins": "a part that stands inside other queries",
}


@pytest.mark.parametrize("name", [name for name in QUERIES if name not in NOT_PORTABLE])
def test_it_becomes_spark_sql(name: str) -> None:
    for statement in sqlglot.parse(sql.render(name, **CONTEXT), dialect="duckdb"):
        assert statement is not None
        # What sqlglot does not understand it would pass on as it stands.
        assert not isinstance(statement, exp.Command)
        written = statement.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE)
        assert sqlglot.parse_one(written, dialect="spark")


def test_the_list_of_exceptions_is_no_longer_than_it_must_be() -> None:
    assert set(NOT_PORTABLE) <= set(QUERIES)
    for name in NOT_PORTABLE:
        with pytest.raises(sqlglot.errors.ParseError):
            sqlglot.parse(sql.render(name, **CONTEXT), dialect="duckdb")
