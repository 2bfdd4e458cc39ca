"""Killed around each write to disk: the journal, what is remembered for later, the results, run.json."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from crash_world import World, at_each, failures
from driver import WRITES

pytestmark = pytest.mark.minutes


def test_killed_around_a_write_to_the_journal(world: World) -> None:
    """With each answer noted by itself, so that a stage is cut off in its middle."""
    world.begin()
    assert world.recon("apply", flush=0.0).code == 5
    moments = [name for name in world.passed() if name.startswith("deliver/journal ")]
    assert world.differences() == []
    assert len(moments) > 60
    assert failures(world, at_each(moments[::4], flush=0.0)) == []


def test_killed_around_any_other_write(world: World) -> None:
    names = [name for name in WRITES if name != "deliver/journal"] + ["run.json"]
    moments = [name for name in world.moments if name.rpartition(" ")[0] in names]
    assert {name.rpartition(" ")[0] for name in moments} == {*names}
    last = {name: count - 1 for name, count in Counter(moments).items()}
    trials = [kills for kills in at_each(moments) if kills[0]["kill_on"][1] in (0, last[kills[0]["kill_on"][0]])]
    assert failures(world, trials) == []


def test_killed_while_it_is_gone_on_with(world: World) -> None:
    """A merge that Braze has got, and the next process dies while it looks, sends, sets again and notes."""
    first = {"kill_on": ["POST /users/merge left", 0]}
    world.begin()
    assert world.recon("apply", **first).code == -9
    assert world.recon(*world.advised()).code == 5
    moments = len(world.passed())
    assert moments > 80
    assert failures(world, ([first, {"kill_at": number}] for number in range(0, moments, 10))) == []


def test_killed_while_it_is_read_back(world: World) -> None:
    world.begin()
    assert world.recon("apply").code == 5
    assert world.recon("verify").code == 5
    found: list[Any] = []
    for number in range(0, len(world.passed()) - 3, 5):  # at the last ones all is proven already
        world.begin()
        world.recon("apply")
        assert world.recon("verify", kill_at=number).code == -9
        command = world.advised()
        if command[0] != "verify" or world.recon(*command).code != 5:
            found.append((number, command))
        found += world.finished(verify=False)
    assert found == []
