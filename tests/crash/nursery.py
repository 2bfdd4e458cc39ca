"""A warm parent that forks children: recon as its console script runs it, or the sandbox's server.

A fork costs milliseconds where a new interpreter costs a second, and here hundreds of deliveries are killed. The parent
imports everything and opens nothing: no database, no connection, no thread exists when it forks. Orders come as JSON
Lines on stdin, one answer each on stdout; when stdin ends, the servers are ended too.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import driver
import numpy  # noqa: F401  DuckDB wants it when it is given a function
import phonenumbers  # noqa: F401

import recon.cli.status
import recon.cli.steps
import recon.config.loading
import recon.deliver.apply
import recon.deliver.verify
import recon.job
import recon.sandbox.server
import recon.store.lock
from recon.cli import main
from recon.store import assets, sql


class Nursery:
    """Carries out orders. One listening socket outlives all servers, so that each has the same address."""

    def __init__(self) -> None:
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self._server: int | None = None

    def serve(self, folder: str, held: bool) -> dict[str, Any]:
        """Ends the server before and starts one on `folder`; answers once it accepts connections.

        `held`: it applies nothing until somebody waits for it.
        """
        self.end()
        reading, writing = os.pipe()
        self._server = os.fork()
        if self._server == 0:
            os.close(reading)
            port = self._listener.getsockname()[1]
            recon.sandbox.server._listen = lambda host, port: self._listener
            if held:
                driver.hold()
            _become(Path(folder, "sandbox.log"))
            recon.sandbox.server.serve(Path(folder), port=port, on_ready=lambda url: os.close(writing))
            os._exit(0)
        os.close(writing)
        os.read(reading, 1)
        os.close(reading)
        return {"url": f"http://127.0.0.1:{self._listener.getsockname()[1]}"}

    def recon(
        self, args: list[str], cwd: str, out: str, plan: dict[str, Any], killed_after: float | None
    ) -> dict[str, Any]:
        """`recon args…` in `cwd`, stdout and stderr into the file `out`; `plan` is what driver.install is told."""
        child = os.fork()
        if child == 0:
            self._listener.close()
            _become(Path(out))
            os.chdir(cwd)
            sys.argv = ["recon", *args]
            driver.install(**plan)
            try:
                main()
            except SystemExit as ended:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(int(ended.code or 0))
            os._exit(0)
        if killed_after is not None:
            time.sleep(killed_after)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        return {"code": os.waitstatus_to_exitcode(status)}

    def end(self) -> None:
        if self._server:
            os.kill(self._server, signal.SIGKILL)
            os.waitpid(self._server, 0)
            self._server = None


def _become(said: Path) -> None:
    """A process of its own, that says what it says in a file."""
    null, file = os.open(os.devnull, os.O_RDONLY), os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for to, descriptor in ((0, null), (1, file), (2, file)):
        os.dup2(descriptor, to)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in ((0, "r"), (1, "w"), (2, "w")))


def _warm() -> None:
    """Compiles every query's template, which each child would do anew."""
    folder = assets.folder("sql")
    for path in folder.rglob("*.sql"):
        sql._environment().get_template(path.relative_to(folder).as_posix())
    sql.text("")
    gc.disable()  # it would touch, and so copy, every page that a child shares with this process


if __name__ == "__main__":
    _warm()
    nursery = Nursery()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(nursery, order.pop("do"))(**order)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    nursery.end()
