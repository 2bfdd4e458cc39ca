"""Objects into request bodies: at most so many objects and so many bytes each (facts/braze-rest-api §2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple, overload

import orjson

from recon.braze.calls import TRACK, Call

_TAIL = b"]}"


class Item(NamedTuple):
    """One object, as JSON: of which profile, and of which field if it is about one only."""

    external_id: str
    object: bytes
    field: str | None = None


class Packed(Sequence[Item]):
    """The objects of one request as SQL has put them together, with the number of their corrections.

    Taken apart only where somebody looks at one of them: by the million, that would cost more than sending them.
    """

    def __init__(self, count: int, corrections: int, external_ids: str, sizes: str, objects: bytes) -> None:
        self._count = count
        self.corrections = corrections
        self.external_ids = external_ids
        """A JSON array."""
        self._sizes = sizes
        self.objects = objects
        """With a comma between two."""

    @cached_property
    def _items(self) -> tuple[Item, ...]:
        starts = accumulate((size + 1 for size in orjson.loads(self._sizes)), initial=0)
        places = (slice(start, after - 1) for start, after in pairwise(starts))
        objects = (self.objects[place] for place in places)
        return tuple(Item(who, each) for who, each in zip(orjson.loads(self.external_ids), objects, strict=True))

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, place: int | slice) -> Item | tuple[Item, ...]:
        return self._items[place]


class Batch(NamedTuple):
    """The objects of one request, in request order."""

    items: Sequence[Item]
    call: Call = TRACK

    @property
    def body(self) -> bytes:
        """The request's JSON."""
        items = self.items
        objects = items.objects if isinstance(items, Packed) else b",".join(item.object for item in items)
        return _head(self.call) + objects + _TAIL

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


def from_packed(packed: Iterable[Packed], most_bytes: int) -> Iterator[Batch]:
    """A batch of each; what is larger than `most_bytes` becomes several."""
    least = len(_head(TRACK)) + len(_TAIL)
    for each in packed:
        if least + len(each.objects) <= most_bytes:
            yield Batch(each)
        else:
            yield from batches(each, len(each), most_bytes)


def _head(call: Call) -> bytes:
    return b'{"%s":[' % call.array.encode()
