"""Killed around each request that writes: before it is sent, when Braze has it, and after the answer.

Braze ends up as it does when nobody interferes; what cannot be repeated was done once; every opt-out went first.
"""

from __future__ import annotations

from collections import Counter

import pytest
from crash_world import AGAIN, APPROVED, ONCE, World, at_each, failures


def test_the_world_has_corrections_of_every_class(world: World) -> None:
    classes = Counter(row["class"] for row in world.undisturbed.results)
    assert classes.keys() == {"alias", "attribute", "cohort", "identify", "rename", "unsubscribe", *APPROVED}
    assert min(classes.values()) > 1
    assert {row["path"] for row in world.undisturbed.log} >= {*ONCE, *AGAIN}
    states = Counter(row["state"] for row in world.undisturbed.results)
    assert states == {"verified": len(world.undisturbed.results) - 1, "not_applied": 1}
    assert world.before_all_opt_outs(world.undisturbed) == []
    assert max(world.undisturbed.done_once().values()) == 1


@pytest.mark.parametrize("where", ["before", "left", "arrived", "answered"])
def test_killed_around_a_request(world: World, where: str) -> None:
    moments = [name for name in world.moments if name in {f"POST {path} {where}" for path in {*ONCE, *AGAIN}}]
    assert len(moments) > 25
    if where == "arrived":  # like "left", and Braze has done it when the next process begins
        moments = [name for name in moments if "/users/track" not in name]
    assert failures(world, at_each(moments), held=where != "arrived") == []
