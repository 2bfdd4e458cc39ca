"""How far a long step is: what steps report to, whoever shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Shows one bar at a time."""

    def bar(self, what: str, total: int | None, unit: str) -> Bar:
        """A context that yields `advance(n)`; `total` None where the end is unknown. `unit` is rows, bytes, requests …"""
        ...


class Bar(Protocol):
    """The context of one bar."""

    def __enter__(self) -> Callable[[int], None]: ...
    def __exit__(self, *exc: object) -> None: ...


class Silent:
    """Shows nothing."""

    @contextmanager
    def bar(self, what: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
        yield lambda _: None
