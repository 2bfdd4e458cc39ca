"""Objects into request bodies: at most so many objects and so many bytes each (facts/braze-rest-api §2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from recon.braze.calls import TRACK, Call

_TAIL = b"]}"


class Item(NamedTuple):
    """One object, as JSON: of how many corrections of which profile, and of which field if it is about one only."""

    external_id: str
    corrections: int
    object: bytes
    field: str | None = None


class Batch(NamedTuple):
    """The objects of one request, in request order."""

    items: tuple[Item, ...]
    call: Call = TRACK

    @property
    def body(self) -> bytes:
        """The request's JSON."""
        return _head(self.call) + b",".join(item.object for item in self.items) + _TAIL

    def halves(self) -> tuple[Batch, Batch]:
        """The same objects as two batches, for a request that was refused as a whole."""
        middle = len(self.items) // 2
        return Batch(self.items[:middle], self.call), Batch(self.items[middle:], self.call)


def batches(items: Iterable[Item], most_objects: int, most_bytes: int, call: Call = TRACK) -> Iterator[Batch]:
    """Fills batches in order. An object that is larger than `most_bytes` by itself goes alone: Braze judges it."""
    held: list[Item] = []
    empty = len(_head(call)) + len(_TAIL)
    size = empty
    for item in items:
        needed = len(item.object) + 1
        if held and (len(held) == most_objects or size + needed > most_bytes):
            yield Batch(tuple(held), call)
            held, size = [], empty
        held.append(item)
        size += needed
    if held:
        yield Batch(tuple(held), call)


def _head(call: Call) -> bytes:
    return b'{"%s":[' % call.array.encode()
