"""One sandbox for the session, shared: tests use their own external ids, or launch a sandbox of their own."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sandbox_workspace import Workspace, launched


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with launched(tmp_path_factory.mktemp("sandbox")) as workspace:
        yield workspace


@pytest.fixture
def braze(shared: Workspace) -> Iterator[Workspace]:
    """The shared workspace, without faults."""
    yield shared
    shared.sandbox.clear_faults()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Workspace]]:
    """Start a workspace of one's own; keyword arguments are members of sandbox.json's `braze`."""
    with contextlib.ExitStack() as stack:
        yield lambda **braze: stack.enter_context(launched(tmp_path, **braze))


_numbers = itertools.count(1)


@pytest.fixture
def person() -> str:
    """An external id that no other test uses."""
    return f"u_{next(_numbers)}"
