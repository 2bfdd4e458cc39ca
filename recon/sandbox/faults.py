"""Faults that can be switched on while the sandbox runs."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

KINDS = {
    "status": "answers `status` (429, 500, 502, 503, 504, …) instead",
    "hang": "answers nothing for `seconds`",
    "drop": "closes the connection without an answer",
    "broken_json": "cuts the JSON body of the answer off, with a matching length",
    "cut": "closes the connection half-way through the body",
    "half": "sends only the first half of the body, as if it were whole",
    "never_ready": "an export's url answers AccessDenied (403)",
    "expired": "an export's url answers ExpiredToken (403)",
    "error_strings": "per-object errors are strings instead of objects",
}


@dataclass
class Fault:
    """One fault. It fires on requests whose path matches `path` (a shell pattern):
    not on the first `after`, then on every `every`-th, `count` times in all (None = without end).

    `applied` lets the request take effect before it fails. For `status`: `headers` False leaves out X-RateLimit-*,
    `retry_after` (seconds) adds Retry-After, `body` replaces the body.
    """

    path: str
    kind: str
    count: int | None = None
    every: int = 1
    after: int = 0
    applied: bool = False
    status: int = 500
    headers: bool = True
    retry_after: float | None = None
    body: Any = None
    seconds: float = 3600.0
    id: int = 0
    seen: int = field(default=0)
    fired: int = field(default=0)

    @classmethod
    def parse(cls, document: Any) -> Fault:
        """From JSON; ValueError says what is wrong with it."""
        known = {f.name for f in fields(cls)} - {"id", "seen", "fired"}
        if not isinstance(document, dict) or not {"path", "kind"} <= set(document) <= known:
            raise ValueError(f"a fault needs path and kind; known members are {', '.join(sorted(known))}")
        if document["kind"] not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        if document.get("every", 1) < 1:
            raise ValueError("every must be at least 1")
        return cls(**document)

    def fires(self, path: str) -> bool:
        """Whether it fires on a request of `path`; counts the request."""
        if not fnmatchcase(path, self.path) or (self.count is not None and self.fired >= self.count):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.seen - self.after) % self.every:
            return False
        self.fired += 1
        return True


class Faults:
    """The faults that are on. The first that fires wins."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, document: Any) -> Fault:
        fault = Fault.parse(document)
        fault.id = next(self._ids)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def firing(self, path: str) -> Fault | None:
        return next((fault for fault in self._faults if fault.fires(path)), None)
