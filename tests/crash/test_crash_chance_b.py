"""The other half of test_crash_chance_a.py."""

from __future__ import annotations

import pytest
from crash_world import World, by_chance, failures

pytestmark = pytest.mark.minutes

SEED = 4_611_202


def test_killed_anywhere_else(world: World) -> None:
    assert failures(world, by_chance(world, SEED, 101)) == [], f"seed {SEED}"
