"""The journal: what was sent and what came of it, durable, in state.duckdb (design §8)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import orjson

from recon.deliver.batches import Item, Packed
from recon.deliver.send import Outcome
from recon.store import sql
from recon.store.job import Job

_STATES = ("accepted", "rejected", "unknown", "verified", "not_applied", "withheld", "quarantined")
_FLUSH_ROWS, _FLUSH_SECONDS = 20_000, 0.5


class Journal:
    """Takes outcomes of one stage and writes them in groups. A crash loses at most half a second of answers: what they
    were about converges when it is sent again, or was noted as `sending`. `con` has the state database attached."""

    def __init__(self, con: duckdb.DuckDBPyConnection, run: str, plan: str, stage: str) -> None:
        self._con = con.cursor()  # of its own: objects are read from `con` while their outcomes are written
        self._run = run
        self._plan = plan
        self._stage = stage
        self._held: list[Outcome] = []
        self._objects = 0
        self._flushed = time.monotonic()

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Notes what came of some objects."""
        for each in outcomes:
            self._held.append(each)
            self._objects += len(each.items)
        if self._objects >= _FLUSH_ROWS or time.monotonic() - self._flushed > _FLUSH_SECONDS:
            self.flush()

    def sending(self, items: Sequence[Item]) -> None:
        """Notes, durably, that these are about to be sent: what does not converge is never sent without this."""
        self._held.append(Outcome(items, "sending"))
        self.flush()

    def flush(self) -> None:
        """Writes what is held, durably."""
        if self._held:
            held = sql.rows(map(_row, self._held))
            named = {"run": self._run, "plan": self._plan, "stage": self._stage}
            sql.run(self._con, "deliver/journal", {**named, "outcomes": held})
            self._held, self._objects = [], 0
        self._flushed = time.monotonic()


def _row(outcome: Outcome) -> dict[str, Any]:
    items = outcome.items
    told = {"state": outcome.state, "request_id": outcome.request_id, "error": outcome.error}
    if isinstance(items, Packed):
        return {"external_ids": orjson.Fragment(items.external_ids), "fields": [], **told}
    # All of them are about one field, or none is.
    fields = [item.field for item in items if item.field]
    return {"external_ids": [item.external_id for item in items], "fields": fields, **told}


def take_stock(con: duckdb.DuckDBPyConnection, job: Job, plan: str) -> None:
    """Makes `result`, every correction with its state by the plan, its approvals and the journal, and `moved`.

    Both are temporary tables of `con`, and stay as they are until something more is noted.
    """
    named = {"run": job.run.id, "plan": plan}
    sql.run(con, "deliver/delivery", named)
    if sql.run(con, "deliver/stock", {"plan": plan}).fetchone() == (True,):
        sql.run(con, "deliver/last_states", named)
        sql.run(con, "deliver/result")
        sql.run(con, "deliver/moved")
        sql.run(con, "deliver/stock_taken", {"plan": plan})


def write_results(con: duckdb.DuckDBPyConnection, job: Job, plan: str) -> dict[str, int]:
    """Makes `result` and results.parquet from the plan and the journal; returns corrections per state."""
    take_stock(con, job, plan)
    sql.run(con, "deliver/write_results", {"results": str(job.run.results)})
    sql.run(con, "deliver/not_held", {"run": job.run.id})
    if began := job.run.document.get("delivery_began_at"):
        sql.run(con, "deliver/group_leave", {"began_at": began})
    counts = dict(sql.run(con, "deliver/states").fetchall())
    named = {name: int(counts.get(name, 0)) for name in _STATES}
    return named | {name: int(counts[name]) for name in ("planned", "sending") if name in counts}
