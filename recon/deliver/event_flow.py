"""The outbox to Braze: section by section, many requests in flight, each marked before it leaves (design §8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import groupby
from typing import Any

import duckdb

from recon.braze import connect
from recon.braze.calls import EVENTS, PURCHASES, Call
from recon.braze.client import BrazeClient
from recon.deliver.batches import Batch, Item
from recon.deliver.event_ledger import Ledger, Parcel
from recon.deliver.send import Outcome, send
from recon.errors import Stopped
from recon.store import sql
from recon.store.job import Job

_GROUP = 64
"""Requests that are marked together: a crash leaves about so many in doubt, with those in flight."""
_PATIENCE = 20
"""Requests without a clear answer, and more of them than of others, after which a pass ends."""
_CALLS = {"event": EVENTS, "purchase": PURCHASES}

Running = dict[Future[list[Outcome]], Parcel]


class Flow:
    """Sends the outbox once through. `advance` is told of objects that were answered for."""

    def __init__(
        self,
        job: Job,
        con: duckdb.DuckDBPyConnection,
        braze: BrazeClient,
        ledger: Ledger,
        advance: Callable[[int], None],
    ) -> None:
        self._job = job
        self._con = con
        self._braze = braze
        self._ledger = ledger
        self._advance = advance
        self._answers: list[tuple[Parcel, list[Outcome]]] = []
        self._troubled: set[str] = set()
        """Profiles with an object that is in doubt or was rejected: what is known of their counts holds no longer."""
        self._clear = self._unclear = 0

    def run(self) -> None:
        """Sends what it can. A profile that gets into trouble gets nothing more in this pass.

        Raises Stopped where the job is stopped, after what is in flight has been answered; RemoteError where Braze
        refuses the key or stays unreachable. What is not answered for by then is in doubt.
        """
        sections = sql.run(self._con, "send_events/sections").fetchall()
        self._job.sending.set()
        try:
            with ThreadPoolExecutor(connect.CONNECTIONS, thread_name_prefix="events") as pool:
                for kind, first, last in sections:
                    self._section(pool, self._groups(_CALLS[kind], first, last))
                    if self._job.stop.is_set() or self._hopeless:
                        break
        finally:
            self._ledger.note(self._answers, [])
            self._answers = []
            self._job.sending.clear()
        if self._job.stop.is_set():
            raise Stopped(
                "stopped while sending events", "Go on with `recon send-events`: what was answered is in the ledger."
            )

    @property
    def _hopeless(self) -> bool:
        return self._unclear > max(_PATIENCE, self._clear)

    def _section(self, pool: ThreadPoolExecutor, groups: Iterator[list[Parcel]]) -> None:
        running: Running = {}
        more = True
        try:
            while more or running:
                if more and len(running) <= connect.CONNECTIONS:
                    group = [] if self._job.stop.is_set() or self._hopeless else next(groups, [])
                    more = bool(group)
                    if group:
                        self._ledger.note(self._answers, group)
                        self._answers = []
                        running |= {pool.submit(send, self._braze, parcel.batch): parcel for parcel in group}
                elif running:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._take(running[future], future.result())
                        del running[future]  # not before: where one raises, the others are taken in below
        except BaseException as error:
            for future in running:
                future.cancel()
            wait(running)
            for future, parcel in running.items():
                if not future.cancelled() and future.exception() is None:
                    self._take(parcel, future.result())
            if not isinstance(error, Stopped):
                raise

    def _take(self, parcel: Parcel, outcomes: list[Outcome]) -> None:
        self._answers.append((parcel, outcomes))
        trouble = {each.external_id for each in outcomes if each.state != "accepted"}
        self._troubled |= trouble
        if any(each.state == "unknown" for each in outcomes):
            self._unclear += 1
        else:
            self._clear += 1
        self._advance(len(outcomes))

    def _groups(self, call: Call, first: int, last: int) -> Iterator[list[Parcel]]:
        limits = self._job.config.braze.limits
        page = _GROUP * limits.objects_per_request
        while first <= last:
            rows = sql.run(self._con, "send_events/page", {"first": first, "last": min(first + page - 1, last)}).fetchall()
            end = rows[-1][0]
            if end < last:  # the last profile of the page may go on behind it
                whole = [row for row in rows if row[1] != rows[-1][1]]
                rows = whole or rows
            first = rows[-1][0] + 1
            parcels = list(_parcels(rows, self._troubled, call, limits.objects_per_request, limits.bytes_per_request))
            if parcels:
                yield parcels


def _parcels(rows: list[Any], troubled: set[str], call: Call, most: int, most_bytes: int) -> Iterator[Parcel]:
    """Rows into requests, a profile never in two of them."""
    held: list[tuple[int, Item]] = []
    size = 0
    for external_id, of_profile in groupby(rows, lambda row: row[1]):
        if external_id in troubled:
            continue
        items = [(place, Item(external_id, 1, text.encode())) for place, _, text in of_profile]
        needed = sum(len(item.object) + 1 for _, item in items)
        if held and (len(held) + len(items) > most or size + needed > most_bytes):
            yield _parcel(held, call)
            held, size = [], 0
        held += items
        size += needed
    if held:
        yield _parcel(held, call)


def _parcel(held: list[tuple[int, Item]], call: Call) -> Parcel:
    return Parcel(Batch(tuple(item for _, item in held), call), tuple(place for place, _ in held))
