"""A shop whose Segment source also writes event files, and what Braze holds of them in the end."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from shop_world import Shop

NOW = datetime.now(UTC).replace(microsecond=0)


class Bazaar(Shop):
    """A shop with an `events` section. People are added with `customer`, their calls with `call` and `order`."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.calls: list[dict[str, Any]] = []
        self.day = 0
        self._numbers = count(1)
        self.config["events"] = {"files": "events/**/*.gz"}
        self.config["quality"]["profiles_drop_percent"] = 100

    def new_day(self) -> None:
        """No files any more; from here on events have other names, so that nothing earlier touches them."""
        self.day += 1
        self.calls = []
        shutil.rmtree(self.folder / "events", ignore_errors=True)

    def customer(self, name: str, **more: Any) -> str:
        return self.add(name, {"city": "Bern"}, {}, {"home_city": "Bern"}, **more)

    def call(
        self, who: str | None, event: str, minutes_ago: float = 60, properties: Any = None, **members: Any
    ) -> dict[str, Any]:
        """One Track call as Segment's S3 destination writes it; `members` change or add, None leaves out."""
        at = NOW - timedelta(minutes=minutes_ago)
        call = {
            "type": "track",
            "messageId": f"{self.mark}-{next(self._numbers)}",
            "userId": who,
            "event": f"{event} {self.day}" if self.day else event,
            "properties": {} if properties is None else properties,
            "timestamp": text(at),
            "receivedAt": text(at + timedelta(seconds=2)),
            **members,
        }
        call = {name: value for name, value in call.items() if value is not None}
        self.calls.append(call)
        return call

    def order(self, who: str, *products: dict[str, Any], minutes_ago: float = 60, **properties: Any) -> dict[str, Any]:
        return self.call(who, "Order Completed", minutes_ago, {"products": list(products), **properties})

    def file(self, name: str, *lines: dict[str, Any] | bytes, cut: int | None = None) -> Path:
        """A file of calls (and of raw lines); `cut` bytes are missing at its end."""
        path = self.folder / "events" / "2026" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = gzip.compress(b"".join((x if isinstance(x, bytes) else orjson.dumps(x)) + b"\n" for x in lines))
        path.write_bytes(packed[: len(packed) - cut] if cut else packed)
        return path

    def people(self, who: list[str] | None = None) -> None:
        """Everything into its place, and a night up to its drift."""
        self.who = who or []
        self.write()
        for command in ("pull", "load", "drift"):
            done = self.recon(command)
            assert done.code == 0, done.said

    def deliver(self, *options: str, code: int = 0) -> dict[str, Any]:
        """`recon send-events --json`, and Braze given the time to take it in; its document."""
        done = self.recon("send-events", "--json", "--debug", *options)
        assert done.code == code, done.said
        self.sandbox.settle()
        return done.document

    def held(self) -> Counter[tuple[str, str, str]]:
        """Custom events in Braze of this shop's people: who, name, time."""
        held = self._history("SELECT external_id, name, time FROM events JOIN profiles ON profile = id")
        return Counter({row: n for row, n in held.items() if not self.day or row[1].endswith(f" {self.day}")})

    def bought(self) -> Counter[tuple[str, str, str]]:
        return self._history("SELECT external_id, product_id, time FROM purchases JOIN profiles ON profile = id")

    def expected(self, *calls: dict[str, Any]) -> Counter[tuple[str, str, str]]:
        """What Braze should hold of `calls`, of all if none is named."""
        return Counter((call["userId"], call["event"], call["timestamp"]) for call in calls or self.calls)

    def asked(self, array: str) -> list[list[dict[str, Any]]]:
        """The objects of every request of this shop with `array` in it."""
        rows = self.sandbox.requests("/users/track", after=self.logged)
        return [body[array] for body in (orjson.loads(row["body"]) for row in rows) if array in body]

    @staticmethod
    def listed(document: dict[str, Any]) -> list[dict[str, Any]]:
        """What was not sent, with the reasons."""
        return pl.read_parquet(document["not_sent"]).to_dicts()

    @staticmethod
    def expected_purchases(*orders: dict[str, Any]) -> Counter[tuple[str, str, str]]:
        return Counter(
            (order["userId"], product["product_id"], order["timestamp"])
            for order in orders
            for product in order["properties"]["products"]
        )

    def _history(self, query: str) -> Counter[tuple[str, str, str]]:
        rows = sqlite3.connect(self.store_file).execute(query).fetchall()
        return Counter(row for row in rows if row[0].startswith(f"{self.mark}_"))

    store_file = Path()


def text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
