"""Makes this process die, or stop, at a given moment: around each request, each write to disk and each pause.

Installed in a child of the nursery before recon runs there. recon knows nothing of it: its functions are wrapped from
outside. Every moment has a name; the names as they pass are written to a file, so a run that nobody disturbs tells
which moments there are.

Pauses are no pauses here: instead of waiting some seconds for Braze to apply what it took, the sandbox is asked to
apply it now. So a pause that recon forgets is seen, and no test depends on how fast the machine is.
"""

from __future__ import annotations

import heapq
import http.client
import os
import select
import signal
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests.adapters
import urllib3.connection

from recon.braze import calls, client
from recon.deliver import journal, readback
from recon.sandbox import applier
from recon.store import documents, duck, run, runs, sql

WRITES = (
    "deliver/adjust",
    "deliver/barred",
    "deliver/group_leave",
    "deliver/journal",
    "deliver/keep_opt_outs",
    "deliver/not_held",
    "deliver/outcomes",
    "deliver/write_results",
)
"""Queries that leave something behind."""
IN_A_REQUEST = 2
"""Objects in one request of every kind, so that a small plan makes many requests."""
_ANSWER = 10.0


def install(
    trace: str,
    settle: str,
    kill_at: int | None = None,
    kill_on: list[Any] | None = None,
    send: int = signal.SIGKILL,
    flush: float = 1e9,
    every_query: bool = False,
) -> None:
    """`trace` is the file for the names of moments, `settle` the sandbox's address. The signal `send` comes at the
    moment number `kill_at`, or at the moment `kill_on` = [name, n], the n-th of that name; counted from 0.

    Queries that leave something behind are moments, or `every_query` is one. Answers are journaled in groups, every
    `flush` seconds: at 0 one by one, by default as late as can be, so that as many as possible get lost.
    """
    moments = _Moments(trace, kill_at, kill_on, send)
    _pauses(moments, settle)
    _requests(moments)
    _queries(moments, every_query)
    _files(moments)
    _one_thread()
    journal._FLUSH_SECONDS = flush
    for name, call in calls.CALLS.items():
        calls.CALLS[name] = call._replace(most=IN_A_REQUEST)


class _Moments:
    def __init__(self, trace: str, kill_at: int | None, kill_on: list[Any] | None, send: int) -> None:
        self._file = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._kill_at, self._kill_on, self._send = kill_at, kill_on, send
        self._lock = threading.Lock()
        self._count = 0
        self._counts: dict[str, int] = {}

    def __call__(self, name: str) -> None:
        with self._lock:
            os.write(self._file, f"{name}\n".encode())
            number, self._count = self._count, self._count + 1
            nth = self._counts.get(name, 0)
            self._counts[name] = nth + 1
            if number == self._kill_at or [name, nth] == self._kill_on:
                os.kill(os.getpid(), self._send)


def _pauses(moments: _Moments, sandbox: str) -> None:
    address = urlsplit(sandbox).netloc
    pause = client.BrazeClient.pause

    def paused(self: client.BrazeClient, seconds: float) -> None:
        moments("pause")
        pause(self, 0)
        asked = http.client.HTTPConnection(address, timeout=60)
        asked.request("POST", "/_sandbox/settle")
        asked.getresponse().read()
        asked.close()

    client.BrazeClient.pause = paused  # type: ignore[method-assign]
    readback.PATIENCE = 0.0


def _requests(moments: _Moments) -> None:
    """`before` anything of a request is sent, when all of it has `left`, when its answer has `arrived` here but nobody
    has read it, and when it was `answered`."""
    send, getresponse = requests.adapters.HTTPAdapter.send, urllib3.connection.HTTPConnection.getresponse
    under_way = threading.local()

    def sent(self: Any, request: Any, *args: Any, **options: Any) -> Any:
        under_way.name = f"{request.method} {urlsplit(request.url).path}"
        moments(f"{under_way.name} before")
        answer = send(self, request, *args, **options)
        moments(f"{under_way.name} answered")
        return answer

    def answered(self: Any) -> Any:
        moments(f"{under_way.name} left")
        select.select([self.sock], [], [], _ANSWER)
        moments(f"{under_way.name} arrived")
        return getresponse(self)

    requests.adapters.HTTPAdapter.send = sent  # type: ignore[method-assign]
    urllib3.connection.HTTPConnection.getresponse = answered  # type: ignore[method-assign]


def _queries(moments: _Moments, every_query: bool) -> None:
    run = sql.run

    def ran(con: Any, name: str, params: Any = None, /, **context: Any) -> Any:
        if name not in WRITES and not every_query:
            return run(con, name, params, **context)
        # As sql.run does it, with a moment before each statement.
        for number, statement in enumerate(con.extract_statements(sql.render(name, **context))):
            moments(f"{name} {number}")
            con.execute(statement, {key: (params or {})[key] for key in statement.named_parameters})
        moments(f"{name} done")
        return con

    sql.run = ran


def _files(moments: _Moments) -> None:
    write_json = documents.write_json

    def wrote(path: Path, document: Any) -> None:
        moments(f"{path.name} before")
        write_json(path, document)
        moments(f"{path.name} after")

    documents.write_json = run.write_json = runs.write_json = wrote


def hold() -> None:
    """Has the sandbox apply what it took only when it is asked whether all is applied, as `settle` does: the slowest
    Braze that recon's pauses allow for."""
    submit, waiting = applier.Applier.submit, applier.Applier.waiting
    later = 1e6

    def held(self: applier.Applier, effect: Any, delay: float, committed: Any = None) -> None:
        submit(self, effect, delay if committed else delay + later, committed)

    def let_go(self: applier.Applier) -> int:
        with self._changed:
            self._queue = [(due if done else due - later, n, effect, done) for due, n, effect, done in self._queue]
            heapq.heapify(self._queue)
            self._changed.notify()
        found: int = waiting.fget(self)  # type: ignore[attr-defined]
        return found

    applier.Applier.submit = held  # type: ignore[method-assign]
    applier.Applier.waiting = property(let_go)  # type: ignore[assignment]


def _one_thread() -> None:
    """In so small a database threads only cost."""
    settings = duck._settings

    def set_up(con: Any, spill: Path) -> None:
        settings(con, spill)
        con.execute("SET threads = 1")

    duck._settings = set_up
