"""Worlds of the delivery: a town with every class of correction for faults, and a bazaar of events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from events_world import Bazaar
from shop_world import Shop
from town_world import whole

from recon.braze import connect, export, users
from recon.braze.client import BrazeClient
from recon.sandbox.server import Sandbox


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A town with every class of correction, put aside with its plan made (`planned`)."""
    from fault_world import Stage

    with pytest.MonkeyPatch.context() as patched:
        _hurry(patched)
        return Stage(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="session")
def accepted(stage: Any) -> Any:
    """The same after its delivery: everything was taken by Braze, nothing read back (`accepted`)."""
    with pytest.MonkeyPatch.context() as patched:
        _hurry(patched)
        with stage.opened("planned") as town:
            assert town.recon("apply").code == 0
            town.sandbox.settle()
        stage.put_aside("accepted")
    return stage


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience for a sandbox that applies at once and fails at once."""
    _hurry(monkeypatch)


def _hurry(patched: pytest.MonkeyPatch) -> None:
    for name in ("BRAZE_READ_KEY", "BRAZE_WRITE_KEY", "SANDBOX_URL", "RECON_PSEUDONYM_KEY", "NO_COLOR", "COLUMNS"):
        patched.delenv(name, raising=False)
    patched.setattr("recon.deliver.readback.SETTLE", 0.25)
    patched.setattr("recon.deliver.readback.PATIENCE", 0.5)
    patched.setattr("recon.braze.client._BACKOFF_BASE", 0.001)
    patched.setattr("recon.braze.client._REFUSALS", 3)
    patched.setitem(BrazeClient.__init__.__kwdefaults__, "read_timeout", 1.5)
    for made in (connect.reader, connect.writer):
        patched.setitem(made.__kwdefaults__, "attempts", 3)
    for waited in (export.start_export, export.fetch):
        patched.setitem(waited.__kwdefaults__, "deadline", 2.0)
    patched.setattr("recon.braze.export._BUSY_FIRST", 0.05)
    patched.setattr("recon.braze.download._TIMEOUT", (5.0, 1.5))
    patched.setattr("recon.braze.download._FAILURES_IN_A_ROW", 3)
    patched.setattr("recon.braze.rates._BACKOFF_BASE", 0.01)
    patched.setattr("recon.braze.rates._JITTER", 0.01)
    patched.setattr("recon.braze.download._POLL_FIRST", 0.05)


@pytest.fixture(scope="session")
def event_braze(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path]]:
    """A workspace for events, and its folder: what Braze holds of them is read from its store."""
    folder = tmp_path_factory.mktemp("events")
    with whole(folder) as sandbox:
        yield sandbox, folder


@pytest.fixture
def bazaar(
    tmp_path: Path, shop: Shop, event_braze: tuple[Sandbox, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bazaar]:
    sandbox, folder = event_braze
    # Instead of the long waits before a look: Braze's word that it has taken in what it accepted.
    read = users.read_profiles

    def read_when_settled(*given: Any, **named: Any) -> Iterator[bytes]:
        sandbox.settle()
        return read(*given, **named)

    monkeypatch.setattr("recon.braze.users.read_profiles", read_when_settled)
    monkeypatch.setattr("recon.deliver.event_doubt.CERTAIN_AFTER", 0.05)
    (tmp_path / "bazaar").mkdir()
    bazaar = Bazaar(tmp_path / "bazaar", sandbox)
    bazaar.store_file = folder / "braze.sqlite"
    yield bazaar
    sandbox.clear_faults()
