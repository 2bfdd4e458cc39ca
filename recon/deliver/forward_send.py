"""Many batches on their way to Segment, what it has answered in the ledger, and a stop that loses nothing (design §9).

An event enters the ledger once Segment has answered, in one transaction with the files that are through by it. A
crash between the answer and the ledger makes the next run send the same messageIds again, which Segment drops
(facts/segment §3.4).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb

from recon.currents.discover import CurrentsFile
from recon.deliver.forward_calls import BETWEEN, Batch
from recon.deliver.forward_chunks import Chunk
from recon.deliver.forward_events import SLOTS, numbered, waiting
from recon.errors import Stopped
from recon.segment.tracking import BatchRefused, Piece
from recon.store import sql, state
from recon.store.job import Work

CONNECTIONS = 16
_FLUSH_SECONDS = 0.5
_MOST_REFUSED = 20
"""Events that Segment may refuse singly, in one batch, before what is left of the batch counts as refused too."""
_MESSAGE_ID = re.compile(rb'"messageId":"bzc-([0-9a-f]{32})"')


class _Answer(NamedTuple):
    slot: int
    batch: int
    first: int
    last: int
    events: int
    """These as the Batch has them."""
    refused: list[str]
    """Keys of events that Segment refused, as decimal numbers."""


@dataclass(slots=True)
class _Underway:
    """A chunk in its slot."""

    chunk: Chunk
    begun: bool = False
    """Its batches are on their way, or will be."""
    left: int = 0
    """Batches without an answer."""
    answered: list[_Answer] = field(default_factory=list)
    """Not in the ledger yet."""


@dataclass(slots=True)
class _Open:
    """A file with events under way."""

    file: CurrentsFile
    chunks: int = 0
    whole: bool = False
    events: int = 0
    damaged: bool = False
    refused: bool = False
    """Segment refused some of its events."""


class Delivery:
    """Sends batches by `send`, several at once. Every method is for the thread that owns `con`."""

    def __init__(
        self,
        work: Work,
        con: duckdb.DuckDBPyConnection,
        pool: ThreadPoolExecutor,
        send: Callable[[Sequence[Piece], int], None],
        advance: Callable[[int], None],
    ) -> None:
        self._work, self._con, self._pool, self._send, self._advance = work, con, pool, send, advance
        self._running: set[Future[_Answer]] = set()
        self._slots: list[_Underway | None] = [None] * SLOTS
        self._open: dict[int, _Open] = {}
        self._flushed = time.monotonic()
        self.sent = self.refused = self.files = self.damaged_files = 0

    def reserve(self, chunk: Chunk) -> int:
        """A slot for `chunk`, waiting until one is free. Raises what ends the delivery."""
        while True:
            for slot, underway in enumerate(self._slots):
                if underway is None:
                    self._slots[slot] = _Underway(chunk)
                    return slot
            self._collect()

    def begin(self, slot: int, batches: list[Batch]) -> None:
        """Sends the batches of the chunk in `slot`, as connections come free. Raises what ends the delivery."""
        underway = self._slots[slot]
        assert underway is not None
        underway.begun, underway.left = True, len(batches)
        chunk = underway.chunk
        for part in chunk.parts:
            known = self._open.setdefault(part.number, _Open(part.file))
            known.chunks += 1
            known.events += part.events
            known.whole = part.last
            known.damaged = known.damaged or part.damage is not None or bool(part.rejects)
        empty = not batches
        while batches:
            batch = batches.pop()
            while len(self._running) >= 2 * CONNECTIONS:
                self._collect()
            if self._work.stop.is_set():
                raise Stopped("stopped while forwarding")
            self._running.add(self._pool.submit(self._attempt, slot, batch))
        if empty:
            self._flush()

    def finish(self) -> None:
        """Waits for all answers and notes them."""
        while self._running:
            self._collect()
        self._flush()

    def drain(self) -> None:
        """Takes in what is in flight where the delivery ends early: what fails now is sent again by the next."""
        self._pool.shutdown(cancel_futures=True)
        for future in self._running:
            if not future.cancelled() and future.exception() is None:
                self._take(future.result())
        self._running.clear()
        self._flush()

    def _attempt(self, slot: int, batch: Batch) -> _Answer:
        refused: list[str] = []
        self._refuse(batch.calls, batch.events, refused)
        return _Answer(slot, batch.number, batch.first, batch.last, batch.events, refused)

    def _refuse(self, calls: Sequence[Piece], count: int, refused: list[str]) -> None:
        """Sends `calls`; where Segment refuses them as a whole, their halves, down to the events that spoil them."""
        if len(refused) >= _MOST_REFUSED:  # then it is not single events that spoil it
            refused += map(_key, b"".join(calls).split(BETWEEN))
            return
        try:
            self._send(calls, count)
        except BatchRefused:
            events = b"".join(calls).split(BETWEEN)
            if count == 1:
                refused.append(_key(events[0]))
                return
            middle = count // 2
            for half in (events[:middle], events[middle:]):
                self._refuse([BETWEEN.join(half)], len(half), refused)

    def _collect(self) -> None:
        done, _ = wait(self._running, timeout=_FLUSH_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            answer = future.result()
            self._running.remove(future)  # not before: where one raises, drain takes in the others
            self._take(answer)
        if time.monotonic() - self._flushed > _FLUSH_SECONDS or any(
            underway is not None and underway.begun and underway.left == 0 for underway in self._slots
        ):
            self._flush()

    def _take(self, answer: _Answer) -> None:
        underway = self._slots[answer.slot]
        assert underway is not None
        underway.answered.append(answer)
        underway.left -= 1
        self._advance(answer.events)

    def _flush(self) -> None:
        """Notes all answers, and the files that are through, durably and at once."""
        through: list[_Open] = []
        with state.transaction(self._con):
            for slot, underway in enumerate(self._slots):
                if underway is None:
                    continue
                if underway.answered:
                    self._note(slot, underway)
                if underway.begun and underway.left == 0:
                    through += self._settle(underway.chunk)
                    self._slots[slot] = None
            if through:
                sql.run(self._con, "forward/files", {"files": sql.rows(map(_row, through))})
        self.files += len(through)
        self.damaged_files += sum(each.damaged for each in through)
        self._flushed = time.monotonic()

    def _note(self, slot: int, underway: _Underway) -> None:
        refused = [key for answer in underway.answered for key in answer.refused]
        named = {"ranges": sql.rows(_ranges(underway.answered)), "refused": refused}
        sql.run(self._con, "forward/answered", named, waiting=waiting(slot))
        if refused:
            files = {"files": numbered(underway.chunk), "refused": refused}
            for (number,) in sql.run(self._con, "forward/refused", files, waiting=waiting(slot)).fetchall():
                self._open[number].refused = True
        self.sent += sum(answer.events for answer in underway.answered) - len(refused)
        self.refused += len(refused)
        underway.answered = []

    def _settle(self, chunk: Chunk) -> list[_Open]:
        """The files that are through with this chunk."""
        through = []
        for part in chunk.parts:
            known = self._open[part.number]
            known.chunks -= 1
            if known.whole and known.chunks == 0:
                through.append(self._open.pop(part.number))
        return through


def _ranges(answered: list[_Answer]) -> list[dict[str, int]]:
    """The places of what was answered: those of requests that follow each other as one range."""
    ranges: list[dict[str, int]] = []
    before = None
    for answer in sorted(answered, key=lambda answer: answer.batch):
        if before is not None and answer.batch == before + 1:
            ranges[-1]["last"] = answer.last
        else:
            ranges.append({"first": answer.first, "last": answer.last})
        before = answer.batch
    return ranges


def _key(event: bytes) -> str:
    """The event's key in the ledger: MD5 as DuckDB makes a number of it."""
    found = _MESSAGE_ID.search(event)
    assert found is not None
    return str(int.from_bytes(bytes.fromhex(found[1].decode()), "little"))


def _row(known: _Open) -> dict[str, str | int]:
    return {
        "url": known.file.source.url,
        "version": known.file.version,
        "hour": known.file.hour,
        "state": "damaged" if known.damaged else "refused" if known.refused else "done",
        "events": known.events,
    }
