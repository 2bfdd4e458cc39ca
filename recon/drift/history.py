"""What the last run saw, so that drift can be told by what has moved since (design §5)."""

from __future__ import annotations

import duckdb

from recon.mapping.cohorts import Audience
from recon.mapping.compiled import Compiled
from recon.store import sql
from recon.store.job import Job
from recon.store.run import Run
from recon.store.sql import Sql
from recon.store.state import attached


def compare(con: duckdb.DuckDBPyConnection, job: Job, mapping: Compiled) -> None:
    """Makes `earlier_cell`, `earlier_cause` and `nights` for the cells of `differing_cell`, and the like for the
    memberships of `differing_member`."""
    with attached(con, job.state):
        sql.run(con, "drift/nights", {"run": job.run.id})
        sql.run(con, "drift/member_nights", {"run": job.run.id})
    last = _last_seen(job)
    if last is None:
        sql.run(con, "drift/no_earlier")
        sql.run(con, "drift/earlier_members", known_cohorts=[])
        return
    sql.run(con, "state/attach_earlier", path=sql.text(str(last.work)))
    try:
        sql.run(con, "state/repaired", {"results": str(last.results)}, delivered=last.results.exists())
        columns = dict(sql.run(con, "drift/earlier_columns").fetchall())
        known = [
            (cell, sql.ident(f"a{columns[cell.attribute]}")) for cell in mapping.cells if cell.attribute in columns
        ]
        if known:
            sql.run(con, "drift/earlier", known=known)
        else:
            sql.run(con, "drift/no_earlier")
        known_cohorts = _known_cohorts(con, mapping)
        sql.run(con, "drift/earlier_members", known_cohorts=known_cohorts)
    finally:
        sql.run(con, "state/detach_earlier")


def _known_cohorts(con: duckdb.DuckDBPyConnection, mapping: Compiled) -> list[tuple[Audience, Sql, Sql]]:
    """Audiences that the earlier run compared in the same place, with its columns of both sides."""
    if sql.run(con, "drift/earlier_has_cohorts").fetchone() == (0,):
        return []
    columns = {tuple(row[:3]): row[3:] for row in sql.run(con, "drift/earlier_cohorts").fetchall()}
    found = [
        (each, columns.get((each.audience, each.field.attribute, each.field.form))) for each in mapping.cohorts.all
    ]
    return [(each, sql.ident(f"m{there[0]}"), sql.ident(f"h{there[1]}")) for each, there in found if there]


def _last_seen(job: Job) -> Run | None:
    """The newest run before this one that got as far as its drift and still has its tables."""
    earlier = [run for run in job.runs.all() if run.id < job.run.id]
    return next(
        (run for run in reversed(earlier) if "result" in run.document["steps"].get("drift", {}) and run.work.exists()),
        None,
    )
