"""Killed anywhere, at moments drawn by chance. test_crash_chance_b.py is the other half: both can run at once."""

from __future__ import annotations

import pytest
from crash_world import World, by_chance, failures

pytestmark = pytest.mark.minutes

SEED = 20_261_124


def test_killed_anywhere(world: World) -> None:
    assert failures(world, by_chance(world, SEED, 101)) == [], f"seed {SEED}"
