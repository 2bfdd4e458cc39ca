"""What the last run saw, so that drift can be told by what has moved since (design §5)."""

from __future__ import annotations

import duckdb

from recon.mapping.compiled import Compiled
from recon.store import sql
from recon.store.job import Job
from recon.store.runs import Run
from recon.store.state import attached


def compare(con: duckdb.DuckDBPyConnection, job: Job, mapping: Compiled) -> None:
    """Makes `earlier_cell`, `earlier_cause` and `nights` for the cells of `differing_cell`."""
    with attached(con, job.state):
        sql.run(con, "drift/nights", {"run": job.run.id})
    last = _last_seen(job)
    if last is None:
        sql.run(con, "drift/no_earlier")
        return
    sql.run(con, "drift/attach_earlier", path=sql.text(str(last.work)))
    try:
        columns = dict(sql.run(con, "drift/earlier_columns").fetchall())
        known = [
            (cell, sql.ident(f"a{columns[cell.attribute]}")) for cell in mapping.cells if cell.attribute in columns
        ]
        if known:
            sql.run(con, "drift/earlier", known=known, delivered=last.results.exists())
        else:
            sql.run(con, "drift/no_earlier")
    finally:
        sql.run(con, "drift/detach_earlier")


def _last_seen(job: Job) -> Run | None:
    """The newest run before this one that got as far as its drift and still has its tables."""
    earlier = [run for run in job.runs.all() if run.id < job.run.id]
    return next(
        (run for run in reversed(earlier) if "result" in run.document["steps"].get("drift", {}) and run.work.exists()),
        None,
    )
