"""Judges events, in SQL (sql/forward): who is meant, and what goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb
import numpy as np
import polars as pl

from recon.config.models import Config
from recon.currents import catalogue
from recon.deliver.forward_calls import CANONICAL, PLACE, TooLarge
from recon.deliver.forward_chunks import Chunk
from recon.errors import ConfigError
from recon.mapping import expressions
from recon.store import sql, state
from recon.store.arrow import Stream
from recon.store.sql import Sql, ident

SLOTS = 3
"""Chunks under way at once; the others wait until one of them is settled."""

TOO_LARGE = "larger than Segment takes"
# How long before and after recon's own request Braze may date the change that it made: requests are queued (facts/
# braze-rest-api §1.7), and clocks differ.
_OWN_BEFORE, _OWN_AFTER = 300, 6 * 3600


class Events:
    """The chunk's events on `con`, which has the ledger attached and `forward_person` and `own_change` made."""

    def __init__(self, con: duckdb.DuckDBPyConnection, config: Config) -> None:
        if config.currents is None:
            raise ConfigError("recon.yml has no section currents", "Say where Braze's Currents files are.")
        self._con = con
        self._workspace = config.workspace
        self._rules = config.currents.events
        self.counts: Counter[tuple[str, str | None]] = Counter()
        """Events so far by fate (fresh, duplicate, filtered, quarantined) and reason."""
        sql.run(con, "forward/start", waitings=[waiting(slot) for slot in range(SLOTS)])

    def judge(self, chunk: Chunk, slot: int) -> list[tuple[str, pl.DataFrame]]:
        """Judges `chunk`, and counts and quarantines what is not to be sent. The rest, by type, is put down in `slot`,
        which is free for it."""
        con = self._con
        sql.run(con, "forward/chunk")
        frames = []
        places = 0
        for event_type, frame in chunk.frames:
            frames.append((event_type, frame.with_row_index(PLACE, places)))
            places += frame.height
            self._judge(*frames[-1])
        chunk.frames.clear()  # what is left of it while its requests are under way is small
        fresh = sql.run(con, "forward/fresh", waiting=waiting(slot)).fetchnumpy()
        for fate, reason, events in sql.run(con, "forward/counts").fetchall():
            self.counts[fate, reason] += events
            if fate == "fresh":
                self.counts["duplicate", None] += events - len(fresh["place"])
                self.counts["fresh", None] -= events - len(fresh["place"])
        self.counts["filtered", "event type"] += chunk.unwanted
        self._quarantine(chunk)
        return _going(frames, fresh)

    def leave_out(self, too_large: list[TooLarge], chunk: Chunk, slot: int) -> None:
        """Quarantines events of `chunk` that are not to be sent after all."""
        if not too_large:
            return
        self.counts["fresh", None] -= len(too_large)
        self.counts["quarantined", TOO_LARGE] += len(too_large)
        params = {
            "events": sql.rows(event._asdict() for event in too_large),
            "files": numbered(chunk),
            "reason": TOO_LARGE,
        }
        with state.transaction(self._con):
            sql.run(self._con, "forward/too_large", params, waiting=waiting(slot))

    def _judge(self, event_type: str, frame: pl.DataFrame) -> None:
        rules = self._rules
        with _shown(self._con, frame):
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


@contextmanager
def _shown(con: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> Iterator[None]:
    """Within it, queries on `con` see `frame` as `currents_event`."""
    con.register("currents_event", Stream(frame))
    try:
        yield
    finally:
        con.unregister("currents_event")


def _going(frames: list[tuple[str, pl.DataFrame]], fresh: Mapping[str, Any]) -> list[tuple[str, pl.DataFrame]]:
    """What of `frames` is to be sent: the places in `fresh`, in order there, with the user_id if it is another.

    The frames are cut by polars: a join would have DuckDB gather every column of every row, which costs as much as
    half of writing them.
    """
    going = []
    begin = first = 0
    for event_type, frame in frames:
        end = int(np.searchsorted(fresh["place"], first + frame.height))
        places, canonical = (fresh[name][begin:end] for name in ("place", "canonical_id"))
        if len(places):
            named = pl.Series(CANONICAL, canonical.tolist(), pl.String)
            going.append((event_type, frame[places - first].with_columns(named)))
        begin, first = end, first + frame.height
    return going


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
