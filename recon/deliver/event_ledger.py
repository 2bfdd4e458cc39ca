"""The ledger of Segment's events: what is being sent, what is settled, and how far back anything may still be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import duckdb

from recon.store import sql


class Parcel(NamedTuple):
    """One request. Its objects lie from the place `first` to `last` of the outbox, or at `places` where some between
    are left out."""

    number: int
    """Its place in the order of sending."""
    kind: str
    """`event` or `purchase`."""
    first: int
    last: int
    places: list[int] | None
    ids: list[str]
    """External ids, each once."""
    body: str

    @property
    def objects(self) -> int:
        return len(self.places) if self.places else self.last - self.first + 1

    def told(self, state: str) -> list[Told]:
        """All of it fared like this."""
        if self.places is None:
            return [Told(self.first, self.last, state)]
        return list(_joined(Told(place, place, state) for place in self.places))


class Told(NamedTuple):
    """What came of a range of places: accepted, rejected (with the reason) or unknown."""

    first: int
    last: int
    state: str
    error: str | None = None


class Ledger:
    """Event ledger and doubts in the state database that `con` has attached."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.accepted = 0
        """Objects that were noted as accepted."""
        self.settled = 0
        """Objects that were noted as accepted or rejected."""
        self.rejected: list[Told] = []
        """What was noted as rejected, until somebody takes it."""

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

    def note(self, answers: Iterable[Told], next_up: Sequence[Parcel]) -> None:
        """Settles what was answered, and marks what is about to be sent: both durably, in one transaction.

        What is unknown stays in doubt.
        """
        told = list(_joined(sorted(each for each in answers if each.state != "unknown")))
        marked = list(_joined(each for parcel in next_up for each in parcel.told("sending")))
        if not told and not marked:
            return
        self._con.begin()
        if told:
            sql.run(self._con, "send_events/answered", {"answers": sql.rows(each._asdict() for each in told)})
        if marked:
            ranges = sql.rows(each._asdict() for each in marked)
            bounds = {"first": marked[0].first, "last": marked[-1].last}
            sql.run(self._con, "send_events/mark", {"ranges": ranges, **bounds})
        self._con.commit()
        self.settled += sum(each.last - each.first + 1 for each in told)
        self.accepted += sum(each.last - each.first + 1 for each in told if each.state == "accepted")
        self.rejected += [each for each in told if each.state == "rejected"]


def _joined(ranges: Iterable[Told]) -> Iterator[Told]:
    """Neighbours that fared alike as one range."""
    held: Told | None = None
    for each in ranges:
        if held and held.last + 1 == each.first and held[2:] == each[2:]:
            held = held._replace(last=each.last)
            continue
        if held:
            yield held
        held = each
    if held:
        yield held
