"""Objects into requests: never too many, never too large, none lost, none twice, in order."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from recon.deliver.batches import Batch, Item, Packed, batches, from_packed

items = st.lists(st.integers(2, 300), max_size=60).map(
    lambda sizes: [Item(f"p{number}", b'"' + b"x" * (size - 2) + b'"') for number, size in enumerate(sizes)]
)


@given(items=items, most=st.integers(1, 75), most_bytes=st.integers(50, 1000))
def test_every_object_travels_once_in_order_within_both_limits(items: list[Item], most: int, most_bytes: int) -> None:
    made = list(batches(items, most, most_bytes))
    assert [item for batch in made for item in batch.items] == items
    for batch in made:
        assert 1 <= len(batch.items) <= most
        assert len(batch.body) <= most_bytes or len(batch.items) == 1
        assert [len(thing) + 2 for thing in json.loads(batch.body)["attributes"]] == [
            len(item.object) for item in batch.items
        ]


@given(items=items)
def test_a_batch_is_not_cut_short(items: list[Item]) -> None:
    made = list(batches(items, 10, 10**6))
    assert [len(batch.items) for batch in made[:-1]] == [10] * max(len(made) - 1, 0)


@given(items=items, most_bytes=st.integers(50, 1000))
def test_what_sql_has_put_together_is_taken_apart_as_it_was(items: list[Item], most_bytes: int) -> None:
    packed = Packed(
        len(items),
        len(items),
        json.dumps([item.external_id for item in items]),
        json.dumps([len(item.object) for item in items]),
        b",".join(item.object for item in items),
    )
    assert (list(packed), len(packed), packed[1:]) == (items, len(items), tuple(items[1:]))
    made = list(from_packed([packed], most_bytes))
    assert [item for batch in made for item in batch.items] == items
    assert [batch.body for batch in made] == [Batch(tuple(batch.items)).body for batch in made]
    assert all(len(batch.body) <= most_bytes or len(batch.items) == 1 for batch in made)


def test_halves_hold_the_same_objects() -> None:
    whole = Batch(tuple(Item(f"p{number}", b"{}") for number in range(5)))
    first, second = whole.halves()
    assert (*first.items, *second.items) == whole.items
    assert first.items and second.items
