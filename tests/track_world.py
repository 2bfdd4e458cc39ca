"""Track calls of many people as Segment's S3 destination writes them: repeated, late, out of order, in forms of several
years, partly broken.

Everything that Braze must end up with is known beforehand: `Activity.events` and `Activity.purchases`.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import numpy  # noqa: F401 - imported once for all processes that begin here
import orjson
from deaths import Death, die
from shop_world import Shop

import recon.braze.users
import recon.cli.send_events
import recon.deliver.event_doubt
import recon.deliver.send_events
from recon.braze.client import BrazeClient
from recon.cli import main
from recon.sandbox.server import Sandbox

FILES = "events/**/*.gz"
RENAMED = {"Product Viewed": "product_viewed"}
NAMES = ("Product Viewed", "Product Added", "Search", "Signed In", "Wishlist/Added ~ “now”")
LEFT_OUT = "Debug Ping"
SUPPRESSED, ABSENT, TWIN = 41, 37, 10
"""Every so many people one is suppressed, one has no profile in Braze, one has a second user id."""
_BROKEN = (b'{"type": "track", "messageId": "broken', b"[]", b"\xff\xfe", b'"text"')

Held = Counter[tuple[str, str, str]]


class Activity:
    """So many calls of a shop's people. `files()` makes them; what Braze must hold of them fills meanwhile: who, name
    (or product), time. `ledger` is what recon's must hold: the event's key and the place of the product."""

    def __init__(self, shop: Shop, events: int, people: int, in_file: int, seed: int = 3) -> None:
        self._chance = random.Random(seed)
        self._now = datetime.now(UTC).replace(microsecond=0)
        self._count, self._in_file = events, in_file
        self.shop = shop
        self.events: Held = Counter()
        self.purchases: Held = Counter()
        self.ledger: set[tuple[int, int]] = set()
        self._people = [
            shop.add(f"p{n}", {"city": "Bern"}, {}, {"home_city": "Bern"}, in_braze=n % ABSENT > 0)
            for n in range(people)
        ]
        self._eligible = [n % ABSENT > 0 and n % SUPPRESSED > 0 for n in range(people)]
        self._ids = [[who] for who in self._people]
        for n in range(0, people, TWIN):
            self._ids[n].append(f"{self._people[n]}_again")
            shop.identifier(f"use_{self._people[n]}", self._ids[n][1])

    def prepare(self) -> None:
        """The shop's configuration and tables, and a run up to its drift."""
        shop = self.shop
        rows = "".join(f"{who},2024-01-01T00:00:00Z\n" for who in self._people[::SUPPRESSED])
        (shop.folder / "suppressed.csv").write_text("user_id,suppressed_at\n" + rows)
        shop.config["segment"]["suppressions"] = "suppressed.csv"
        shop.config["quality"]["profiles_drop_percent"] = 100
        shop.config["events"] = {
            "files": FILES,
            "exclude": [LEFT_OUT],
            "map": [{"event": event, "to": name} for event, name in RENAMED.items()],
        }
        shop.write()
        for step in ("pull", "load", "drift"):
            done = shop.recon(step)
            assert done.code == 0, done.said

    def files(self) -> Iterator[tuple[Path, bytes]]:
        """Path and content of each file, in the order in which Segment delivers them. Some come twice: cut off, then
        whole."""
        before: list[bytes] = []
        folder = self.shop.folder / "events" / "source"
        for number in range(-(-self._count // self._in_file)):
            first = number * self._in_file
            lines = [self._call(n) for n in range(first, min(first + self._in_file, self._count))]
            again = self._chance.sample(before, len(before) // 30) + self._chance.sample(lines, len(lines) // 100)
            before = lines
            mixed = lines + again + list(_BROKEN[: number % 5]) + [self._other(n) for n in range(len(lines) // 20)]
            self._chance.shuffle(mixed)
            content = gzip.compress(b"\n".join(mixed) + b"\n", 1)
            path = folder / f"{self._now:%Y-%m-%d}" / f"{number}.gz"
            if number % 4 == 3:
                yield path, content[: len(content) * 2 // 3]
            yield path, content

    def _call(self, n: int) -> bytes:
        """One Track call, and what is to become of it."""
        chance = self._chance
        person = int(len(self._people) * chance.random() ** 1.5)
        # Anything from long ago to a moment ago: in a late file, older events come after newer ones.
        at = self._now - timedelta(
            milliseconds=chance.randrange(200_000, 8 * 86_400_000 if n % 50 == 0 else 80_000_000)
        )
        if n % 7 == 0:
            at = at.replace(microsecond=0)
        call: dict[str, Any] = {
            "type": "track",
            "messageId": f"{self.shop.mark}-ajs-{n:x}",
            "userId": chance.choice(self._ids[person]),
            "event": chance.choice(NAMES),
            "properties": {"sku": f"sku-{n % 500}", "price": n % 90 / 4, "list": {"from": ["a", "b"], "n": None}},
            "timestamp": _written(at, n),
            "receivedAt": _written(at + timedelta(seconds=2), 0),
        }
        if n % 20 == 1:
            call["event"] = "Order Completed"
            call["properties"] = {"order_id": n, "currency": "EUR", "products": self._products()}
        eligible = self._eligible[person] and at > self._now - timedelta(days=6.9)
        if at < self._now - timedelta(days=6.9) and at > self._now - timedelta(days=7.1):
            call["integrations"] = {"All": False}  # too near the window's edge to say
        call, spoilt = self._spoilt(call, n)
        self._in_a_form_of_its_year(call, n, spoilt)
        if eligible and not spoilt:
            self._expect(call, self._people[person], at)
        return orjson.dumps(call)

    def _products(self) -> list[dict[str, Any]]:
        """Products of an order, now and then one twice, and one that Braze would refuse."""
        chance = self._chance
        products = [
            {
                "product_id": f"sku-{chance.randrange(20)}",
                "price": chance.randrange(900) / 4,
                "quantity": 1 + chance.randrange(3),
            }
            for _ in range(1 + chance.randrange(3))
        ]
        if chance.random() < 0.1:
            products.append({**products[0], "quantity": 1000})
        if chance.random() < 0.1:
            products.append(products[0])
        return products

    @staticmethod
    def _spoilt(call: dict[str, Any], n: int) -> tuple[dict[str, Any], bool]:
        """Some calls are not for Braze, or no events."""
        match n % 211:
            case 3:
                call["event"] = LEFT_OUT
            case 5:
                del call["messageId"]
            case 7:
                del call["event"]
            case 11:
                call["timestamp"] = "soon"
            case 13:
                del call["userId"]
            case 17:
                call["integrations"] = {"All": True, "Appboy": False}
            case 19:
                call["properties"] = {"currents_event_type": "users.messages.email.Open"}
            case 23:
                call["properties"] = "none"
            case _:
                return call, call.get("integrations") == {"All": False}
        return call, True

    @staticmethod
    def _in_a_form_of_its_year(call: dict[str, Any], n: int, spoilt: bool) -> None:
        """Members came and went."""
        if n % 3 == 0:  # an old library: only what must be
            del call["receivedAt"]
            if n % 6 == 0 and not spoilt:
                call["properties"] = None
        elif n % 3 == 1:
            call |= {
                "anonymousId": f"anon-{n}",
                "channel": "client",
                "context": {"library": {"name": "analytics.js", "version": "4.1.0"}, "ip": "192.0.2.7"},
                "integrations": call.get("integrations", {}),
                "originalTimestamp": call["timestamp"],
                "version": 2,
            }
        else:
            call |= {"_metadata": {"bundled": ["Segment.io"], "unbundled": []}, "field_of_next_year": [1, {"a": "b"}]}

    def _expect(self, call: dict[str, Any], who: str, at: datetime) -> None:
        time = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        key = int.from_bytes(hashlib.md5(call["messageId"].encode(), usedforsecurity=False).digest(), "little")
        if call["event"] != "Order Completed":
            self.events[who, RENAMED.get(call["event"], call["event"]), time] += 1
            self.ledger.add((key, 0))
            return
        for line, product in enumerate(call["properties"]["products"], 1):
            if product["quantity"] <= 100:
                self.purchases[who, product["product_id"], time] += 1
                self.ledger.add((key, line))

    def _other(self, n: int) -> bytes:
        """A call of another type."""
        return orjson.dumps({"type": ("page", "identify", "screen")[n % 3], "messageId": f"other-{n}", "userId": "x"})

    def agree(self, braze: Path) -> None:
        """Asserts that Braze, by its store, and recon's ledger have everything that they should, once, and no more."""
        with sqlite3.connect(braze) as con:
            events = _held(con, "SELECT external_id, name, time FROM events JOIN profiles ON profile = id")
            bought = _held(con, "SELECT external_id, product_id, time FROM purchases JOIN profiles ON profile = id")
        mine = f"{self.shop.mark}_"
        assert {key: n for key, n in events.items() if key[0].startswith(mine)} == dict(self.events)
        assert {key: n for key, n in bought.items() if key[0].startswith(mine)} == dict(self.purchases)
        with duckdb.connect(str(self.shop.folder / ".recon/state.duckdb"), read_only=True) as con:
            rows = con.execute("select event_id::varchar, line, state from event_ledger").fetchall()
            [(doubts,)] = con.execute("select count(*) from event_doubt").fetchall()
        assert doubts == 0
        assert {row[2] for row in rows} == {"accepted"}
        assert len(rows) == len(self.ledger)
        assert {(int(event), line) for event, line, _ in rows} == self.ledger


def _held(con: sqlite3.Connection, query: str) -> Held:
    return Counter(con.execute(query).fetchall())


def _written(at: datetime, n: int) -> str:
    """An instant as one of the libraries writes it."""
    if n % 7 == 0 and at.microsecond == 0:
        return at.isoformat(timespec="seconds").replace("+00:00", "Z")
    if n % 5 == 0:
        return at.astimezone(timezone(timedelta(hours=2))).isoformat(timespec="milliseconds")
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def faults(sandbox: Sandbox, *, hang_every: int) -> None:
    """Everything that can go wrong on the way, before and after Braze has taken a request."""
    for fault in (
        {"kind": "status", "status": 429, "every": 7, "headers": False, "retry_after": 0.05},
        {"kind": "status", "status": 429, "every": 29, "headers": False},
        {"kind": "status", "status": 500, "every": 11},
        {"kind": "status", "status": 500, "every": 12, "applied": True},
        {"kind": "status", "status": 502, "every": 13},
        {"kind": "status", "status": 504, "every": 14, "applied": True},
        {"kind": "drop", "every": 15},
        {"kind": "drop", "every": 16, "applied": True},
        {"kind": "cut", "every": 17},
        {"kind": "broken_json", "every": 18},
        {"kind": "hang", "seconds": 60, "every": hang_every},
        {"kind": "hang", "seconds": 60, "every": hang_every + 1, "applied": True},
    ):
        sandbox.fault("/users/track", **fault)
    sandbox.fault("/users/export/ids", "status", status=500, every=9)
    sandbox.fault("/users/export/ids", "drop", every=10)


def run_send_events(folder: str, url: str, timeout: float, death: Death | None) -> None:
    """`recon send-events` in `folder`, for a process of its own that begins with everything imported. After `timeout`
    seconds it takes a silent Braze for lost.

    Instead of the long waits before a look there is Braze's word that it has taken in what it accepted.
    """
    sandbox, read = Sandbox(url), recon.braze.users.read_profiles

    def read_when_settled(*given: Any, **named: Any) -> Iterator[bytes]:
        sandbox.settle()
        return read(*given, **named)

    recon.braze.users.read_profiles = read_when_settled
    recon.deliver.event_doubt.CERTAIN_AFTER = recon.deliver.readback.SETTLE = 0.05
    recon.braze.client._BACKOFF_BASE = 0.001
    recon.braze.rates._BACKOFF_BASE = recon.braze.rates._JITTER = 0.01
    assert BrazeClient.__init__.__kwdefaults__
    BrazeClient.__init__.__kwdefaults__["read_timeout"] = timeout
    if death:
        die(death)
    os.chdir(folder)
    sys.argv = ["recon", "send-events", "-q", "--no-progress"]
    main()
