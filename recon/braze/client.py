"""The Braze REST client: one request at a time per thread, within the rate pools, repeated only where that is safe.

Rests on facts/braze-rest-api §1. No idempotency key exists, so a write whose outcome is unknown is never repeated
unless the caller says that it converges.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import requests
from urllib3.exceptions import HTTPError

from recon import __version__
from recon.braze.answers import Answer, parse_body, parse_errors
from recon.braze.endpoints import Endpoint, endpoint
from recon.braze.errors import (
    KeyRefused,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
)
from recon.braze.failures import Failure, connection_failure
from recon.braze.rates import Permit, RatePools, retry_after
from recon.braze.redact import redact
from recon.errors import ConfigError, Stopped
from recon.store.whole_answer import WholeAnswer

_ATTEMPTS = 6
_REFUSALS = 12
"""Refusals of a whole pool in a row that end a call: minutes, for each waits longer (recon.braze.rates)."""
_BACKOFF_BASE, _BACKOFF_CAP = 0.5, 30.0
_NOT_DONE = frozenset({502, 503})
"""Did not reach Braze, or was not done by it (facts §1.7); any other 5xx leaves the outcome open."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a client has sent so far."""

    requests: int = 0
    retries: int = 0
    refused: int = 0
    """Answers 429."""
    waited: float = 0.0
    """Seconds that threads spent waiting for the rate limit or between attempts, summed over threads."""


