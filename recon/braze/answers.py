"""What Braze answered, read defensively (facts/braze-rest-api §1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from recon.braze.redact import redact

_ACCEPTED = frozenset({"success", "queued"})
_MOST_ERRORS = 10_000


@dataclass(frozen=True, slots=True)
class ObjectError:
    """One entry of `errors`: what is wrong with one object of the request, or with the request as a whole."""

    text: str
    """Redacted, one line, at most 500 characters."""
    input_array: str | None = None
    """`attributes`, `events`, `purchases`, `user_identifiers` …; None where Braze gave plain text."""
    index: int | None = None
    """0-based position within `input_array`; None where Braze gave none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of Braze. A 2xx means accepted and queued, never applied."""

    status: int
    body: dict[str, Any]
    """As received: unredacted, so never for a person's eyes."""
    message: str
    """Redacted."""
    errors: tuple[ObjectError, ...]
    request_id: str | None
    elapsed: float
    """Seconds from sending to the last byte, of the attempt that was answered."""
    next_cursor: str | None = None
    """Of the `Link: …; rel="next"` header, in lists that page by cursor (facts §7)."""

    @property
    def fatal(self) -> bool:
        """The request as a whole failed: not 2xx, or a 2xx that does not say `success` (or `queued`, facts §1.4)."""
        return not (200 <= self.status < 300 and self.message.lower() in _ACCEPTED)


def parse_body(content: bytes) -> dict[str, Any] | None:
    """The JSON object in `content`; None if it is none, or cut off."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def parse_errors(errors: Any, secret: str) -> tuple[ObjectError, ...]:
    """The `errors` of an answer, whatever their shape: objects, texts, one of either, or nothing."""
    if errors is None or errors == "":
        return ()
    entries = errors if isinstance(errors, list) else [errors]
    return tuple(_error(entry, secret) for entry in entries[:_MOST_ERRORS])


def _error(entry: Any, secret: str) -> ObjectError:
    if not isinstance(entry, dict):
        return ObjectError(redact(entry, secret))
    text = next((entry[name] for name in ("type", "message", "error") if entry.get(name)), None)
    array, index = entry.get("input_array"), entry.get("index")
    if isinstance(index, str) and index.isdecimal():
        index = int(index)
    return ObjectError(
        redact("no reason given" if text is None else text, secret),
        array if isinstance(array, str) else None,
        index if isinstance(index, int) and not isinstance(index, bool) and index >= 0 else None,
    )
