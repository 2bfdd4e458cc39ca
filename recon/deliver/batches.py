"""Objects into request bodies: at most so many objects and so many bytes each (facts/braze-rest-api §2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

_HEAD, _TAIL = b'{"attributes":[', b"]}"


class Item(NamedTuple):
    """One profile's object, as JSON, and how many corrections it carries."""

    external_id: str
    corrections: int
    object: bytes


class Batch(NamedTuple):
    """The objects of one /users/track request, in request order."""

    items: tuple[Item, ...]

    @property
    def body(self) -> bytes:
        """The request's JSON."""
        return _HEAD + b",".join(item.object for item in self.items) + _TAIL

    def halves(self) -> tuple[Batch, Batch]:
        """The same objects as two batches, for a request that was refused as a whole."""
        middle = len(self.items) // 2
        return Batch(self.items[:middle]), Batch(self.items[middle:])


def batches(items: Iterable[Item], most_objects: int, most_bytes: int) -> Iterator[Batch]:
    """Fills batches in order. An object that is larger than `most_bytes` by itself goes alone: Braze judges it."""
    held: list[Item] = []
    size = len(_HEAD) + len(_TAIL)
    for item in items:
        needed = len(item.object) + 1
        if held and (len(held) == most_objects or size + needed > most_bytes):
            yield Batch(tuple(held))
            held, size = [], len(_HEAD) + len(_TAIL)
        held.append(item)
        size += needed
    if held:
        yield Batch(tuple(held))
