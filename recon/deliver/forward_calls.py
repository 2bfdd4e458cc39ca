"""Writes events as Track calls, in SQL (sql/forward/call), and puts these into requests.

It is most of the work, and knows nothing of the ledger: so it is done on a thread beside the judging and the sending.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
import nanoarrow
import numpy as np
import orjson
import polars as pl

from recon import __version__
from recon.config.sides import Events
from recon.currents import catalogue
from recon.segment import tracking
from recon.store import duck, sql
from recon.store.arrow import Stream
from recon.store.sql import Sql, ident, text

BETWEEN = b",\n"
"""Between two events of a request: no event has a line break in it."""
PLACE, FILE, LINE, CANONICAL = "recon.place", "recon.file", "recon.line", "recon.canonical_id"
"""Columns beside Braze's: the event's number in its chunk, its file's, its line, and the user_id to send if not its
own."""
_OURS = (PLACE, FILE, LINE, CANONICAL)

_Columns = tuple[tuple[str, pl.DataType], ...]


class Batch(NamedTuple):
    """One request's events."""

    number: int
    """Among the chunk's requests."""
    first: int
    """Its events are those that go on of the chunk's places from here …"""
    last: int
    """… to here."""
    events: int
    calls: list[memoryview]
    """Track calls with BETWEEN between them, in several pieces."""


class TooLarge(NamedTuple):
    """An event whose call Segment would drop."""

    place: int
    file: int
    line: int
    event_type: str
    event_id: str


class Written(NamedTuple):
    """A chunk's calls."""

    batches: list[Batch]
    too_large: list[TooLarge]


@contextmanager
def calls_on(folder: Path, workspace: str, rules: Events) -> Iterator[Calls]:
    """Calls on a database of their own, which has nothing and keeps rows in order; `folder` is for it to spill into."""
    with duck.in_memory(folder) as con:
        sql.run(con, "forward/in_order")
        yield Calls(con, workspace, rules)


class Calls:
    """Writes frames of events as calls, on a connection of its own that keeps rows in order."""

    def __init__(self, con: duckdb.DuckDBPyConnection, workspace: str, rules: Events) -> None:
        self._con, self._workspace, self._rules = con, workspace, rules
        self._now = int(time.time())
        self._writers: dict[tuple[str, _Columns], _Writer] = {}

    def write(self, frames: list[tuple[str, pl.DataFrame]]) -> Written:
        """The requests that `frames` make: (event type, events with PLACE and CANONICAL), all of them to be sent."""
        packing = _Packing()
        for event_type, frame in frames:
            row = 0
            for places, calls in self._calls(event_type, frame):
                for number in packing.add(places, calls):
                    file, line, event_id = (frame.item(row + number, name) for name in (FILE, LINE, "id"))
                    packing.too_large.append(TooLarge(int(places[number]), file, line, event_type, event_id))
                row += len(places)
        return packing.done()

    def _calls(self, event_type: str, frame: pl.DataFrame) -> Iterator[tuple[np.ndarray, _Texts]]:
        """The places of some events and their Track calls, in the order of places.

        Calls are passed on as Arrow has them, one after the other in one piece of memory: as objects of Python's, each
        for itself, they cost as much again as writing them.
        """
        writer = self._writer(event_type, tuple(frame.schema.items()))
        writer.events.frame = frame
        for written in nanoarrow.c_array_stream(self._con.sql(writer.write)):
            place, call = (written.child(number).view() for number in range(2))
            yield np.asarray(place.buffer(1)), _Texts(np.asarray(call.buffer(1)), memoryview(call.buffer(2)))
        writer.events.frame = frame.clear()

    def _writer(self, event_type: str, columns: _Columns) -> _Writer:
        """Made once for each: for few events planning the query takes longer than running it."""
        key = event_type, columns
        if key not in self._writers:
            number = len(self._writers)
            events = Stream(pl.DataFrame(schema=dict(columns)))
            self._con.register(f"currents_event_{number}", events)
            write = sql.prepare(
                self._con,
                "forward/call",
                f"call_{number}",
                workspace=text(self._workspace),
                event_type=text(event_type),
                track_event=text(catalogue.segment_event(event_type, self._rules.rename)),
                now=self._now,
                version=text(__version__),
                between=text(BETWEEN.decode()),
                events=ident(f"currents_event_{number}"),
                properties=_properties(event_type, columns),
            )
            self._writers[key] = _Writer(events, write)
        return self._writers[key]


class _Writer(NamedTuple):
    """Writes events of one type that have the same columns."""

    events: Stream
    """What it reads."""
    write: Sql


class _Texts(NamedTuple):
    """Texts one after the other."""

    bounds: np.ndarray
    """Where each begins, and where the last ends."""
    all: memoryview


class _Packing:
    """Requests as large as Segment allows: neither too many events nor too many bytes."""

    def __init__(self) -> None:
        self.too_large: list[TooLarge] = []
        self._batches: list[Batch] = []
        self._empty()

    def _empty(self) -> None:
        self._held: list[memoryview] = []
        self._first = self._last = self._events = 0
        self._room = tracking.LARGEST_BATCH - tracking.ENVELOPE

    def add(self, places: np.ndarray, calls: _Texts) -> list[int]:
        """Packs calls, each with BETWEEN at its end; returns which of them Segment would drop."""
        bounds = calls.bounds
        large = np.flatnonzero(np.diff(bounds) > tracking.LARGEST_EVENT + len(BETWEEN)).tolist()
        begin = 0
        for end in (*large, len(places)):
            while begin < end:
                fits = int(np.searchsorted(bounds, bounds[begin] + self._room, side="right")) - 1
                until = min(fits, begin + tracking.MOST_EVENTS - self._events, end)
                if until > begin:
                    self._first = self._first if self._held else int(places[begin])
                    self._last = int(places[until - 1])
                    self._held.append(calls.all[bounds[begin] : bounds[until]])
                    self._events += until - begin
                    self._room -= int(bounds[until] - bounds[begin])
                    begin = until
                if begin < end:
                    self._close()
            begin = end + 1
        return large

    def _close(self) -> None:
        """Makes a request of what is held."""
        self._held[-1] = self._held[-1][: -len(BETWEEN)]
        self._batches.append(Batch(len(self._batches), self._first, self._last, self._events, self._held))
        self._empty()

    def done(self) -> Written:
        if self._held:
            self._close()
        return Written(self._batches, self.too_large)


def _properties(event_type: str, columns: _Columns) -> list[tuple[Sql, Sql, str]]:
    """Of each column that is a property: its name in JSON with comma and colon, the column, and its form."""
    taken = {name.casefold() for name, _ in columns}
    found = []
    for column, kind in columns:
        name = None if column in _OURS else catalogue.property_name(event_type, column)
        if name is None:
            continue
        if name != column and name.casefold() in taken:
            name = column
        form = "json" if catalogue.holds_json(column) and kind == pl.String else "float" if kind.is_float() else "plain"
        found.append((text(f",{orjson.dumps(name).decode()}:"), ident(column), form))
    return found
