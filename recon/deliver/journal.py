"""The journal: what was sent and what came of it, durable, in state.duckdb (design §8)."""

from __future__ import annotations

import time
from collections.abc import Iterable

import duckdb

from recon.deliver.send import Outcome
from recon.store import sql
from recon.store.job import Job

_STATES = ("accepted", "rejected", "unknown", "verified", "not_applied", "withheld", "quarantined")
_FLUSH_ROWS, _FLUSH_SECONDS = 20_000, 0.5


class Journal:
    """Takes outcomes of one stage and writes them in groups: a crash loses at most half a second of answers, and what
    they were about converges when it is sent again. `con` has the state database attached."""

    def __init__(self, con: duckdb.DuckDBPyConnection, run: str, plan: str, stage: str) -> None:
        self._con = con
        self._run = run
        self._plan = plan
        self._stage = stage
        self._held: list[Outcome] = []
        self._flushed = time.monotonic()

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Notes what came of some objects."""
        self._held += outcomes
        if len(self._held) >= _FLUSH_ROWS or time.monotonic() - self._flushed > _FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Writes what is held, durably."""
        if self._held:
            held = sql.rows(outcome._asdict() for outcome in self._held)
            named = {"run": self._run, "plan": self._plan, "stage": self._stage}
            sql.run(self._con, "deliver/journal", {**named, "outcomes": held})
            self._held = []
        self._flushed = time.monotonic()


def write_results(con: duckdb.DuckDBPyConnection, job: Job, plan: str) -> dict[str, int]:
    """Makes `result` and results.parquet from the plan and the journal; returns corrections per state."""
    sql.run(con, "deliver/last_states", {"run": job.run.id, "plan": plan})
    sql.run(con, "deliver/results", {"results": str(job.run.results)})
    sql.run(con, "deliver/not_held", {"run": job.run.id})
    if delivery := job.run.document["steps"].get("apply"):
        sql.run(con, "deliver/group_leave", {"delivered_at": delivery["started_at"]})
    counts = dict(sql.run(con, "deliver/states").fetchall())
    named = {name: int(counts.get(name, 0)) for name in _STATES}
    return named | {name: int(counts[name]) for name in ("planned", "sending") if name in counts}
