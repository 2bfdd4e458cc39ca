"""The outbox to Braze: parcel by parcel, many in flight, each marked before it leaves (design §8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue

import duckdb
import orjson

from recon.braze import connect
from recon.braze.calls import EVENTS, PURCHASES
from recon.braze.client import BrazeClient
from recon.braze.errors import OutcomeUnknown, Unavailable, Unreachable
from recon.deliver.batches import Batch, Item
from recon.deliver.event_ledger import Ledger, Parcel, Told
from recon.deliver.send import judge
from recon.errors import Stopped
from recon.store import sql
from recon.store.job import Job

_GROUP = 128
"""Parcels that are marked together: a crash leaves at most about twice so many in doubt."""
_PATIENCE = 20
"""Parcels without a clear answer, and more of them than of others, after which a pass ends."""
_CALLS = {"event": EVENTS, "purchase": PURCHASES}


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
        self._running: dict[Future[list[Told]], Parcel] = {}
        self._ended: SimpleQueue[Future[list[Told]]] = SimpleQueue()
        """Of what runs, what has ended: to wait for the first of many futures costs more the more there are."""
        self._answers: list[Told] = []
        self._troubled: set[str] = set()
        """Profiles with an object that is in doubt or was rejected: what is known of their counts holds no longer."""
        self._in_flight: set[str] = set()
        self._clear = self._unclear = 0

    def run(self, parcels: int) -> None:
        """Sends what it can of so many parcels. Once a parcel gets into trouble, its profiles get nothing more.

        Raises Stopped where the job is stopped, after what is in flight has been answered; RemoteError where Braze
        refuses the key or stays unreachable. What is not answered for by then is in doubt.
        """
        self._job.sending.set()
        try:
            with ThreadPoolExecutor(connect.CONNECTIONS, thread_name_prefix="events") as pool:
                self._send(pool, self._groups(parcels))
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

    def _send(self, pool: ThreadPoolExecutor, groups: Iterator[list[Parcel]]) -> None:
        running = self._running
        group = next(groups, None)
        try:
            while group or running:
                if group and (self._job.stop.is_set() or self._hopeless):
                    group = None
                elif group and len(running) <= _GROUP:
                    if not all(self._in_flight.isdisjoint(parcel.ids) for parcel in group):
                        while running:  # a profile is never in two requests at once
                            self._collect()
                    if not all(self._troubled.isdisjoint(parcel.ids) for parcel in group):
                        numbers = {parcel.number for parcel in group}
                        group = [each for each in self._page(min(numbers), max(numbers)) if each.number in numbers]
                    self._ledger.note(self._answers, group)
                    self._answers = []
                    self._in_flight.update(*(parcel.ids for parcel in group))
                    for parcel in group:
                        future = pool.submit(_post, self._braze, parcel)
                        running[future] = parcel
                        future.add_done_callback(self._ended.put)
                    group = next(groups, None)
                else:
                    self._collect()
        except BaseException as error:
            for future in running:
                future.cancel()
            wait(running)
            for future, parcel in running.items():
                if not future.cancelled() and future.exception() is None:
                    self._take(parcel, future.result())
            if not isinstance(error, Stopped):
                raise

    def _collect(self) -> None:
        """Waits for one parcel to end, and takes its answer in."""
        future = self._ended.get()
        self._take(self._running[future], future.result())
        del self._running[future]  # not before: where one raises, the others are taken in after it

    def _take(self, parcel: Parcel, told: list[Told]) -> None:
        self._answers += told
        self._in_flight.difference_update(parcel.ids)
        if any(each.state != "accepted" for each in told):
            self._troubled.update(parcel.ids)
        if any(each.state == "unknown" for each in told):
            self._unclear += 1
        else:
            self._clear += 1
        self._advance(parcel.objects)

    def _groups(self, parcels: int) -> Iterator[list[Parcel]]:
        """The outbox in groups of parcels, none with two parcels of one profile."""
        for first in range(1, parcels + 1, _GROUP):
            group: list[Parcel] = []
            ids: set[str] = set()
            for parcel in self._page(first, first + _GROUP - 1):
                if not ids.isdisjoint(parcel.ids):
                    yield group
                    group, ids = [], set()
                group.append(parcel)
                ids.update(parcel.ids)
            if group:
                yield group

    def _page(self, first: int, last: int) -> list[Parcel]:
        """Parcels by their numbers, without the profiles that are in trouble by now."""
        asked = {"first": first, "last": last, "skip": sql.rows(self._troubled)}
        return [Parcel(*row) for row in sql.run(self._con, "send_events/page", asked).fetchall()]


def _post(braze: BrazeClient, parcel: Parcel) -> list[Told]:
    """Sends one parcel; what came of its places. Raises what ends the whole delivery."""
    call = _CALLS[parcel.kind]
    body = parcel.body.encode()
    try:
        answer = braze.post(call.path, body, repeatable=False)
    except (OutcomeUnknown, Unavailable) as error:
        if isinstance(error, Unreachable):
            raise
        return parcel.told("unknown")
    counted = answer.body.get(call.counter or "")
    if not answer.fatal and not answer.errors and counted == parcel.objects:
        return parcel.told("accepted")
    objects = orjson.loads(body)[call.array]
    batch = Batch(tuple(Item(each["external_id"], orjson.dumps(each)) for each in objects), call)
    places = parcel.places or range(parcel.first, parcel.last + 1)
    at = {id(item): place for item, place in zip(batch.items, places, strict=True)}
    told = [
        Told(at[id(item)], at[id(item)], outcome.state, outcome.error)
        for outcome in judge(braze, batch, answer)
        for item in outcome.items
    ]
    return sorted(told, key=lambda each: each.first)
