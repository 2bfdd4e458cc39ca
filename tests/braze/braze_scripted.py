"""A server on loopback that answers exactly what a test tells it to: for answers that no proper server gives."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

SUCCESS = {"message": "success"}


@dataclass
class Reply:
    """An answer: `body` is JSON unless bytes. `cut` closes after that many bytes, `drop` before any."""

    status: int = 201
    body: Any = field(default_factory=lambda: dict(SUCCESS))
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drop: bool = False


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Scripted:
    """`script` gives the answer to each request in turn, the last one for ever; or a function of the request."""

    def __init__(self, script: list[Reply] | Callable[[Seen], Reply]) -> None:
        self.seen: list[Seen] = []
        self.url = ""
        self._script = script
        self._lock = threading.Lock()

    def reply(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            if callable(self._script):
                return self._script(seen)
            return self._script[min(len(self.seen), len(self._script)) - 1]


@contextmanager
def scripted(script: list[Reply] | Callable[[Seen], Reply]) -> Iterator[Scripted]:
    server = Scripted(script)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.reply(Seen(self.command, self.path, headers, body))
            if reply.drop:
                self._hang_up()
                return
            content = reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)
            self.send_response(reply.status)
            for name, value in ({"Content-Length": str(len(content))} | reply.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: reply.cut])
            if reply.cut is not None:
                self._hang_up()

        def _hang_up(self) -> None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

        do_GET = do_POST = _answer

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{httpd.server_port}"
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()
