"""One sandbox for the session, and small shops that share it; another one for towns (town_world.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import postgresql_server
import pytest
from hypothesis import HealthCheck, settings
from postgresql_server import Server
from shop_world import Shop, served
from town_world import town, whole_braze  # noqa: F401 - fixtures for every folder

from recon.sandbox.server import Sandbox

# How long an example takes says how busy the machine is, nothing about recon.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes comes first, so that no worker is at it when the others are done."""
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)


@pytest.fixture(scope="session")
def braze_for_shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The served sandbox that all shops share."""
    with served(tmp_path_factory.mktemp("shops")) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server that the tests share; each makes a schema of its own."""
    with postgresql_server.running() as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, braze_for_shops: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """An empty shop: add people, `write()`, then run recon in it. Waits are short: the sandbox applies at once."""
    monkeypatch.setattr("recon.deliver.readback.SETTLE", 0.05)
    monkeypatch.setattr("recon.deliver.readback.PATIENCE", 4.0)
    monkeypatch.setattr("recon.braze.client._BACKOFF_BASE", 0.001)
    monkeypatch.setattr("recon.braze.download._POLL_FIRST", 0.05)
    for name in ("BRAZE_READ_KEY", "BRAZE_WRITE_KEY", "SANDBOX_URL", "RECON_PSEUDONYM_KEY", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "shop"
    folder.mkdir()
    yield Shop(folder, braze_for_shops)
    braze_for_shops.clear_faults()
