"""What an endpoint sees of a request and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from recon.sandbox.world import World

MEGABYTE = 1024 * 1024


@dataclass(slots=True)
class Call:
    """A request as received; `base_url` is where the caller reached us, `query` the decoded pairs in order."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    base_url: str
    now: float

    def json(self) -> Any:
        """The parsed body; raises BadRequest if it is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise BadRequest("Invalid JSON") from None

    def object(self) -> dict[str, Any]:
        """The parsed body, which must be an object."""
        body = self.json()
        if not isinstance(body, dict):
            raise BadRequest("The request body must be a JSON object")
        return body

    def param(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)

    def params(self, name: str) -> list[str]:
        """Every value of `name`, written `name=` or `name[]=`."""
        return [value for key, value in self.query if key in (name, f"{name}[]")]


@dataclass(slots=True)
class Answer:
    """Status, JSON body and headers; `objects` is how many objects the request carried, for the log."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    objects: int = 0


class BadRequest(Exception):
    """400 with this message."""


Handler = Callable[["World", Call], Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path of Braze's: who may call it, which pool it draws from (limits.POOLS)."""

    handler: Handler
    permission: str
    pool: str


def texts(value: Any, name: str, most: int) -> list[str]:
    """A list of at most `most` strings from a body member that may be one string or an array."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise BadRequest(f"'{name}' must be an array of strings")
    if len(items) > most:
        raise BadRequest(f"a single request may not contain more than {most} {name}")
    return items
