"""The client of Segment's POST /v1/batch: events whose messageIds are fixed, repeated until Segment has answered.

Segment answers 200 for nearly everything and drops silently what is too large, nameless or nobody's (facts/segment
§3.3), so whoever calls this makes sure of that first. A repeat is harmless: Segment keeps the first of a messageId
for 24 hours (§3.4), the ledger does for longer.
"""

from __future__ import annotations

import base64
import random
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
import requests
from isal import isal_zlib
from urllib3.exceptions import HTTPError

from recon import __version__
from recon.errors import RemoteError, Stopped
from recon.store.whole_answer import WholeAnswer

PATH = "/v1/batch"
Piece = bytes | memoryview
LARGEST_BATCH = 500_000
"""Bytes of one request's JSON before compression (facts §3.2: 500 KB)."""
LARGEST_EVENT = 32 * 1024
MOST_EVENTS = 2_500
ENVELOPE = 100
"""Bytes of a request's JSON around its events, at most."""

_ATTEMPTS = 8
_REFUSALS = 60
_BACKOFF_BASE, _BACKOFF_CAP = 0.5, 30.0
_LONGEST_WAIT = 300.0  # seconds; a Retry-After beyond it is not believed
_GZIP = 16 + zlib.MAX_WBITS
_PLAIN: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.SSLError, "the encrypted connection failed"),
    (requests.exceptions.ProxyError, "the proxy cannot be used"),
    (requests.exceptions.ConnectTimeout, "connecting took too long"),
    (requests.exceptions.Timeout, "no answer in time"),
    (requests.exceptions.ConnectionError, "no connection, or it broke"),
)


class KeyRefused(RemoteError):
    """401 or 403. Segment itself answers 200 to a wrong write key (facts §3.3); a proxy or gateway may not."""


class Unavailable(RemoteError):
    """Segment stayed unavailable. What it took of this batch is unknown; repeating it is right."""


class BatchRefused(RemoteError):
    """400 or 413: the batch as a whole is not JSON to Segment, or too large."""


class _Failure(NamedTuple):
    what: str
    delay: float | None = None
    """Seconds to wait, where the answer named them."""
    refused: bool = False
    """429: Segment is there, and wants fewer requests."""


