"""Delivery, measured: under a limit, without one, and with other traffic on the same limit.

    python tests/bench/apply.py [--corrections 1000000] [--limit 600] [--folder bench-apply]

A world of as many people as two corrections each need is written as files, and `recon run` makes the plan from it, as
on any night. Each case then delivers that plan with `recon apply`, a process of its own, from a fresh copy of the state
folder:

- limit: to the sandbox, whose log tells how much of each clock-aligned window was used; it judges every object, but
  applies none, for it holds no people;
- bare: to a sink that only answers (tests/bench/sink.py), without a limit, against a loop that posts the same bodies
  over the same client and connections;
- braze: to the sink under Braze's own limit of 3,000 requests in 3 s;
- storm: a tenth of the corrections at most, to a sandbox that holds the people, while another client uses up
  the same limit in bursts; then `recon verify`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import orjson
import requests

from recon.sandbox.server import Sandbox, running
from recon.sandbox.settings import Attribute, Braze, Key, Modes, Segment, Settings
from recon.sandbox.store import Store

_SINK = Path(__file__).with_name("sink.py")
_BARE = "--bare-loop"
_READ, _WRITE, _OTHER = (f"00000000-{name}-4000-8000-000000000001" for name in ("aaaa", "bbbb", "cccc"))
_SEGMENT = "5a9a4a3c-1111-4000-8000-000000000001"
_BRAZE = 3_000
_RESERVE = 0.2
_SECONDS = 3
_STORM = 50_000


class World:
    """People whose town and plan Segment knows better than Braze, and the plan that repairs them."""

    def __init__(self, folder: Path, people: int, *, held: bool) -> None:
        self.folder = folder
        self.people = people
        self._held = held
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "segment").mkdir(parents=True)
        (folder / "braze").mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._write()
        with self.sandbox():
            self.recon("run", "-q")

    def _write(self) -> None:
        with duckdb.connect() as con:
            for name, columns in _TABLES.items():
                con.execute(
                    f"COPY (SELECT {columns} FROM range({self.people}) AS person (n)) "
                    f"TO '{self.folder / 'segment' / name}.parquet' (FORMAT parquet)"
                )
        with zipfile.ZipFile(
            self.folder / "braze" / "export.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1
        ) as archive:
            for first in range(0, self.people, 5_000):
                numbers = range(first, min(first + 5_000, self.people))
                lines = (orjson.dumps(_exported(n), option=orjson.OPT_APPEND_NEWLINE) for n in numbers)
                archive.writestr(f"{first:08}.txt", b"".join(lines))
        if self._held:
            store = Store.create(self.folder / "braze.sqlite")
            store.insert(_stored(n) for n in range(self.people))
            store.index()
            store.close()
        config = {
            "version": 1,
            "workspace": "bench",
            "segment": {"profiles": {name: f"segment/{name}.parquet" for name in _TABLES}},
            "braze": {
                "url": f"http://127.0.0.1:{self.port}",
                "read_key": _READ,
                "write_key": _WRITE,
                "export": {"files": "braze/*.zip"},
                "limits": {"reserve": _RESERVE},
            },
            "attributes": [{"trait": "city", "to": "home_city"}, {"trait": "plan", "to": "plan_tier"}],
            "policy": {"breakers": {"attribute": {"count": 10**9, "percent": 100}}, "budget": {"data_points": 10**9}},
            "quality": {"max_age": "9999d", "email_null_percent": 100},
            "privacy": {"pseudonym_key": "0123456789abcdef0123456789abcdef"},
        }
        (self.folder / "recon.yml").write_text(json.dumps(config))  # JSON is YAML

    @contextlib.contextmanager
    def sandbox(self, limit: int = 10**9) -> Iterator[Sandbox]:
        """The sandbox, with `limit` requests in 3 s for /users/track, and an empty log."""
        reads = ["users.export.ids", "users.export.segment", "custom_attributes.get"]
        keys = [
            Key("read", _READ, reads),
            Key("write", _WRITE, ["users.track"]),
            Key("other", _OTHER, ["users.track"]),
        ]
        limits = {"track": {"limit": float(limit)}, "export_ids": {"limit": 1e9}}
        attributes = [Attribute("plan_tier", "String (Automatically Detected)")]
        braze = Braze(keys, [Segment(_SEGMENT, "All users")], attributes, limits=limits, modes=Modes(apply=self._held))
        Settings(1, braze).save(self.folder)
        with running(self.folder, self.port) as sandbox:
            sandbox.clear_requests()
            yield sandbox

    @contextlib.contextmanager
    def sink(self, limit: int = 10**9) -> Iterator[dict[str, Any]]:
        """The sink; what it was asked is in the yielded document afterwards."""
        told: dict[str, Any] = {}
        command = [sys.executable, str(_SINK), str(self.port), "--limit", str(limit), "--seconds", str(_SECONDS)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                yield told
            finally:
                said, _ = process.communicate()
        told |= json.loads(said)

    def recon(self, *args: str) -> None:
        """`recon args…`, which must end well."""
        command = [sys.executable, "-m", "recon", *args, "-c", str(self.folder / "recon.yml")]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"recon {args[0]} ended with {done.returncode}\n{done.stdout}{done.stderr}")

    @contextlib.contextmanager
    def fresh(self) -> Iterator[None]:
        """The state folder as it was after planning, put back at the end."""
        state, kept = self.folder / ".recon", self.folder / ".planned"
        shutil.copytree(state, kept)
        try:
            yield
        finally:
            shutil.rmtree(state)
            kept.rename(state)

    def steps(self) -> dict[str, Any]:
        """run.json's steps."""
        [run] = (self.folder / ".recon" / "runs").iterdir()
        return dict(json.loads((run / "run.json").read_text())["steps"])