class BrazeClient:
    """Talks to one Braze workspace with one key. Safe to share between threads; at most `connections` at once.

    `setting` is where the key comes from, for messages. An answer must be there, whole, within `read_timeout` seconds.
    `attempts` and `deadline` (seconds, without waiting for the rate limit) bound what one call tries. `stop` ends every
    wait by raising Stopped.
    """

    def __init__(
        self,
        url: str,
        key: str,
        pools: RatePools,
        *,
        setting: str = "braze.read_key",
        connections: int = 16,
        connect_timeout: float = 5,
        read_timeout: float = 60,
        attempts: int = _ATTEMPTS,
        deadline: float = 300,
        stop: threading.Event | None = None,
    ) -> None:
        self._url = _checked_url(url)
        self._host = urlsplit(self._url).netloc.rpartition("@")[2]
        self._key = _checked_key(key, setting)
        self._setting = setting
        self._pools = pools
        self._timeout = (connect_timeout, read_timeout)
        self._attempts, self._deadline = attempts, deadline
        self.stop = stop or threading.Event()
        self._session = requests.Session()
        adapter = WholeAnswer(pool_connections=1, pool_maxsize=connections, pool_block=True)
        self._session.mount(f"{urlsplit(self._url).scheme}://", adapter)
        # Proxy and certificate settings of the environment, looked up once and not for every request.
        environment = self._session.merge_environment_settings(self._url, {}, False, None, None)
        self._transport: dict[str, Any] = {name: environment[name] for name in ("verify", "cert", "proxies")}
        self._adapter = adapter
        self._headers = {
            "Authorization": f"Bearer {self._key}",
            "User-Agent": f"recon/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
        }
        self._traffic = Traffic()
        self._traffic_lock = threading.Lock()

    def __enter__(self) -> BrazeClient:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def __repr__(self) -> str:
        return f"BrazeClient({self._host}, {self._setting})"

    @property
    def traffic(self) -> Traffic:
        """Counters up to now."""
        return self._traffic

    def post(
        self, path: str, body: bytes | Mapping[str, Any], *, repeatable: bool, wait_when_refused: bool = True
    ) -> Answer:
        """POST `body` (JSON) to `path`.

        `repeatable` says that doing it twice is as good as once (attribute and subscription sets, reads): then 5xx,
        time-outs and broken connections are tried again. Otherwise only what Braze certainly did not do is: 429, 502,
        503 and failures before the request left.

        Returns the Answer, also of a 400 or 413 with its per-object errors, and of a 429 unless `wait_when_refused`.
        Raises KeyRefused, PermissionMissing, Unreachable, RateLimited, Unavailable, UnexpectedAnswer (wrong address),
        OutcomeUnknown (a write that may or may not have happened) and Stopped.
        """
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {**self._headers, "Content-Type": "application/json"}
        request = requests.Request("POST", self._url + path, headers=headers, data=data).prepare()
        return self._call(request, path, repeatable, wait_when_refused)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """GET `path`; `params` values may be lists. Repeated freely. Raises as `post`, but never OutcomeUnknown."""
        request = requests.Request("GET", self._url + path, headers=self._headers, params=params).prepare()
        return self._call(request, path, repeatable=True, wait_when_refused=True)

    def pause(self, seconds: float) -> None:
        """Wait, or raise Stopped when `stop` is set."""
        if self.stop.wait(seconds):
            raise Stopped("stopped while waiting for Braze")
        self._count(waited=seconds)

    def redact(self, text: object) -> str:
        """`text` fit for a person's eyes: without this client's key, addresses and signed links."""
        return redact(text, self._key)

    def expect(self, answer: Answer, what: str, remedy: str = "") -> Answer:
        """`answer` if it is no fatal one, else UnexpectedAnswer: for reads, where there is nothing to go on with."""
        if not answer.fatal:
            return answer
        reasons = "; ".join(dict.fromkeys([answer.message, *(error.text for error in answer.errors[:3])]))
        raise UnexpectedAnswer(
            f"Braze answered {what} with HTTP {answer.status}: {redact(reasons, self._key) or 'no reason given'}",
            remedy,
        )

    def _call(self, request: requests.PreparedRequest, path: str, repeatable: bool, wait_when_refused: bool) -> Answer:
        what = f"{request.method} {path}"
        target = endpoint(path)
        failures = 0
        maybe_done = False
        tried = 0.0
        while True:
            permit = self._pools.acquire(target.pool, self.stop)
            self._count(requests=1, waited=permit.waited)
            began = time.monotonic()
            outcome = self._try(request, target, path, permit, wait_when_refused)
            tried += time.monotonic() - began
            if isinstance(outcome, Answer):
                if outcome.status != 429 or not wait_when_refused:
                    return outcome
                # Others may always be quicker than this request: what counts is that nothing gets through.
                refusals = self._pools.refusals(target.pool)
                if refusals >= _REFUSALS:
                    raise self._rate_limited(what, refusals)
                self._count(retries=1)  # the pool knows how long to wait
                continue
            failures += 1
            maybe_done = maybe_done or outcome.maybe_done
            delay = outcome.delay
            if delay is None:
                delay = random.uniform(0, min(_BACKOFF_CAP, _BACKOFF_BASE * 2.0**failures))
            unsafe = outcome.maybe_done and not repeatable
            if unsafe or outcome.final or failures >= self._attempts or tried + delay > self._deadline:
                raise self._gave_up(what, outcome, failures, maybe_done and target.writes)
            tried += delay
            self._count(retries=1)
            self.pause(delay)

    def _try(
        self, request: requests.PreparedRequest, target: Endpoint, path: str, permit: Permit, wait_when_refused: bool
    ) -> Answer | Failure:
        """One attempt: the answer that the caller shall judge, or why there is none."""
        began = time.monotonic()
        try:
            response = self._adapter.send(request, timeout=self._timeout, **self._transport)
            content = response.content
        except (requests.RequestException, HTTPError, OSError) as error:
            self._pools.release(permit)
            return connection_failure(error)
        except BaseException:
            self._pools.release(permit)
            raise
        elapsed = time.monotonic() - began
        status = response.status_code
        self._pools.learn(permit, response.headers, refused=status == 429 and wait_when_refused)
        if status == 429:
            self._count(refused=1)
        if status >= 500:
            return Failure(f"HTTP {status}", status not in _NOT_DONE, retry_after(response.headers, time.time()))
        body = parse_body(content)
        if body is None and 200 <= status < 300:
            return Failure(f"HTTP {status} whose body is no JSON object", maybe_done=True)
        body = body or {}
        message = self.redact(body.get("message", ""))
        if status == 401:
            raise self._key_refused()
        if status == 403:
            raise self._permission_missing(path, target.permission, message)
        if status in (404, 405) or 300 <= status < 400:
            raise self._wrong_address(f"{request.method} {path}", status, message)
        link = response.links.get("next", {}).get("url", "")
        return Answer(
            status,
            body,
            message,
            parse_errors(body.get("errors"), self._key),
            response.headers.get("X-Request-Id"),
            elapsed,
            next(iter(parse_qs(urlsplit(link).query).get("cursor", [])), None),
        )

    def _count(self, requests: int = 0, retries: int = 0, refused: int = 0, waited: float = 0.0) -> None:
        with self._traffic_lock:
            now = self._traffic
            self._traffic = Traffic(
                now.requests + requests, now.retries + retries, now.refused + refused, now.waited + waited
            )

    def _key_refused(self) -> KeyRefused:
        return KeyRefused(
            f"Braze at {self._host} refused the key of {self._setting} (HTTP 401)",
            f"Check that {self._setting} is the REST API key of a workspace on this very instance (braze.url) and has "
            "no quotes around it: a key of another instance is refused like a wrong one.",
        )

    def _permission_missing(self, path: str, permission: str, message: str) -> PermissionMissing:
        return PermissionMissing(
            f"the key of {self._setting} may not call {path}: permission {permission} is missing (HTTP 403"
            + (f": {message})" if message else ")"),
            f"Create a key with the permission {permission} in Braze (a key's permissions cannot be changed later) and "
            f"put it into {self._setting}. If it has it, check its list of allowed IP addresses.",
            permission,
        )

    def _wrong_address(self, what: str, status: int, message: str) -> UnexpectedAnswer:
        return UnexpectedAnswer(
            f"{self._host} does not know {what} (HTTP {status}" + (f": {message})" if message else ")"),
            "Check that braze.url is the REST endpoint of your instance, such as https://rest.iad-01.braze.com, not "
            "the dashboard's or the SDK's.",
        )

    def _rate_limited(self, what: str, refusals: int) -> RateLimited:
        return RateLimited(
            f"Braze answered {what} with HTTP 429 {refusals} times in a row, though recon waited as told",
            "Something else uses up the workspace's rate limit. Run again later, or raise braze.limits.reserve.",
        )

    def _gave_up(self, what: str, failure: Failure, attempts: int, maybe_done: bool) -> Unavailable:
        times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        if maybe_done:
            return OutcomeUnknown(
                f"no usable answer from {self._host} to {what}: {failure.what} ({times}); it may have been done or not",
                "recon apply --resume reads the profiles back and goes on from what it finds.",
            )
        if failure.unreachable:
            return Unreachable(
                f"cannot reach {self._host} (braze.url) for {what}: {failure.what} ({times})",
                "Check the setting braze.url, the network, and any proxy or firewall between.",
            )
        return Unavailable(
            f"{self._host} stayed unavailable for {what}: {failure.what} ({times})",
            "Run again later; Braze's status page tells about incidents.",
        )


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(
            "braze.url is not the address of a REST endpoint",
            "Write it as https://rest.<instance>.braze.com, as the Braze dashboard shows it.",
        )
    return url.rstrip("/")


def _checked_key(key: str, setting: str) -> str:
    """The key as a header may carry it: a blank or line break inside would end up in an error of the HTTP library."""
    if not key or not key.isascii() or not key.isprintable() or any(character in key for character in " \"'"):
        raise ConfigError(
            f"{setting} is empty, or contains a blank, a quote or a line break",
            "Put the REST API key there as Braze shows it, without quotes.",
        )
    return key