class TrackingClient:
    """Sends batches to one Segment source. Safe to share between threads; at most `connections` at once.

    An answer must be there, whole, within `read_timeout` seconds. Of `events_per_second` no more are sent over any time
    longer than a few batches; None: as fast as Segment answers. `stop` ends every wait by raising Stopped.
    """

    def __init__(
        self,
        url: str,
        write_key: str,
        *,
        connections: int = 8,
        events_per_second: float | None = None,
        connect_timeout: float = 5,
        read_timeout: float = 30,
        attempts: int = _ATTEMPTS,
        stop: threading.Event | None = None,
    ) -> None:
        self._url = url.rstrip("/") + PATH
        self._host = urlsplit(url).netloc
        self._timeout = (connect_timeout, read_timeout)
        self._attempts = attempts
        self._stop = stop or threading.Event()
        self._session = requests.Session()
        self._adapter = WholeAnswer(pool_connections=1, pool_maxsize=connections, pool_block=True)
        self._session.mount(f"{urlsplit(url).scheme}://", self._adapter)
        # Proxy and certificate settings of the environment, looked up once and not for every request.
        environment = self._session.merge_environment_settings(url, {}, False, None, None)
        self._transport: dict[str, Any] = {name: environment[name] for name in ("verify", "cert", "proxies")}
        headers = {
            "Authorization": f"Basic {base64.b64encode(f'{write_key}:'.encode()).decode()}",
            "Content-Type": "application/json",
            "User-Agent": f"recon/{__version__}",
        }
        # Copied for each batch: to prepare it anew costs a quarter of posting.
        self._request = requests.Request("POST", self._url, headers=headers).prepare()
        # Whether /v1/batch takes gzip is not among the facts. Where the first answer to it is a 400, bodies go as they
        # are from then on.
        self._gzip = True
        self._gzip_taken = False
        self._not_before = 0.0
        self._rate = events_per_second
        self._next = 0.0
        self._lock = threading.Lock()
        self.requests = 0
        """Requests sent so far, repeated ones too."""

    def __enter__(self) -> TrackingClient:
        return self

    def __exit__(self, *exc: object) -> None:
        self._session.close()

    def send(self, events: Sequence[Piece], count: int) -> None:
        """Sends `events`, so many JSON objects with commas between them, in pieces that are cut anywhere; returns once
        Segment has answered 200.

        Raises KeyRefused, Unavailable, BatchRefused and Stopped.
        """
        failures = refusals = 0
        while True:
            self._pace(count)
            self._wait()
            failure = self._try(events)
            if failure is None:
                return
            failures, refusals = (failures, refusals + 1) if failure.refused else (failures + 1, 0)
            if failures >= self._attempts or refusals >= _REFUSALS:
                raise Unavailable(
                    f"{self._host} (segment.tracking.url) took no events: {failure.what}",
                    "Run `recon forward` again later: what was answered is in the ledger, the rest is sent then.",
                )
            delay = failure.delay
            if delay is None:
                delay = random.uniform(0, min(_BACKOFF_CAP, _BACKOFF_BASE * 2.0 ** (failures + refusals)))
            if failure.refused:
                with self._lock:  # every thread waits, for the limit is one of the workspace
                    self._not_before = max(self._not_before, time.monotonic() + delay)
            elif self._stop.wait(delay):
                raise Stopped("stopped while waiting for Segment")

    def _pace(self, count: int) -> None:
        """Waits for the turn of so many events: those before take as long as the rate says."""
        if self._rate is None:
            return
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + count / self._rate
        if self._stop.wait(max(0.0, turn - time.monotonic())):
            raise Stopped("stopped while waiting for Segment")

    def _wait(self) -> None:
        while (left := self._not_before - time.monotonic()) > 0:
            if self._stop.wait(left):
                raise Stopped("stopped while waiting for Segment")

    def _try(self, events: Sequence[Piece]) -> _Failure | None:
        """One attempt: None if Segment took the batch."""
        sent_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = (b'{"sentAt":"%s","batch":[' % sent_at.encode(), *events, b"]}")
        packed = self._gzip
        request = self._request.copy()
        if packed:
            request.headers["Content-Encoding"] = "gzip"
        request.prepare_body(_gzip(body) if packed else b"".join(body), None)
        with self._lock:
            self.requests += 1
        try:
            response = self._adapter.send(request, timeout=self._timeout, **self._transport)
            content = response.content
        except (requests.RequestException, HTTPError, OSError) as error:
            return _Failure(next((plain for kind, plain in _PLAIN if isinstance(error, kind)), "the connection broke"))
        status = response.status_code
        if status == 200:
            self._gzip_taken = self._gzip_taken or packed
            return None if _says_success(content) else _Failure("HTTP 200 whose body is cut off or no JSON")
        if status in (400, 413, 415):
            if packed and not self._gzip_taken:
                self._gzip = False
                return self._try(events)
            raise BatchRefused(
                f"{self._host} refused a batch of events (HTTP {status})", "Look at what the quarantine says of it."
            )
        if status in (401, 403):
            raise KeyRefused(
                f"{self._host} refused the key of segment.tracking.write_key (HTTP {status})",
                "Check the write key of the source, and any proxy between.",
            )
        return _Failure(f"HTTP {status}", _delay(response.headers), refused=status == 429)


def _gzip(pieces: Sequence[Piece]) -> bytes:
    packing = isal_zlib.compressobj(1, wbits=_GZIP)
    return b"".join([*map(packing.compress, pieces), packing.flush()])


def _says_success(content: bytes) -> bool:
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return isinstance(answer, dict) and answer.get("success") is not False


def _delay(headers: Mapping[str, str]) -> float | None:
    """Seconds that the answer asks to wait; both headers hold seconds (facts §3.2)."""
    for name in ("Retry-After", "X-RateLimit-Reset"):
        try:
            seconds = float(headers.get(name, ""))
        except ValueError:
            continue
        if 0 <= seconds <= _LONGEST_WAIT:
            return seconds
    return None
