"""Killed around each request that writes: before it is sent, when Braze has it, and after the answer. Of the requests
that may be said twice, around every third.

Braze ends up as it does when nobody interferes; what cannot be repeated was done once; every opt-out went first.
"""

from __future__ import annotations

from collections import Counter

import pytest
from crash_world import AGAIN, APPROVED, ONCE, World, at_each, failures

pytestmark = pytest.mark.minutes


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
    trials = [
        kills
        for number, kills in enumerate(at_each(name for name in world.moments if name.endswith(f" {where}")))
        if (path := kills[0]["kill_on"][0].split()[1]) in ONCE or (path in AGAIN and number % 3 == 0)
    ]
    assert len(trials) > 12
    # When its answer has arrived, Braze has applied it, too, before the next process begins.
    assert failures(world, trials, held=where != "arrived") == []
