"""Makes a process of recon die without a word at a moment that chance would seldom find.

recon knows nothing of it: its functions are wrapped from outside, in a process that was made for dying.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import requests.adapters
import urllib3.connection

from recon.sandbox.server import Sandbox
from recon.store import sql


class Death(NamedTuple):
    """At the `nth` time (from 1) that `moment` comes: `before` or `after` a query (`sql forward/answered`), or of a
    request (`http /v1/batch`) `before` it leaves, when it `left` and nobody has answered yet, or `after` its answer
    came."""

    when: str
    moment: str
    nth: int


def die(death: Death) -> None:
    """From here on this process is due to die so."""
    counted = _Counted(death)
    kind, _, name = death.moment.partition(" ")
    (_queries if kind == "sql" else _requests)(counted, name)


class _Counted:
    def __init__(self, death: Death) -> None:
        self._death = death
        self._seen = 0
        self._lock = threading.Lock()

    def __call__(self, when: str) -> None:
        if when == self._death.when:
            with self._lock:
                self._seen += 1
                if self._seen == self._death.nth:
                    os.kill(os.getpid(), signal.SIGKILL)


def _queries(counted: _Counted, name: str) -> None:
    run = sql.run

    def ran(con: Any, query: str, params: Any = None, /, **context: Any) -> Any:
        if query != name:
            return run(con, query, params, **context)
        counted("before")
        done = run(con, query, params, **context)
        counted("after")
        return done

    sql.run = ran


def _requests(counted: _Counted, path: str) -> None:
    send, getresponse = requests.adapters.HTTPAdapter.send, urllib3.connection.HTTPConnection.getresponse
    under_way = threading.local()

    def sent(self: Any, request: Any, *given: Any, **named: Any) -> Any:
        under_way.meant = request.path_url == path
        if under_way.meant:
            counted("before")
        answer = send(self, request, *given, **named)
        if under_way.meant:
            counted("after")
        return answer

    def answered(self: Any) -> Any:
        if getattr(under_way, "meant", False):
            counted("left")
        return getresponse(self)

    requests.adapters.HTTPAdapter.send = sent  # type: ignore[method-assign]
    urllib3.connection.HTTPConnection.getresponse = answered  # type: ignore[method-assign]


def counted(sandbox: Sandbox, path: str) -> int:
    """The number of the last request of `path` that the sandbox has logged."""
    asked = Sandbox(sandbox.url)  # a connection that lay idle for minutes may be closed
    try:
        last = _LAST.get((sandbox.url, path), 0)
        _LAST[sandbox.url, path] = max((row["n"] for row in asked.requests(path, after=last)), default=last)
    finally:
        asked.close()
    return _LAST[sandbox.url, path]


_LAST: dict[tuple[str, str], int] = {}


class Killer:
    """Starts processes that run `target(*given, death)`, imports done beforehand (`preload`), and ends them."""

    def __init__(self, target: Callable[..., None], given: Sequence[Any], preload: str) -> None:
        self._target, self._given = target, tuple(given)
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload([preload])

    def at(self, death: Death) -> bool:
        """Whether a process came to that moment, and so to its end; if not, it was through."""
        process = self._started(death)
        process.join()
        return self._ended(process)

    def amid(self, asked: Callable[[], int], seconds: float) -> bool:
        """Kills a process so many seconds after the count of `asked` has begun to grow; whether it was not through by
        then."""
        before, process = asked(), self._started(None)
        while process.is_alive() and asked() == before:
            time.sleep(0.02)
        process.join(seconds)
        process.kill()
        process.join()
        return self._ended(process)

    def undisturbed(self) -> int:
        """A process that nobody kills; its exit code."""
        process = self._started(None)
        process.join()
        assert process.exitcode is not None
        return process.exitcode

    def _started(self, death: Death | None) -> multiprocessing.process.BaseProcess:
        process = self._processes.Process(target=self._target, args=(*self._given, death))
        process.start()
        return process

    @staticmethod
    def _ended(process: multiprocessing.process.BaseProcess) -> bool:
        assert process.exitcode in (0, 5, 6, -signal.SIGKILL), process.exitcode
        return process.exitcode == -signal.SIGKILL
