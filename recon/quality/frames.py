"""The small frames that users' suites are about: one SELECT each, over views of a run that can only be looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from recon.braze.redact import redact
from recon.config.models import Config
from recon.config.suites import SuiteFile
from recon.intake.load import attach, mapping_of
from recon.mapping import macros
from recon.mapping.compiled import compiled
from recon.segment import tables
from recon.store import duck, sql
from recon.store.job import Job
from recon.store.sql import Sql, ident

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

MOST_ROWS = 10_000
"""More rows than these are no frame but a table, which SQL should measure first."""

_OF_THE_QUERY = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
"""Errors whose words come from the query alone."""
_PLACE = re.compile(r"^LINE (\d+):", re.MULTILINE)


@contextmanager
def of_run(job: Job, when: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The views of a run that suites of `when` may ask, read only. Nobody else may have the run's database open."""
    with duck.in_memory(job.run.folder) as con:
        attach(con, job.run, with_events=when == "plan")
        sql.run(con, "quality/attach_work", path=sql.text(str(job.run.work)))
        columns = [(cell.column, ident(cell.attribute)) for cell in mapping_of(job).cells]
        _views(con, when, columns)
        sql.run(con, "quality/lock", {"folder": str(job.run.folder)})
        yield con


@contextmanager
def empty(config: Config, when: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same views without a row."""
    with duckdb.connect() as con:
        macros.define(con)
        for table in (*tables.TABLES, tables.SUPPRESSIONS):
            tables.attach(con, table, [])
        sql.run(con, "quality/attach_empty")
        columns = [(cell.column, ident(cell.attribute)) for cell in compiled(config).cells]
        sql.run(con, "quality/empty", columns=columns)
        _views(con, when, columns)
        yield con


def frame(con: duckdb.DuckDBPyConnection, file: SuiteFile) -> pd.DataFrame:
    """The rows of a suite's SQL. ConfigError names the line of what DuckDB does not understand."""
    text = file.suite.sql
    try:
        statements = con.extract_statements(text)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise file.wrong(("sql",), "must be one query that only reads, and nothing else")
        rows = _rows(con.execute(statements[0]))
    except duckdb.Error as error:
        said, place = str(error), _PLACE.search(str(error))
        # A text of several lines begins on the line after its key.
        below = int(place[1]) if place and "\n" in text else 0
        what = " ".join(said[: place.start() if place else None].split())
        if not isinstance(error, _OF_THE_QUERY):
            what = re.sub(r"'[^']*'", "a value", what)  # somebody's
        raise file.wrong(("sql",), f"DuckDB says: {redact(what)}", below) from None
    if len(rows) > MOST_ROWS:
        raise file.wrong(("sql",), f"gives more than {MOST_ROWS:,} rows; count or group them in SQL")
    return rows


def _rows(result: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The rows of a result that is read as it comes, and no more than show that they are too many."""
    import pandas as pd

    parts = [result.fetch_df_chunk()]
    while len(parts[-1]) and sum(map(len, parts)) <= MOST_ROWS:
        parts.append(result.fetch_df_chunk())
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _views(con: duckdb.DuckDBPyConnection, when: str, columns: list[tuple[Sql, Sql]]) -> None:
    sql.run(con, "quality/views", columns=columns)
    if when == "plan":
        sql.run(con, "quality/plan_views", columns=columns)
