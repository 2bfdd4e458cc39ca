"""send-events against a sandbox that takes events and applies none, and a bare loop that posts the same bodies.

    python tests/bench/send_events.py [--events 300000] [--people 50000] [--kills 0] [--folder bench-events]

Both use the same connections and the same key, against the same sandbox in a process of its own. The bare loop has its
bodies ready and keeps no account of anything. Quote the ratio; on a shared machine seconds say little.

With kills: before a sandbox that applies what it takes and fails in every way; recon is killed as often, and in the end
what Braze has must be what the generator knows it must have, each once, and recon's ledger agrees.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import requests
from requests.adapters import HTTPAdapter

sys.path.insert(0, str(Path(__file__).parents[1]))
from currents_world import put
from deaths import Death, Killer, counted
from shop_world import READ_KEY, WRITE_KEY, Shop, served
from track_world import Activity, faults, run_send_events

from recon.braze.connect import CONNECTIONS
from recon.sandbox.server import Sandbox
from recon.sandbox.settings import Key, Modes

_NAMES = ("Product Viewed", "Product Added", "Product List Viewed", "Checkout Started", "Signed In", "Search")
_READS = ["users.export.segment", "users.export.ids", "custom_attributes.get", "subscription.groups.get"]


def calls(people: list[str], events: int, folder: Path) -> None:
    """Files of Track calls, 50,000 each; some people have many events of one name."""
    chance = random.Random(7)
    now = datetime.now(UTC)
    folder.mkdir(parents=True)
    for first in range(0, events, 50_000):
        with gzip.open(folder / f"{first:09}.gz", "wb", compresslevel=1) as file:
            for n in range(first, min(first + 50_000, events)):
                at = (now - timedelta(seconds=120 + chance.random() * 86_000)).isoformat(timespec="milliseconds")
                call = {
                    "anonymousId": f"{chance.getrandbits(128):032x}",
                    "context": {"library": {"name": "analytics.js", "version": "4.1.0"}, "ip": "192.0.2.7"},
                    "event": chance.choice(_NAMES),
                    "integrations": {},
                    "messageId": f"ajs-next-{n}-{chance.getrandbits(64):016x}",
                    "originalTimestamp": at,
                    "properties": {
                        "product_id": f"sku-{chance.randrange(5000)}",
                        "category": "Shoes",
                        "price": chance.randrange(100, 20_000) / 100,
                        "currency": "EUR",
                        "url": "https://shop.example/shoes/running/red?ref=newsletter",
                        "position": chance.randrange(40),
                    },
                    "receivedAt": at,
                    "timestamp": at,
                    "type": "track",
                    "userId": people[int(len(people) * chance.random() ** 1.5)],
                    "version": 2,
                }
                file.write(orjson.dumps(call) + b"\n")


def bare(url: str, bodies: list[bytes]) -> float:
    """Seconds to post `bodies`, with as many connections as recon has."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS))
    headers = {"Authorization": f"Bearer {WRITE_KEY}", "Content-Type": "application/json"}

    def post(body: bytes) -> None:
        assert session.post(f"{url}/users/track", data=body, headers=headers, timeout=60).status_code == 201

    began = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(post, bodies))
    return time.monotonic() - began


MOMENTS = [
    ("after", "sql send_events/call", 6),
    ("after", "sql send_events/outbox", 1),
    ("after", "sql send_events/mark", 4),  # marked, and not committed
    ("before", "http /users/track", 60),  # marked, and not sent
    *[("left", "http /users/track", 90)] * 2,
    *[("after", "http /users/track", 90)] * 2,  # answered, and the ledger does not know it
    *[("after", "sql send_events/answered", 3)] * 2,  # written, and not committed
    ("left", "http /users/export/ids", 20),
    ("after", "sql send_events/verdict", 2),
    ("after", "sql send_events/settle", 2),
]
"""When recon dies, and the latest time of that moment's coming."""


