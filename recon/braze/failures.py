"""Requests that got no answer: what happened, in plain words, and whether Braze may have acted on them."""

from __future__ import annotations

from dataclasses import dataclass

import requests
import urllib3.exceptions as transport


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt has no usable answer."""

    what: str
    """Without any address: requests puts whole urls, signatures included, into its texts."""
    maybe_done: bool
    """The request may have been carried out."""
    delay: float | None = None
    """Seconds to wait, where the answer named them."""
    unreachable: bool = False
    """It never left this machine for the right place."""
    final: bool = False
    """Trying again is of no use."""


_BEFORE_LEAVING: tuple[type[Exception], ...] = (
    transport.NewConnectionError,
    transport.ConnectTimeoutError,
    transport.ProxyError,
)

_PLAIN: tuple[tuple[type[Exception], str], ...] = (
    (transport.NameResolutionError, "the host name cannot be resolved"),
    (transport.ProxyError, "the proxy cannot be used"),
    # Before ConnectTimeoutError, whose kind it is too.
    (transport.NewConnectionError, "the connection was refused"),
    (transport.ConnectTimeoutError, "connecting took too long"),
    (transport.ReadTimeoutError, "no answer in time"),
    (requests.ReadTimeout, "no answer in time"),
    (transport.SSLError, "the encrypted connection failed"),
    (requests.exceptions.SSLError, "the encrypted connection failed"),
)


def connection_failure(error: Exception) -> Failure:
    """What an exception of requests or urllib3 means (facts/braze-rest-api §1.7)."""
    causes = _causes(error)
    if any("CERTIFICATE_VERIFY_FAILED" in str(cause) for cause in causes):
        return Failure("its certificate is not trusted", maybe_done=False, unreachable=True, final=True)
    if any("WRONG_VERSION_NUMBER" in str(cause) for cause in causes):
        return Failure("it does not speak https", maybe_done=False, unreachable=True, final=True)
    words = next((plain for kind, plain in _PLAIN if any(isinstance(cause, kind) for cause in causes)), None)
    before = any(isinstance(cause, _BEFORE_LEAVING) for cause in causes)
    return Failure(words or "the connection broke", maybe_done=not before, unreachable=before)


def _causes(error: BaseException) -> list[BaseException]:
    """`error` and what it wraps: requests and urllib3 keep the cause in `args`, `reason` or `__context__`."""
    found: list[BaseException] = []
    queue: list[BaseException] = [error]
    while queue:
        cause = queue.pop()
        if cause in found:
            continue
        found.append(cause)
        inner = (*cause.args, getattr(cause, "reason", None), cause.__cause__)
        queue.extend(item for item in inner if isinstance(item, BaseException))
    return found
