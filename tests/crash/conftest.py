"""One world for the tests of a process, for it takes some seconds to make."""

from __future__ import annotations

from collections.abc import Iterator

import crash_world
import pytest
from crash_world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with crash_world.nursery() as parent:
        made = crash_world.make(tmp_path_factory.mktemp("crash"), parent)
        yield made
        made.shop.sandbox.close()