_TIMES = "'1' AS seq, TIMESTAMP '2026-01-01' AS received_at, TIMESTAMP '2026-01-01' AS timestamp"
_ID = "printf('profile_%08d', n) AS canonical_segment_id"
_TABLES = {
    "user_traits": f"{_ID}, unnest(['city', 'plan']) AS name, unnest([printf('Town %d', n % 997), 'gold']) AS value, "
    f"TIMESTAMP '2026-01-01' AS uuid_ts, {_TIMES}",
    "user_identifiers": f"{_ID}, 'user_id' AS type, printf('user_%08d', n) AS value, {_TIMES}",
    "profile_merges": f"{_ID}, 'nobody' AS segment_id, {_TIMES}",
}


def _exported(n: int) -> dict[str, Any]:
    return {
        "braze_id": f"{n:024x}",
        "external_id": f"user_{n:08}",
        "created_at": "2024-05-01T10:00:00.000Z",
        "home_city": "Nowhere",
        "custom_attributes": {"plan_tier": "silver"},
    }


def _stored(n: int) -> dict[str, Any]:
    held = {"user_aliases": [], "random_bucket": 7, "time_attributes": [], "groups": {}}
    told = _exported(n)
    return {**held, **told, "fields": {"home_city": told.pop("home_city")}}


def under_limit(world: World, limit: int) -> None:
    """A limit in the sandbox: how much of each window was used, and what it took."""
    with world.fresh(), world.sandbox(limit) as sandbox:
        world.recon("apply", "-q")
        step = world.steps()["apply"]
        log = sandbox.requests("/users/track")
    _used("limit, the sandbox", limit, Counter(_window(row["time"]) for row in log), step, _refused(log))


def against_bare_loop(world: World) -> None:
    """No limit: the whole step and its sending against a loop that posts the same bodies."""
    with world.fresh(), world.sink():
        bare = subprocess.run(
            [sys.executable, __file__, _BARE, str(world.folder / "recon.yml")], capture_output=True, text=True
        )
        if bare.returncode:
            sys.exit(bare.stderr)
    loop = json.loads(bare.stdout)
    with world.fresh():
        with world.sink() as told:
            world.recon("apply", "-q")
        step = world.steps()["apply"]
    assert told["objects"] == loop["objects"] == world.people, (told, loop)
    sending = told["last"] - told["first"]
    _say(f"bare loop: {loop['requests']:,} requests, {loop['objects']:,} objects", loop["seconds"], loop["cpu_seconds"])
    _say("recon apply, from first request to last", sending, None, loop["seconds"] / sending)
    _say(
        f"recon apply, the whole step ({step['peak_mb']:,} MB)",
        step["seconds"],
        step["cpu_seconds"],
        loop["seconds"] / step["seconds"],
    )


def under_brazes_limit(world: World) -> None:
    """Braze's own limit, in the sink: whether one process fills it, and on how much of a core."""
    with world.fresh():
        with world.sink(_BRAZE) as told:
            world.recon("apply", "-q")
        step = world.steps()["apply"]
    windows = Counter({int(end): count for end, count in told["windows"].items()})
    _used("Braze's limit, the sink", _BRAZE, windows, step, told["refused"])


