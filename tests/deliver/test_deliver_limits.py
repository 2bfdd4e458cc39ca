"""Many requests at once: never above Braze's limit, never two of one profile, and no harm from others who use it up."""

from __future__ import annotations

import itertools
import json
import math
import os
import pty
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from shop_world import COMMAND, READ_KEY, WRITE_KEY, Shop
from town_world import Town, whole

from recon.sandbox.server import Sandbox
from recon.sandbox.settings import Key

LIMIT = 20  # requests in a second
OTHER_KEY = "f00dfeed-other-4c5d-9e8f-7a6b5c4d3e2f"
ALLOWED = math.floor(0.8 * LIMIT)


@pytest.fixture
def narrow(tmp_path: Path, shop: Shop) -> Iterator[Sandbox]:
    """A workspace with a low limit, counted by the second; `shop` is asked for its short waits."""
    reads = ["users.export.segment", "users.export.ids", "custom_attributes.get", "subscription.groups.get"]
    keys = [
        Key("read", READ_KEY, reads),
        Key("write", WRITE_KEY, ["users.track"]),
        Key("other", OTHER_KEY, ["users.track"]),
    ]
    folder = tmp_path / "narrow"
    folder.mkdir()
    limits = {"track": {"limit": LIMIT, "seconds": 1}, "export_ids": {"limit": 100_000}}
    with whole(folder, keys=keys, limits=limits, apply_delay=[0.0, 0.2]) as sandbox:
        yield sandbox


def drifted(folder: Path, sandbox: Sandbox, people: int) -> Town:
    """People of whom each needs two corrections, and every third has opted out; one or two objects to a request."""
    folder.mkdir()
    town = Town(folder, sandbox)
    for number in range(people):
        who = town.add(f"p{number}", {"city": "Bern", "plan": "gold"}, {}, {"home_city": "Basel"})
        if number % 3 == 0:
            town.opted_out(who)
    town.config["braze"]["limits"] = {"objects_per_request": 2}
    return town


class Sent(NamedTuple):
    """A request to /users/track from its arrival to its answer, and the profiles in it."""

    began: float
    ended: float
    ids: frozenset[str]


@contextmanager
def slowly(sandbox: Sandbox) -> Iterator[tuple[str, list[Sent]]]:
    """A slow way to the sandbox, slower for one request than for another: its address, and what it passed on."""
    passed: list[Sent] = []
    delays = itertools.cycle([0.15, 0.02, 0.09, 0.2, 0.05])

    class Way(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            began = time.monotonic()
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            answer = requests.request(self.command, sandbox.url + self.path, data=body, headers=headers, timeout=30)
            if self.path == "/users/track":
                time.sleep(next(delays))
                ids = frozenset(thing["external_id"] for thing in json.loads(body)["attributes"])
                passed.append(Sent(began, time.monotonic(), ids))
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = _pass_on

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Way) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", passed
        finally:
            server.shutdown()
            serving.join()


def test_no_profile_is_in_two_requests_at_once_and_no_window_is_overdrawn(tmp_path: Path, narrow: Sandbox) -> None:
    town = drifted(tmp_path / "town", narrow, 72)
    with slowly(narrow) as (url, passed):
        town.variables["SANDBOX_URL"] = url
        town.write()
        assert town.recon("run", "--apply", "--json").code == 0
    assert set(town.states().values()) == {"verified"}

    together = [(one, other) for one, other in itertools.combinations(passed, 2) if overlap(one, other)]
    assert len(together) > len(passed), "requests did not travel side by side"
    assert not [pair for pair in together if pair[0].ids & pair[1].ids]

    log = town.tracks()
    assert [row["status"] for row in log] == [201] * len(passed)
    assert max(Counter(int(row["time"]) for row in log).values()) <= ALLOWED


def overlap(one: Sent, other: Sent) -> bool:
    return one.began < other.ended and other.began < one.ended


def test_a_storm_of_others_on_the_same_limit_delays_a_run_and_does_not_fail_it(tmp_path: Path, narrow: Sandbox) -> None:
    town = drifted(tmp_path / "town", narrow, 60).write()
    taken: list[int] = []

    def storm() -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {OTHER_KEY}"
            for _ in range(4):  # each as long as a window and a half, and then a pause
                until = time.monotonic() + 1.5
                while time.monotonic() < until:
                    taken.append(session.post(f"{narrow.url}/users/track", json={}).status_code)
                time.sleep(0.7)

    assert town.recon("run").code == 0
    other = threading.Thread(target=storm)
    other.start()
    done = town.recon("apply", "--json")
    other.join()
    assert (done.code, town.recon("verify").code) == (0, 0)
    assert set(town.states().values()) == {"verified"}
    assert 429 in taken, "the storm used the limit up"
    ours = [row for row in narrow.requests("/users/track", after=town.logged) if row["key"] == "write"]
    went = Counter(int(row["time"]) for row in ours if row["status"] == 201)
    assert max(went.values()) <= ALLOWED
    assert done.document["retries"] == sum(row["status"] == 429 for row in ours)


def test_a_terminal_is_told_how_fast_it_goes_and_how_much_of_the_limit_that_is(shop: Shop) -> None:
    for number in range(40):
        shop.add(f"p{number}", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.config["braze"]["limits"] = {"objects_per_request": 1}
    shop.write()
    assert shop.recon("run").code == 0
    shop.sandbox.fault("/users/track", "status", status=503, every=8, count=2)  # so that it takes a moment
    apply = [str(COMMAND), "apply", "--limit"]
    assert on_terminal([*apply, "10", "--no-progress"], shop.folder) == ""
    assert on_terminal([*apply, "10", "-q"], shop.folder) == ""
    said = on_terminal([*apply, "20"], shop.folder)
    assert all(words in said for words in ("attributes", "profiles/s", "requests/s", "% of limit")), said


def on_terminal(command: list[str], folder: Path) -> str:
    """What a command writes to a terminal as its stderr."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:  # the terminal's other end is closed
            pass
    os.close(ours)
    assert process.returncode == 0, said
    return said.decode(errors="replace")
