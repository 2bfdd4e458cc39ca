"""Writes events as Track calls, in SQL (sql/forward/call), and puts these into requests.

It is most of the work, and knows nothing of the ledger: so it is done on a thread beside the judging and the sending.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import duckdb
import orjson
import polars as pl

from recon import __version__
from recon.config.sides import Events
from recon.currents import catalogue
from recon.segment import tracking
from recon.store import sql
from recon.store.arrow import stream
from recon.store.sql import Sql, ident, text

BETWEEN = b",\n"
"""Between two events of a request: no event has a line break in it."""
PLACE, FILE, LINE, CANONICAL = "recon.place", "recon.file", "recon.line", "recon.canonical_id"
"""Columns beside Braze's: the event's number in its chunk, its file's, its line, and the user_id to send if not its
own."""
_OURS = (PLACE, FILE, LINE, CANONICAL)


class Batch(NamedTuple):
    """One request's events: JSON objects with commas and line breaks between them."""

    first: int
    """Its events are those that go on of the chunk's places from here …"""
    last: int
    """… to here."""
    events: int
    body: bytes


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
def shown(con: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> Iterator[None]:
    """Within it, queries on `con` see `frame` as `currents_event`."""
    con.register("currents_event", stream(frame))
    try:
        yield
    finally:
        con.unregister("currents_event")


class Calls:
    """Writes frames of events as calls, on a connection of its own."""

    def __init__(self, con: duckdb.DuckDBPyConnection, workspace: str, rules: Events) -> None:
        self._con, self._workspace, self._rules = con, workspace, rules
        self._now = int(time.time())

    def write(self, frames: list[tuple[str, pl.DataFrame]]) -> Written:
        """The requests that `frames` make: (event type, events with PLACE and CANONICAL), all of them to be sent."""
        too_large: list[TooLarge] = []
        return Written(list(_packed(self._calls(frames, too_large))), too_large)

    def _calls(self, frames: list[tuple[str, pl.DataFrame]], too_large: list[TooLarge]) -> Iterator[tuple[int, bytes]]:
        """(place, Track call), in the order of places."""
        for event_type, frame in frames:
            with shown(self._con, frame):
                written = sql.run(
                    self._con,
                    "forward/call",
                    {
                        "workspace": self._workspace,
                        "event_type": event_type,
                        "name": catalogue.segment_event(event_type, self._rules.rename),
                        "now": self._now,
                        "version": __version__,
                    },
                    properties=_properties(event_type, frame),
                ).fetchnumpy()  # half of fetchall's cost
            # DuckDB may read a frame's pieces in any order.
            rows = sorted(zip(written["place"].tolist(), written["call"].tolist(), strict=True))
            for number, (place, call) in enumerate(rows):
                if len(call) <= tracking.LARGEST_EVENT:
                    yield place, call
                else:
                    file, line, event_id = (frame.item(number, name) for name in (FILE, LINE, "id"))
                    too_large.append(TooLarge(place, file, line, event_type, event_id))


def _packed(calls: Iterator[tuple[int, bytes]]) -> Iterator[Batch]:
    """Requests as large as Segment allows: neither too many events nor too many bytes."""
    room = tracking.LARGEST_BATCH - tracking.ENVELOPE
    held: list[bytes] = []
    first = last = size = 0
    for place, call in calls:
        if held and (size + len(call) > room or len(held) == tracking.MOST_EVENTS):
            yield Batch(first, last, len(held), BETWEEN.join(held))
            held, size = [], 0
        if not held:
            first = place
        held.append(call)
        size += len(call) + len(BETWEEN)
        last = place
    if held:
        yield Batch(first, last, len(held), BETWEEN.join(held))


def _properties(event_type: str, frame: pl.DataFrame) -> list[tuple[Sql, Sql, str]]:
    """Of each column that is a property: its name as JSON with a colon, the column, and how it is written."""
    taken = {name.casefold() for name in frame.columns}
    found = []
    for column, kind in frame.schema.items():
        name = None if column in _OURS else catalogue.property_name(event_type, column)
        if name is None:
            continue
        if name != column and name.casefold() in taken:
            name = column
        form = "json" if catalogue.holds_json(column) and kind == pl.String else "float" if kind.is_float() else "plain"
        found.append((text(orjson.dumps(name).decode() + ":"), ident(column), form))
    return found
