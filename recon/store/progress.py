"""How far a long step is: what steps report to, whoever shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Progress(Protocol):
    """Shows one bar at a time."""

    def bar(self, what: str, total: int | None, unit: str) -> AbstractContextManager[Callable[[int], None]]:
        """A context that yields `advance(n)`; `total` None where the end is unknown. `unit`: rows, bytes, profiles …"""


class Silent:
    """Shows nothing."""

    @contextmanager
    def bar(self, what: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
        yield lambda _: None
