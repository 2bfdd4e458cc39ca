"""Judges events and writes them as Track calls, all in SQL (sql/forward): who is meant, what goes on, in which
request."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import duckdb
import numpy as np
import orjson
import polars as pl

from recon import __version__
from recon.config.models import Config
from recon.currents import catalogue
from recon.deliver.forward_chunks import Chunk
from recon.errors import ConfigError
from recon.mapping import expressions
from recon.segment import tracking
from recon.store import sql, state
from recon.store.arrow import stream
from recon.store.sql import Sql, ident, text

SLOTS = 3
"""Chunks under way at once; the others wait until one of them is settled."""

BETWEEN = b",\n"
"""Between two events of a request: no event has a line break in it."""
# How long before and after recon's own request Braze may date the change that it made: requests are queued (facts/
# braze-rest-api §1.7), and clocks differ.
_OWN_BEFORE, _OWN_AFTER = 300, 6 * 3600
_PLACE, _CANONICAL = "recon.place", "recon.canonical_id"
_OURS = ("recon.file", "recon.line", _PLACE, _CANONICAL)


class Batch(NamedTuple):
    """One request's events: JSON objects with commas and line breaks between them."""

    slot: int
    first: int
    """Its events are those that go on of the chunk's places from here …"""
    last: int
    """… to here."""
    events: int
    body: bytes


class Events:
    """The chunk's events on `con`, which has the ledger attached and `forward_person` and `own_change` made."""

    def __init__(self, con: duckdb.DuckDBPyConnection, config: Config) -> None:
        if config.currents is None:
            raise ConfigError("recon.yml has no section currents", "Say where Braze's Currents files are.")
        self._con = con
        self._workspace = config.workspace
        self._rules = config.currents.events
        self._now = int(time.time())
        self.counts: Counter[tuple[str, str | None]] = Counter()
        """Events so far by fate (fresh, duplicate, filtered, quarantined) and reason."""
        sql.run(con, "forward/start", waitings=[waiting(slot) for slot in range(SLOTS)])

    def take(self, chunk: Chunk, slot: int) -> list[Batch]:
        """Judges `chunk`, counts what is not to be sent, and returns the rest as requests. `slot` is free for it."""
        con = self._con
        sql.run(con, "forward/chunk")
        frames = []
        first = 0
        for event_type, frame in chunk.frames:
            frames.append((first, event_type, frame.with_row_index(_PLACE, first)))
            first += frame.height
            self._judge(*frames[-1][1:])
        chunk.frames.clear()  # what is left of it while its requests are under way is small
        fresh = sql.run(con, "forward/fresh", waiting=waiting(slot)).fetchnumpy()
        too_large: list[int] = []
        found = list(_packed(slot, self._calls(frames, fresh, too_large)))
        if too_large:
            sql.run(con, "forward/too_large", {"places": too_large}, waiting=waiting(slot))
        going = sum(batch.events for batch in found)
        for fate, reason, events in sql.run(con, "forward/counts").fetchall():
            self.counts[fate, reason] += events
            if fate == "fresh":
                self.counts["duplicate", None] += events - going
                self.counts["fresh", None] -= events - going
        self.counts["filtered", "event type"] += chunk.unwanted
        self._quarantine(chunk)
        return found

    def _judge(self, event_type: str, frame: pl.DataFrame) -> None:
        rules = self._rules
        with self._shown(frame):
            sql.run(
                self._con,
                "forward/judge",
                {
                    "workspace": self._workspace,
                    "event_type": event_type,
                    "anonymous": rules.anonymous,
                    "before": _OWN_BEFORE,
                    "after": _OWN_AFTER,
                },
                condition=where(rules.where, frame.columns) if rules.where else None,
                consent=_consent(event_type, frame.columns),
            )

    def _calls(
        self, frames: list[tuple[int, str, pl.DataFrame]], fresh: Mapping[str, Any], too_large: list[int]
    ) -> Iterator[tuple[int, bytes]]:
        """(place, Track call) of what goes on, in the order of places; `too_large` gets the places of calls that
        Segment would drop.

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
        with self._shown(frame):
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

    @contextmanager
    def _shown(self, frame: pl.DataFrame) -> Iterator[None]:
        """Within it, queries see `frame` as `currents_event`."""
        self._con.register("currents_event", stream(frame))
        try:
            yield
        finally:
            self._con.unregister("currents_event")

    def _quarantine(self, chunk: Chunk) -> None:
        told = [
            {"url": part.file.source.url, "line": line, "reason": reason}
            for part in chunk.parts
            for line, reason in (*part.rejects, *([(0, f"damaged file: {part.damage}")] if part.damage else []))
        ]
        self.counts["quarantined", "not readable"] += len(told)
        params = {
            "cleared": sql.rows(part.file.source.url for part in chunk.parts if part.first),
            "files": numbered(chunk),
            "rejects": sql.rows(told),
        }
        with state.transaction(self._con):
            sql.run(self._con, "forward/quarantine", params)


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


def waiting(slot: int) -> Sql:
    """The table of what is under way in `slot`."""
    return ident(f"waiting_{slot}")


def numbered(chunk: Chunk) -> str:
    """The chunk's files by number, for queries."""
    return sql.rows({"number": part.number, "url": part.file.source.url} for part in chunk.parts)


def where(condition: str, there: list[str]) -> Sql:
    """`currents.events.where` for events that have the columns `there`; fields that they lack are NULL.

    ConfigError for anything but a condition over fields that Currents events have.
    """

    def column(name: str) -> Sql | None:
        known = catalogue.fields().get(name)
        if name in there:
            return ident(name)
        return Sql(f"CAST(NULL AS {known.type})") if known else None

    return expressions.condition(condition, "currents.events.where", column)


def check(config: Config) -> None:
    """Refuses a condition that DuckDB cannot compute, before anything is read. ConfigError."""
    condition = config.currents.events.where if config.currents else None
    if condition is None:
        return
    with duckdb.connect() as con:
        try:
            sql.run(con, "forward/bind", condition=where(condition, []))
        except (duckdb.BinderException, duckdb.CatalogException, duckdb.ConversionException) as error:
            what = str(error).splitlines()[0].partition(": ")[2]
            raise ConfigError(
                f"currents.events.where: DuckDB cannot compute it: {what}",
                "Look at the types of the fields: is_… are booleans, times and counts are numbers, the rest is text.",
            ) from None


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


def _consent(event_type: str, columns: list[str]) -> dict[str, Sql | None] | None:
    """The columns of a change of consent, to tell whether it is one of recon's own; None for any other event."""
    group = event_type == catalogue.GROUP_STATE
    if not (group or event_type == catalogue.GLOBAL_STATE):
        return None

    def column(name: str) -> Sql:
        return ident(name) if name in columns else Sql("CAST(NULL AS VARCHAR)")

    return {
        "source": column("state_change_source"),
        "status": column("subscription_status"),
        "channel": column("channel"),
        "group": column("subscription_group_id") if group else None,
    }