def storm(world: World, limit: int) -> None:
    """Another client takes what it can get of the same limit, in bursts of five seconds with pauses of four."""
    stop = threading.Event()

    def rage() -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {_OTHER}"
            while not stop.is_set():
                until = time.monotonic() + 5
                while time.monotonic() < until and not stop.is_set():
                    session.post(f"http://127.0.0.1:{world.port}/users/track", json={})
                stop.wait(4)

    with world.fresh(), world.sandbox(limit) as sandbox:
        other = threading.Thread(target=rage)
        other.start()
        try:
            world.recon("apply", "-q")
            world.recon("verify", "-q")
        finally:
            stop.set()
            other.join()
        steps = world.steps()
        log = sandbox.requests("/users/track")
    ours = [row for row in log if row["key"] == "write"]
    states = {name: count for name, count in steps["verify"]["result"]["states"].items() if count}
    most = max(Counter(_window(row["time"]) for row in ours if row["status"] != 429).values())
    print(f"storm: {states}; {len(ours):,} requests of ours, {_refused(ours):,} refused, at most {most} in one window")
    print(f"  of another client: {len(log) - len(ours):,} requests, {_refused(log) - _refused(ours):,} refused")
    _say("  recon apply", steps["apply"]["seconds"], steps["apply"]["cpu_seconds"])


def _window(at: float) -> int:
    return (int(at) // _SECONDS + 1) * _SECONDS


def _refused(log: list[dict[str, Any]]) -> int:
    return sum(row["status"] == 429 for row in log)


def _used(name: str, limit: int, windows: Mapping[int, int], step: dict[str, Any], refused: int) -> None:
    allowed = math.floor((1 - _RESERVE) * limit)
    ends = sorted(windows)
    inner = [windows.get(end, 0) for end in range(ends[0], ends[-1] + 1, _SECONDS)][1:-1]
    mean = sum(inner) / len(inner) if inner else 0.0
    print(f"{name}: {sum(windows.values()):,} requests in {len(ends)} windows, {allowed:,} allowed in each")
    print(f"  most in a window {max(windows.values()):,}; inner windows {mean / allowed:.1%} used; {refused} refused")
    _say("  recon apply", step["seconds"], step["cpu_seconds"])
    print(f"  {step['cpu_seconds'] / step['seconds']:.2f} of a core, {step['peak_mb']:,} MB")


def _say(what: str, wall: float, cpu: float | None, ratio: float | None = None) -> None:
    spent = "" if cpu is None else f", {cpu:,.1f} CPU s"
    print(f"{what}: {wall:,.1f} s{spent}{'' if ratio is None else f', {ratio:.2f} of the bare loop'}")


def _bare_loop(config: Path) -> None:
    """The bodies of the plan, made beforehand, posted by as many threads as recon has connections."""
    from recon.braze import connect
    from recon.cli.session import session
    from recon.deliver import apply
    from recon.deliver.batches import from_packed
    from recon.deliver.journal import take_stock
    from recon.store import duck
    from recon.store.state import attached

    with session(config, "bench", progress=False) as job:
        limits = job.config.braze.limits
        with duck.database(job.run.work) as con, attached(con, job.state):
            take_stock(con, job, job.run.result("plan")["hash"])
            found = apply._packed(con, "attributes", limits, 2**62)
            made = [each.body for each in from_packed(found, limits.bytes_per_request)]
        with connect.writer(job.config, connect.pools(job.config), job.stop) as braze:
            began, cpu = time.monotonic(), _cpu()
            with ThreadPoolExecutor(connect.CONNECTIONS) as pool:
                answers = pool.map(lambda body: braze.post("/users/track", body, repeatable=True), made)
                objects = sum(answer.body["attributes_processed"] for answer in answers)
            spent = {"seconds": time.monotonic() - began, "cpu_seconds": _cpu() - cpu}
    print(json.dumps({**spent, "requests": len(made), "objects": objects}))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corrections", type=int, default=1_000_000)
    parser.add_argument("--limit", type=int, default=600, help="requests in 3 s that the sandbox allows")
    parser.add_argument("--folder", type=Path, default=Path("bench-apply"))
    parser.add_argument("--only", choices=["limit", "bare", "braze", "storm"])
    asked = parser.parse_args()
    people = asked.corrections // 2
    cases: dict[str, Callable[[World], None]] = {
        "limit": lambda world: under_limit(world, asked.limit),
        "bare": against_bare_loop,
        "braze": under_brazes_limit,
    }
    if asked.only != "storm":
        began = time.monotonic()
        world = World(asked.folder.resolve() / "plan", people, held=False)
        print(f"{people:,} people, a plan of {2 * people:,} corrections, in {time.monotonic() - began:,.0f} s")
        for name, case in cases.items():
            if asked.only in (None, name):
                case(world)
    if asked.only in (None, "storm"):
        storm(World(asked.folder.resolve() / "storm", min(people // 10, _STORM // 2), held=True), limit=60)


if __name__ == "__main__":
    if sys.argv[1:2] == [_BARE]:
        _bare_loop(Path(sys.argv[2]))
    else:
        main()
