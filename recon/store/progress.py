"""How far a long step is: what steps report to, whoever shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Progress(Protocol):
    """Shows one bar at a time."""

    def bar(
        self, what: str, total: int | None, unit: str, beside: Callable[[], str] | None = None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """A context that yields `advance(n)`; `total` None where the end is unknown. `unit`: rows, bytes, profiles …

        `beside` says, whenever it is asked, what else is worth knowing.
        """


class Silent:
    """Shows nothing."""

    @contextmanager
    def bar(
        self, what: str, total: int | None, unit: str, beside: Callable[[], str] | None = None
    ) -> Iterator[Callable[[int], None]]:
        yield lambda _: None
