"""Writes events as Track calls, in SQL (sql/forward/call), and puts these into requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import duckdb
import numpy as np
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
PLACE = "recon.place"
"""A column: the event's number in its chunk."""
_CANONICAL = "recon.canonical_id"
_OURS = ("recon.file", "recon.line", PLACE, _CANONICAL)


class Batch(NamedTuple):
    """One request's events: JSON objects with commas and line breaks between them."""

    slot: int
    first: int
    """Its events are those that go on of the chunk's places from here …"""
    last: int
    """… to here."""
    events: int
    body: bytes


class Numbered(NamedTuple):
    """Some events of one type, their PLACE counted from `first`."""

    first: int
    event_type: str
    frame: pl.DataFrame


@contextmanager
def shown(con: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> Iterator[None]:
    """Within it, queries on `con` see `frame` as `currents_event`."""
    con.register("currents_event", stream(frame))
    try:
        yield
    finally:
        con.unregister("currents_event")


class Calls:
    """Writes what goes on of a chunk."""

    def __init__(self, con: duckdb.DuckDBPyConnection, workspace: str, rules: Events, now: int) -> None:
        self._con, self._workspace, self._rules, self._now = con, workspace, rules, now

    def batches(self, slot: int, frames: list[Numbered], fresh: Mapping[str, Any]) -> tuple[list[Batch], list[int]]:
        """The requests, and the places of events that are too large for one. `fresh` has the arrays `place`, in
        order, and `canonical_id`: what is to be sent, and under which user_id if not its own."""
        too_large: list[int] = []
        return list(_packed(slot, self._calls(frames, fresh, too_large))), too_large

    def _calls(
        self, frames: list[Numbered], fresh: Mapping[str, Any], too_large: list[int]
    ) -> Iterator[tuple[int, bytes]]:
        """(place, Track call), in the order of places; `too_large` gets the places of calls that Segment would drop.

        The frames are cut to these by polars, and read as they are: a join would have DuckDB gather every column
        of every row, which costs as much again as half of the writing.
        """
        begin = 0
        for first, event_type, frame in frames:
            end = int(np.searchsorted(fresh["place"], first + frame.height))
            places, canonical = (fresh[name][begin:end] for name in ("place", "canonical_id"))
            begin = end
            if not len(places):
                continue
            going = frame[places - first].with_columns(pl.Series(_CANONICAL, canonical.tolist(), pl.String))
            for place, call in self._written(event_type, going):
                if len(call) > tracking.LARGEST_EVENT:
                    too_large.append(place)
                else:
                    yield place, call

    def _written(self, event_type: str, frame: pl.DataFrame) -> list[tuple[int, bytes]]:
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
        return sorted(zip(written["place"].tolist(), written["call"].tolist(), strict=True))


def _packed(slot: int, calls: Iterator[tuple[int, bytes]]) -> Iterator[Batch]:
    """Requests as large as Segment allows: neither too many events nor too many bytes."""
    room = tracking.LARGEST_BATCH - tracking.ENVELOPE
    held: list[bytes] = []
    first = last = size = 0
    for place, call in calls:
        if held and (size + len(call) > room or len(held) == tracking.MOST_EVENTS):
            yield Batch(slot, first, last, len(held), BETWEEN.join(held))
            held, size = [], 0
        if not held:
            first = place
        held.append(call)
        size += len(call) + len(BETWEEN)
        last = place
    if held:
        yield Batch(slot, first, last, len(held), BETWEEN.join(held))


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
