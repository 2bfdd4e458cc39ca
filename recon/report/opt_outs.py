"""Opt-outs that Braze has not got: of which run they are, and which of them were sent in vain."""

from __future__ import annotations

import duckdb

from recon.store import sql
from recon.store.job import Job
from recon.store.run import Run


def opt_outs_in_vain(run: Run) -> int:
    """Opt-outs of the run that were sent, and that Braze refused or does not hold."""
    if not run.results.exists():
        return 0
    with duckdb.connect() as con:
        row = sql.run(con, "report/opt_outs_in_vain", {"results": str(run.results)}).fetchone()
    return int(row[0]) if row else 0


def last_plan(job: Job) -> Run | None:
    """The newest run before that of `job` that has a plan."""
    earlier = [run for run in job.runs.all() if run.id < job.run.id and (run.plan / "corrections.parquet").exists()]
    return earlier[-1] if earlier else None
