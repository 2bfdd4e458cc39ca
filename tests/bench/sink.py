"""A bare /users/track in a process of its own: takes requests, answers as Braze does, counts, and keeps nothing.

    python tests/bench/sink.py PORT [--limit REQUESTS] [--seconds 3]

The sandbox parses and judges every object, which costs more than sending them: here the sender is what is measured.
Prints a line when it listens; at the end of its input, what it was asked as one JSON document: requests, objects,
refused, first and last arrival (epoch seconds), and requests by the end of their clock-aligned window.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from email.utils import formatdate

READY = "sink ready"
_OBJECT = b'"external_id":'


class Sink:
    """What all connections share."""

    def __init__(self, limit: int, seconds: int) -> None:
        self._limit = limit
        self._seconds = seconds
        self._windows: Counter[int] = Counter()
        self._objects = self._refused = 0
        self._times: list[float] = []

    def answer(self, body: bytes) -> bytes:
        """The whole answer to one request."""
        now = time.time()
        self._times = [*self._times[:1], now]
        end = (int(now) // self._seconds + 1) * self._seconds
        if self._windows[end] < self._limit:
            objects = body.count(_OBJECT)
            self._windows[end] += 1
            self._objects += objects
            status, said = b"201 Created", b'{"attributes_processed":%d,"message":"success"}' % objects
        else:
            self._refused += 1
            status, said = b"429 Too Many Requests", b'{"message":"Rate limit exceeded"}'
        return b"HTTP/1.1 %s\r\nDate: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % (
            status,
            formatdate(now, usegmt=True).encode(),
            len(said),
        ) + b"X-RateLimit-Limit: %d\r\nX-RateLimit-Remaining: %d\r\nX-RateLimit-Reset: %d\r\n\r\n%s" % (
            self._limit,
            self._limit - self._windows[end],
            end,
            said,
        )

    def told(self) -> dict[str, object]:
        """What it was asked."""
        return {
            "requests": sum(self._windows.values()),
            "objects": self._objects,
            "refused": self._refused,
            "first": min(self._times, default=0.0),
            "last": max(self._times, default=0.0),
            "windows": dict(sorted(self._windows.items())),
        }


class _Connection(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._held = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, mark, _ = self._held.partition(b"\r\n\r\n")
        if mark and self._transport:
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self._held) >= len(head) + len(mark) + length:
                self._transport.write(self._sink.answer(bytes(self._held[len(head) + len(mark) :])))
                self._held.clear()  # clients do not send a request before the last one is answered


async def _serve(sink: Sink, port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(sink), "127.0.0.1", port)
    async with server:
        print(READY, flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--limit", type=int, default=10**9)
    parser.add_argument("--seconds", type=int, default=3)
    asked = parser.parse_args()
    sink = Sink(asked.limit, asked.seconds)
    asyncio.run(_serve(sink, asked.port))
    print(json.dumps(sink.told()))


if __name__ == "__main__":
    main()
