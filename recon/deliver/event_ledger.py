"""The ledger of Segment's events: what is being sent, what is settled, and how far back anything may still be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, groupby
from typing import Any, NamedTuple

import duckdb

from recon.deliver.batches import Batch
from recon.deliver.send import Outcome
from recon.store import sql


class Parcel(NamedTuple):
    """One request, and the places in the outbox of its objects, ascending."""

    batch: Batch
    places: tuple[int, ...]

    def ranges(self) -> list[dict[str, int]]:
        """Its places as ranges; where everything is sent they are one."""
        return [{"first": first, "last": last} for first, last in _ranges(self.places)]


class Ledger:
    """Event ledger and doubts in the state database that `con` has attached."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.accepted = 0
        self.refused: list[dict[str, Any]] = []
        """Ranges of rejected places with the reason, as `answered` noted them."""

    def watermark(self, earliest: datetime) -> datetime:
        """What nothing before is sent any more: `earliest`, unless the ledger has forgotten more than that."""
        sql.run(self._con, "send_events/first_watermark", {"moment": earliest})
        row = sql.run(self._con, "send_events/watermark").fetchone()
        assert row is not None
        return max(earliest, datetime.fromtimestamp(int(row[0]) / 1e6, UTC))

    def forget(self, moment: datetime) -> None:
        """Drops what happened before `moment`, and sees to it that nothing of that is sent again."""
        self._con.begin()
        sql.run(self._con, "send_events/forget", {"moment": moment})
        self._con.commit()

    def note(self, answers: Iterable[tuple[Parcel, Sequence[Outcome]]], next_up: Sequence[Parcel]) -> None:
        """Settles what was answered, and marks what is about to be sent: both durably, in one transaction."""
        told = [row for parcel, outcomes in answers for row in _told(parcel, outcomes)]
        marked = list(chain.from_iterable(parcel.ranges() for parcel in next_up))
        if not told and not marked:
            return
        self._con.begin()
        if told:
            sql.run(self._con, "send_events/answered", {"answers": sql.rows(told)})
        if marked:
            bounds = {"first": marked[0]["first"], "last": marked[-1]["last"]}
            sql.run(self._con, "send_events/mark", {"ranges": sql.rows(marked), **bounds})
        self._con.commit()
        for row in told:
            if row["state"] == "accepted":
                self.accepted += row["last"] - row["first"] + 1
            else:
                self.refused.append(row)


def _told(parcel: Parcel, outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    """Ranges of places that fared alike; those without a clear answer stay in doubt."""
    fared = zip(parcel.places, outcomes, strict=True)
    for (state, request_id, error), alike in groupby(fared, lambda pair: (pair[1].state, pair[1].request_id, pair[1].error)):
        if state == "unknown":
            continue
        for first, last in _ranges([place for place, _ in alike]):
            yield {"first": first, "last": last, "state": state, "request_id": request_id, "error": error}


def _ranges(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    if places and places[-1] - places[0] == len(places) - 1:
        yield places[0], places[-1]
        return
    for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0]):
        held = [place for _, place in run]
        yield held[0], held[-1]
