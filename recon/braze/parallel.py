"""Many requests at once, their results one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """`work(item)` for all `items` on `threads` threads, results in the order of the items.

    At most two results per thread wait unread, so memory stays bounded. The first error ends it; work not begun is
    dropped, also when the caller stops reading.
    """
    todo = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="braze") as executor:
        waiting: deque[Future[Result]] = deque(executor.submit(work, item) for item in islice(todo, 2 * threads))
        try:
            while waiting:
                result = waiting.popleft().result()
                waiting.extend(executor.submit(work, item) for item in islice(todo, 1))
                yield result
        finally:
            for future in waiting:
                future.cancel()


def batches(ids: Iterable[str], most: int, most_bytes: int | None = None) -> Iterator[Sequence[str]]:
    """`ids` without repetitions in batches of at most `most`, and about `most_bytes` of UTF-8 where given."""
    batch: list[str] = []
    size = 0
    for external_id in dict.fromkeys(ids):
        length = len(external_id.encode())
        if batch and (len(batch) >= most or (most_bytes is not None and size + length > most_bytes)):
            yield batch
            batch, size = [], 0
        batch.append(external_id)
        size += length
    if batch:
        yield batch
