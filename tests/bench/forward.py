"""Engagement home to Segment, measured:

    python tests/bench/forward.py [--events 1000000] [--latency 0.1] [--sent-before 0] [--kills 0]

Without kills: `recon forward` before a Segment that answers at once, or after so many seconds, in events per second,
CPU seconds and peak memory, beside loops that compress and post the very same bodies, one after the other or over as
many connections as recon has, and polars reading the same files. With kills: before the sandbox's Segment, which fails
in every way; recon is killed as often, and in the end what Segment has must be what the generator knows it must have,
each once.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import io
import json
import multiprocessing
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import requests
from isal import igzip

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "forward")]

from currents_world import put  # noqa: E402
from deaths import Death, Killer, counted  # noqa: E402
from forward_world import Engagement, run_forward  # noqa: E402
from shop_world import Shop, served  # noqa: E402
from test_forward_kills import faults, key_of, ledger, people  # noqa: E402

from recon.deliver.forward_send import CONNECTIONS  # noqa: E402
from recon.sandbox.server import Sandbox  # noqa: E402
from recon.sandbox.settings import Modes  # noqa: E402
from recon.store import duck  # noqa: E402
from recon.store.state import attached  # noqa: E402

_OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"success":true}'


class _Sink(asyncio.Protocol):
    """Answers every POST; keeps the bodies."""

    kept: Path
    latency: float
    number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._data = transport, bytearray()

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._data[:end]).lower()
        size = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(self._data) < end + 4 + size:
            return
        _Sink.number += 1
        (self.kept / f"{_Sink.number}.gz").write_bytes(self._data[end + 4 : end + 4 + size])
        del self._data[: end + 4 + size]
        asyncio.get_running_loop().call_later(self.latency, self._transport.write, _OK)  # type: ignore[attr-defined]


def sink(folder: str, latency: float, port: multiprocessing.Queue[int]) -> None:
    """Serves until it is ended."""
    _Sink.kept, _Sink.latency = Path(folder), latency

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", 0)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


class Loop:
    """Posts bodies, `at_once` of them at once, compressed by `compress`, and nothing else."""

    def __init__(self, url: str, compress: Callable[[bytes], bytes], at_once: int) -> None:
        self._url, self._compress, self._at_once = f"{url}/v1/batch", compress, at_once
        self._session = requests.Session()
        self._session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=at_once))
        self.wall = self.cpu = 0.0

    def post(self, bodies: list[bytes]) -> None:
        before, began = cpu(), time.monotonic()
        if self._at_once == 1:
            for body in bodies:
                self._send(body)
        else:
            with ThreadPoolExecutor(self._at_once) as pool:
                list(pool.map(self._send, bodies))
        self.wall += time.monotonic() - began
        self.cpu += cpu() - before

    def _send(self, body: bytes) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        answer = self._session.post(self._url, data=self._compress(body), headers=headers, auth=("write-key", ""))
        answer.raise_for_status()


def make(folder: Path, world: Engagement) -> None:
    """Writes all files of `world`."""
    for file in world.files():
        put(folder / file.key, file.content)


def speed(shop: Shop, world: Engagement, folder: Path, latency: float, sent_before: int) -> None:
    """One run as fast as it goes, and its floors. `latency` is how many seconds an answer takes, `sent_before` how many
    events the ledger has from the year before."""
    # In a process of its own, for a child's peak memory counts from its parent's.
    making = multiprocessing.Process(target=make, args=(shop.folder, world))
    making.start()
    making.join()
    kept = folder / "kept"
    kept.mkdir()
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=sink, args=(str(kept), latency, ports), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{ports.get()}"
    shop.config["segment"]["tracking"]["url"] = url
    people(shop, world)
    if sent_before:
        remember(shop.folder / ".recon", sent_before)
    command = [
        sys.executable,
        "-m",
        "recon",
        "forward",
        "--json",
        "--no-progress",
        "-c",
        str(shop.folder / "recon.yml"),
    ]
    began = time.monotonic()
    with (folder / "out.json").open("w") as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    wall, used, peak = time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss >> 10
    document = json.loads((folder / "out.json").read_text())
    for _ in world.files():  # made again, to know what to expect
        pass
    expected = set(world.messages("shop"))
    world.expected.clear()
    arrived = 0
    by_zlib, by_isal = (lambda body: gzip.compress(body, 1)), (lambda body: igzip.compress(body, 1))
    loops = {
        "zlib": Loop(url, by_zlib, 1),
        "ISA-L": Loop(url, by_isal, 1),
        f"zlib, {CONNECTIONS} at once": Loop(url, by_zlib, CONNECTIONS),
        f"ISA-L, {CONNECTIONS} at once": Loop(url, by_isal, CONNECTIONS),
    }
    if latency:  # one after the other would take all day
        loops = {name: loop for name, loop in loops.items() if "at once" in name}
    paths = list(kept.iterdir())
    for first in range(0, len(paths), 500):
        bodies = [gzip.decompress(path.read_bytes()) for path in paths[first : first + 500]]
        ids = [part[:36].decode() for body in bodies for part in body.split(b'"messageId":"')[1:]]
        arrived += len(ids)
        expected.difference_update(ids)
        for loop in loops.values():
            loop.post(bodies)
    assert not expected and arrived == document["sent"]
    began_cpu = cpu()
    for path in shop.folder.glob("currents/**/*.avro"):
        if "broken" not in path.name and "cut" not in path.name:
            pl.read_avro(io.BytesIO(path.read_bytes()))
    polars = cpu() - began_cpu
    sent, read = document["sent"], document["read"]
    print(f"read {read:,}, sent {sent:,} in {document['requests']:,} requests; delivered exactly what was expected")
    print(f"recon      {wall:8.1f} s {used:8.1f} CPU s {sent / used:12,.0f} events/s of a core, peak {peak:,} MB")
    for name, loop in loops.items():
        print(
            f"bare loop  {loop.wall:8.1f} s {loop.cpu:8.1f} CPU s {sent / loop.cpu:12,.0f} with {name}; "
            f"recon's throughput is {loop.wall / wall:.2f} times its"
        )
    print(f"polars reads the files in {polars:.1f} CPU s")
    server.terminate()


def remember(state: Path, events: int) -> None:
    """A ledger of so many events of the year before, in the order in which they were sent."""
    state.mkdir()
    with duck.database(state / "fill.duckdb") as con, attached(con, state):
        con.execute("set force_compression = 'auto'")
        con.execute(
            "insert into state.ledger (event, day, sent_at) select md5_number(i::varchar), day, day from "
            "(select i, current_date - 400 + cast(i * 370 // $events as integer) as day from range($events) t (i))",
            {"events": events},
        )
    (state / "fill.duckdb").unlink()


MOMENTS = [
    ("after", "sql forward/chunk", 8),
    ("before", "sql forward/judge", 20),
    ("after", "sql forward/quarantine", 4),
    ("before", "http /v1/batch", 60),
    ("left", "http /v1/batch", 60),
    *[("after", "http /v1/batch", 60)] * 2,  # Segment has answered, and the ledger does not know it
    *[("after", "sql forward/answered", 6)] * 2,  # written, and not committed
    ("after", "sql forward/files", 3),
]
"""When recon dies, and the latest time of that moment's coming."""


