"""send-events: Segment's Track calls to Braze as custom events and purchases, each once (docs/send-events.md)."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from recon.braze import connect
from recon.braze.client import BrazeClient
from recon.config.track_events import TrackEvents
from recon.deliver.event_doubt import Doubts
from recon.deliver.event_flow import Flow
from recon.deliver.event_intake import count_of, take_in
from recon.deliver.event_ledger import Ledger
from recon.errors import ConfigError, InputError, RemoteError
from recon.plan.stale import refuse_untrusted
from recon.store import duck, sql
from recon.store.job import Job
from recon.store.state import attached

_FRUITLESS = 3
"""Passes in a row that settle nothing, after which Braze is taken to be out of order."""

QUIET = timedelta(minutes=1)
"""Events newer than this are left for the next run: to a clock that is behind ours they would lie in the future, and
Braze would write its own time over theirs (facts/braze-rest-api §2.6)."""


def send_events(job: Job, *, dry_run: bool = False) -> dict[str, Any]:
    """Sends every event that is due and not settled yet; returns what became of all that was read.

    People are as the run's drift step found them. What an earlier command left in doubt is settled first. Raises,
    before anything is sent, UsageError without the run's drift, InputError if its inputs are not trusted or are older
    than quality.max_age, and ConfigError; RemoteError where Braze refuses the key or stays unavailable, and Stopped,
    both with everything in the ledger.
    """
    rules = _refuse(job)
    room = job.run.folder / "events"
    now = datetime.now(UTC)
    rates = connect.pools(job.config)
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir()
    with (
        duck.database(job.run.work) as con,
        attached(con, job.state),
        connect.writer(job.config, rates, job.stop) as writer,
        connect.reader(job.config, rates, job.stop) as reader,
    ):
        ledger = Ledger(con)
        since = ledger.watermark(max(now - rules.since, rules.start or datetime.min.replace(tzinfo=UTC)))
        sql.run(con, "send_events/not_sent_start")
        delivery = _Delivery(job, con, writer, ledger, Doubts(con, reader, room))
        began = time.monotonic()
        try:
            if not dry_run:
                delivery.settle()
            counts = take_in(job, con, rules, since, now - QUIET, room)
            waiting, parcels = delivery.fill()
            ready = time.monotonic()
            if not dry_run:
                delivery.run(waiting, parcels)
                ledger.forget(now - rules.since)
        finally:
            listed = _listed(job, con, now)
        told = Counter(dict(sql.run(con, "send_events/not_sent_counts").fetchall()))
        document = {
            "run": job.run.id,
            "read": counts["read"],
            "sent": waiting if dry_run else ledger.accepted + delivery.arrived,
            "duplicates": counts["duplicate"],
            "filtered": sum(count for fate, count in counts.items() if fate.startswith("filtered")),
            "filtered_by": {fate[10:]: count for fate, count in counts.items() if fate.startswith("filtered: ")},
            "quarantined": told["quarantined"],
            "properties_left_out": told["property left out"],
            "rejected": told["rejected"],
            "unknown": told["unknown"],
            "requests": writer.traffic.requests,
            "looks": reader.traffic.requests,
            "retries": writer.traffic.retries + reader.traffic.retries,
            "seconds": {"read": round(ready - began, 2), "send": round(time.monotonic() - ready, 2)},
            "not_sent": listed,
        }
    shutil.rmtree(room)
    if not dry_run:
        job.run.note(send_events=document)
    return document


def is_unfinished(document: dict[str, Any]) -> bool:
    """Whether events were sent of which Braze refused some, or nobody can tell what became: exit code 5."""
    return bool(document["rejected"] or document["unknown"])


def _refuse(job: Job) -> TrackEvents:
    """The rules of recon.yml, if there are any and the run's people can be relied on."""
    if job.config.events is None:
        raise ConfigError("recon.yml has no section events", "docs/send-events.md says what belongs there.")
    job.run.result("drift")
    refuse_untrusted(job)
    pulled_at = datetime.fromisoformat(job.run.document["steps"]["pull"]["started_at"])
    if datetime.now(UTC) - pulled_at > job.config.quality.max_age:
        raise InputError(
            f"run {job.run.id}, which says who is who, is older than quality.max_age",
            "Start a new `recon run`, then send the events; nothing was sent.",
        )
    if not job.run.work.exists():
        raise InputError(f"the tables of run {job.run.id} have been tidied away", "Use a newer run; nothing was sent.")
    return job.config.events


def _listed(job: Job, con: duckdb.DuckDBPyConnection, now: datetime) -> str | None:
    """Writes down what was not sent, if there is anything; returns where."""
    if not count_of(con, "send_events/not_sent_count"):
        return None
    path = job.run.folder / f"events-not-sent-{now:%Y%m%dT%H%M%SZ}.parquet"
    sql.run(con, "send_events/write", {"path": str(path)})
    return str(path)


class _Delivery:
    """Passes over the outbox until it is empty; what gets no clear answer is settled between them."""

    def __init__(
        self, job: Job, con: duckdb.DuckDBPyConnection, writer: BrazeClient, ledger: Ledger, doubts: Doubts
    ) -> None:
        self._job = job
        self._con = con
        self._writer = writer
        self._ledger = ledger
        self._doubts = doubts
        self.arrived = 0

    def settle(self) -> None:
        """Settles what is in doubt."""
        found = self._doubts.settle()
        self.arrived += found["arrived"]
        if found["gone"] or found["untold"]:
            sql.run(self._con, "send_events/not_sent_settled")

    def fill(self) -> tuple[int, int]:
        """Makes the outbox; returns how many objects wait in it, in how many requests."""
        limits = self._job.config.braze.limits
        asked = {"most": limits.objects_per_request, "most_bytes": limits.bytes_per_request}
        sql.run(self._con, "send_events/outbox", asked)
        row = sql.run(self._con, "send_events/waiting").fetchone()
        assert row is not None
        return row[0], row[1]

    def run(self, waiting: int, parcels: int) -> None:
        """Sends the outbox, and again what has not arrived, as long as Braze takes any of it."""
        with self._job.progress.bar("send events", waiting, "events") as advance:
            fruitless = 0
            while waiting:
                self._doubts.count_late()
                known = self._ledger.settled
                try:
                    Flow(self._job, self._con, self._writer, self._ledger, advance).run(parcels)
                finally:
                    refused = sql.rows(each._asdict() for each in self._ledger.rejected)
                    self._ledger.rejected = []
                    sql.run(self._con, "send_events/not_sent_rejected", {"refused": refused})
                if self._ledger.settled - known == waiting:
                    break
                self.settle()
                before = waiting
                waiting, parcels = self.fill()
                fruitless = fruitless + 1 if waiting == before else 0
                if fruitless == _FRUITLESS:
                    raise RemoteError(
                        f"Braze gave no clear answer to any of {waiting:,} events, and none of them arrived",
                        "Run `recon send-events` again later; nothing is lost, and nothing is sent twice.",
                    )
