"""Events whose answer is missing: what the profiles show of them (facts/braze-rest-api §3.3).

Braze knows no idempotency key, and an export shows of each event name no more than its count and its first and last
time. So the outbox sends in an order in which these can tell, and here they are asked.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import duckdb

from recon.braze import users
from recon.braze.client import BrazeClient
from recon.deliver import readback
from recon.store import sql

CERTAIN_AFTER = 60.0
"""Seconds after which what a profile does not show has not arrived: ten times the longest that Braze was recorded to
need (facts/braze-rest-api §1.7)."""

_LONG_AGO = 600.0
"""Seconds after being marked at which a request, however long it hung, has been over for longer than that."""

_FIELDS = ("custom_events", "purchases")


class Doubts:
    """The objects in doubt, in the state database that `con` has attached. `room` is a folder for what was read."""

    def __init__(self, con: duckdb.DuckDBPyConnection, braze: BrazeClient, room: Path) -> None:
        self._con = con
        self._braze = braze
        self._file = room / "profiles.ndjson"
        sql.run(con, "mapping/time")

    def settle(self) -> Counter[str]:
        """Looks until every doubt has a verdict; returns how many of each: arrived, missing, untold, gone.

        What is missing is free to be sent again. What cannot be told is noted as unknown, for good.
        """
        found: Counter[str] = Counter()
        wanted = self._ids("send_events/doubtful")
        if not wanted:
            return found
        marked, _ = self._ages()
        self._braze.pause(readback.SETTLE)
        ends = time.monotonic() + (0.0 if marked > _LONG_AGO else CERTAIN_AFTER)
        pause = 1.0
        while wanted:
            last_look = time.monotonic() >= ends
            gone = self._look(wanted)
            sql.run(self._con, "send_events/verdict", {"gone": sql.rows(gone)})
            verdicts = Counter(dict(sql.run(self._con, "send_events/verdicts").fetchall()))
            self._con.begin()
            sql.run(self._con, "send_events/settle", {"last_look": last_look})
            self._con.commit()
            found += verdicts if last_look else Counter(arrived=verdicts["arrived"])
            wanted = self._ids("send_events/doubtful")
            if wanted:
                self._braze.pause(max(0.01, min(pause, ends - time.monotonic())))
                pause = min(2 * pause, readback.LONGEST_PAUSE)
        return found

    def count_late(self) -> None:
        """Looks at the profiles that are due an event not newer than what they are known to have."""
        wanted = self._ids("send_events/late")
        if not wanted:
            return
        _, settled = self._ages()
        if 0 <= settled < readback.SETTLE:
            self._braze.pause(readback.SETTLE - settled)  # what was accepted a moment ago should be counted
        self._look(wanted)
        sql.run(self._con, "send_events/held")

    def _look(self, wanted: Iterable[str]) -> list[str]:
        """Makes `seen` and `seen_profile`; returns the ids that Braze does not know."""
        unknown: list[str] = []
        with self._file.open("wb") as file:
            for line in users.read_profiles(self._braze, wanted, _FIELDS, on_unknown=unknown.extend):
                file.write(line + b"\n")
        sql.run(self._con, "send_events/seen", {"file": str(self._file)})
        return unknown

    def _ids(self, query: str) -> list[str]:
        return [row[0] for row in sql.run(self._con, query).fetchall()]

    def _ages(self) -> tuple[float, float]:
        """Seconds since the newest doubt was marked, and since the newest event was settled; -1 where there is none."""
        row = sql.run(self._con, "send_events/newest_mark").fetchone()
        assert row is not None
        marked, settled = (-1.0 if age is None else float(age) for age in row)
        return marked, settled