def killed(shop: Shop, world: Engagement, folder: Path, kills: int) -> None:
    """The whole of it against a failing Segment, killed again and again: at each of MOMENTS, and at any time once it
    sends."""
    files = list(world.files())
    chance = random.Random(1)
    (folder / "segment").mkdir()
    began = time.monotonic()
    with served(folder / "segment", modes=Modes()) as sandbox:
        shop.variables["SANDBOX_URL"] = sandbox.url
        people(shop, world)
        faults(sandbox)
        killer = Killer(run_forward, (str(shop.folder), 5.0), "forward_world")
        happened: Counter[str] = Counter()
        for number in range(kills):
            for file in files[number * len(files) // kills : (number + 1) * len(files) // kills]:
                put(shop.folder / file.key, file.content)
            if number % 2:
                when, moment, latest = MOMENTS[number // 2 % len(MOMENTS)]
                died = killer.at(Death(when, moment, chance.randint(1, latest)))
                happened[f"{when} {moment}" if died else "was through"] += 1
            else:
                died = killer.amid(lambda: counted(sandbox, "/v1/batch"), chance.uniform(0, 2))
                happened["while sending, at any time" if died else "was through"] += 1
        resumed = time.monotonic()
        while killer.undisturbed():
            print("Segment failed eight times in a row; again", flush=True)
        print(f"{kills} runs in {resumed - began:,.0f} s, the rest in {time.monotonic() - resumed:,.0f} s")
        for moment, times in happened.most_common():
            print(f"  {times:3} {moment}")
        sandbox = Sandbox(sandbox.url)  # the connection from the beginning is closed by now
        next(iter(sandbox.requests(after=10**12)), None)  # what is gathered is written
    expected = world.messages("shop")
    with sqlite3.connect(folder / "segment" / "received.sqlite") as con:
        rows = con.execute("select message_id, user_id, dropped from events").fetchall()
    taken = {message: user for message, user, dropped in rows if dropped is None}
    assert taken == expected and sum(row[2] is None for row in rows) == len(expected)
    assert {row[2] for row in rows} <= {None, "duplicate"} and {row[0] for row in rows} == set(expected)
    assert ledger(shop) == set(map(key_of, expected))
    print(f"{len(expected):,} events arrived, each once; {len(rows) - len(expected):,} were sent again and dropped")


def cpu(of: int = resource.RUSAGE_SELF) -> float:
    used = resource.getrusage(of)
    return used.ru_utime + used.ru_stime


class _Nowhere:
    url = "http://127.0.0.1:9"

    def requests(self) -> list[dict[str, int]]:
        return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that Segment takes to answer")
    parser.add_argument("--sent-before", type=int, default=0, help="events of the year before in the ledger")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("bench-forward"))
    asked = parser.parse_args()
    folder = asked.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "shop").mkdir(parents=True)
    shop = Shop(folder / "shop", _Nowhere())  # type: ignore[arg-type]
    world = Engagement(asked.events, asked.people, in_file=15_000)
    os.chdir(folder)
    if asked.kills:
        killed(shop, world, folder, asked.kills)
    else:
        speed(shop, world, folder, asked.latency, asked.sent_before)


if __name__ == "__main__":
    main()
