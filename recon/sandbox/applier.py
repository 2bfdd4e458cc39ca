"""The queue between a 201 and the profile's change: a thread of its own, many requests to a transaction."""

from __future__ import annotations

import heapq
import itertools
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from recon.sandbox.store import Store

Effect = Callable[[Store], None]
MOST_TOGETHER = 64  # requests in one transaction: readers should see progress


class Applier:
    """Applies effects when they are due, in the order of their due times: requests overtake each other."""

    def __init__(self, path: Path) -> None:
        self._store = Store(path)  # here, so that a bad file is the starter's error
        self._queue: list[tuple[float, int, Effect, Callable[[], None] | None]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._working = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="applier", daemon=True)
        self._thread.start()

    def submit(self, effect: Effect, delay: float, committed: Callable[[], None] | None = None) -> None:
        """Have `effect` applied after `delay` seconds; `committed` is called once everybody can see it."""
        self._check()
        with self._changed:
            heapq.heappush(self._queue, (time.monotonic() + delay, next(self._numbers), effect, committed))
            self._changed.notify()

    @property
    def waiting(self) -> int:
        """How many accepted requests are not applied yet."""
        self._check()
        with self._changed:
            return len(self._queue) + self._working

    def stop(self) -> None:
        """Apply what is due and end; what is not due is lost, as in an incident of Braze's."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def _check(self) -> None:
        """A queue that nobody works off must not look like one that is slow."""
        if not self._thread.is_alive():
            raise RuntimeError("the sandbox's applier has ended; its stderr says why")

    def _due(self) -> list[tuple[Effect, Callable[[], None] | None]]:
        """Wait for the next effects; empty when stopping."""
        with self._changed:
            while True:
                if self._stopping:
                    return []
                now = time.monotonic()
                due: list[tuple[Effect, Callable[[], None] | None]] = []
                while self._queue and self._queue[0][0] <= now and len(due) < MOST_TOGETHER:
                    due.append(heapq.heappop(self._queue)[2:])
                if due:
                    self._working = len(due)
                    return due
                self._changed.wait(self._queue[0][0] - now if self._queue else None)

    def _run(self) -> None:
        with self._store as store:
            while effects := self._due():
                store.begin()
                for effect, _ in effects:
                    try:
                        with store.savepoint():
                            effect(store)
                    except Exception:
                        # A bug of the sandbox: say so, and let the other requests go on.
                        traceback.print_exc(file=sys.stderr)
                store.commit()
                for _, committed in effects:
                    if committed is not None:
                        committed()
                with self._changed:
                    self._working = 0