def killed(folder: Path, events: int, people: int, kills: int) -> None:
    """The whole of it, killed again and again: at each of MOMENTS, and at any time once it sends."""
    limits = {name: {"limit": 10_000_000} for name in ("track", "export_ids")}
    chance = random.Random(1)
    with served(folder / "braze", limits=limits, modes=Modes()) as sandbox:
        shop = Shop(folder / "shop", sandbox)
        world = Activity(shop, events, people, in_file=min(5_000, events // kills))
        world.prepare()
        faults(sandbox, hang_every=301)
        killer = Killer(run_send_events, (str(shop.folder), sandbox.url, 15.0), "track_world")
        files = list(world.files())
        happened: Counter[str] = Counter()
        began = time.monotonic()
        for number in range(kills):
            for path, content in files[number * len(files) // kills : (number + 1) * len(files) // kills]:
                put(path, content)
            if number % 2:
                when, moment, latest = MOMENTS[number // 2 % len(MOMENTS)]
                died = killer.at(Death(when, moment, chance.randint(1, latest)))
                happened[f"{when} {moment}" if died else "was through"] += 1
            else:
                died = killer.amid(lambda: counted(sandbox, "/users/track"), chance.uniform(0, 3))
                happened["while sending, at any time" if died else "was through"] += 1
        resumed = time.monotonic()
        while code := killer.undisturbed():
            assert code == 6, code
            print("Braze failed too often in a row; again", flush=True)
        print(f"{kills} runs in {resumed - began:,.0f} s, the rest in {time.monotonic() - resumed:,.0f} s")
        for moment, times in happened.most_common():
            print(f"  {times:3} {moment}")
        sandbox = Sandbox(sandbox.url)  # the connection from the beginning is closed by now
        sandbox.settle(600)
        asked = Counter((row["path"], row["fault"]) for row in sandbox.requests() if row["path"].startswith("/users/"))
    world.agree(folder / "braze" / "braze.sqlite")
    print(f"{len(world.ledger):,} events and purchases arrived, each once, of {events:,} calls")
    for (path, fault), times in sorted(asked.items(), key=str):
        print(f"  {times:7,} {path} {fault or ''}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("bench-events"))
    asked = parser.parse_args()
    asked.folder = asked.folder.absolute()
    shutil.rmtree(asked.folder, ignore_errors=True)
    for name in ("braze", "shop"):
        (asked.folder / name).mkdir(parents=True)
    if asked.kills:
        killed(asked.folder, asked.events, asked.people, asked.kills)
        return
    limits = {name: {"limit": 10_000_000} for name in ("track", "export_ids")}
    keys = [Key("read", READ_KEY, _READS), Key("write", WRITE_KEY, ["users.track"])]
    modes = Modes(apply=False)
    with served(asked.folder / "braze", keys=keys, limits=limits, modes=modes) as sandbox:
        shop = Shop(asked.folder / "shop", sandbox)
        people = [shop.add(f"p{n}", {"city": "Bern"}, {}, {"home_city": "Bern"}) for n in range(asked.people)]
        shop.config["events"] = {"files": "events/*.gz"}
        shop.write()
        for step in ("pull", "load", "drift"):
            assert shop.recon(step).code == 0
        calls(people, asked.events, asked.folder / "shop" / "events")
        command = [sys.executable, "-m", "recon", "send-events", "--json"]
        environ = {**os.environ, "SANDBOX_URL": sandbox.url}
        began = time.monotonic()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, cwd=shop.folder, env=environ, capture_output=True, text=True)
        whole = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        sent = document["sent"]
        assert sent == asked.events
        object_ = orjson.dumps(
            {
                "external_id": people[0],
                "name": "Product Viewed",
                "time": "2026-11-20T10:00:00.123Z",
                "_update_existing_only": True,
                "properties": {
                    "product_id": "sku-1234",
                    "category": "Shoes",
                    "price": 123.45,
                    "currency": "EUR",
                    "url": "https://shop.example/shoes/running/red?ref=newsletter",
                    "position": 17,
                },
            }
        )
        body = b'{"events":[' + b",".join([object_] * 75) + b"]}"
        floor = bare(sandbox.url, [body] * document["requests"])
    print(f"{sent:,} events of {asked.people:,} people in {document['requests']:,} requests")
    print(f"bare loop {floor:,.1f} s, {sent / floor:,.0f} events/s")
    for part, seconds in document["seconds"].items():
        print(f"{part:<8} {seconds:8,.1f} s, {sent / max(seconds, 0.001):,.0f} events/s")
    print(f"whole command {whole:,.1f} s, {cpu:,.1f} CPU s, peak {after.ru_maxrss >> 10:,} MB")
    print(f"sending / bare loop: {floor / document['seconds']['send']:.2f}")


if __name__ == "__main__":
    main()
