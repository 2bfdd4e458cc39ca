"""A tiny world served by the sandbox, and clients for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from braze_world import GROUP, PEOPLE, READ_KEY, SEGMENT, WRITE_KEY, person

from recon.braze import client as client_module
from recon.braze.client import BrazeClient
from recon.braze.rates import RatePools
from recon.sandbox.server import running
from recon.sandbox.store import Store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Starts a sandbox of 130 people; keyword arguments go into the `braze` part of sandbox.json."""
    managers = []

    def start(**braze: Any) -> Any:
        folder = tmp_path / "world"
        folder.mkdir()
        attributes = [
            {"name": f"attribute_{number:03}", "data_type": "String (Automatically Detected)"} for number in range(60)
        ]
        settings = {
            "version": 1,
            "braze": {
                "keys": [
                    {
                        "name": "read",
                        "key": READ_KEY,
                        "permissions": [
                            "users.export.segment",
                            "users.export.ids",
                            "custom_attributes.get",
                            "subscription.groups.get",
                        ],
                    },
                    {"name": "write", "key": WRITE_KEY, "permissions": ["users.track"]},
                ],
                "segments": [{"id": SEGMENT, "name": "All users"}],
                "attributes": attributes,
                "subscription_groups": [{"id": GROUP, "name": "Weekly digest", "channel": "email"}],
                "apply_delay": [0.0, 0.0],
                "export_delay": 0.0,
                **braze,
            },
        }
        (folder / "sandbox.json").write_bytes(orjson.dumps(settings))
        Store.create(folder / "braze.sqlite").close()
        manager = running(folder)
        sandbox = manager.__enter__()
        managers.append(manager)
        sandbox.insert([person(number) for number in range(PEOPLE)])
        return sandbox

    yield start
    for manager in managers:
        manager.__exit__(None, None, None)


@pytest.fixture
def connect() -> Iterator[Callable[..., BrazeClient]]:
    """Makes clients that are closed at the end of the test."""
    made: list[BrazeClient] = []

    def make(url: str, key: str = READ_KEY, pools: RatePools | None = None, **options: Any) -> BrazeClient:
        made.append(BrazeClient(url, key, pools or RatePools(), **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backs off for milliseconds: how long is tested where the time is simulated."""
    monkeypatch.setattr(client_module, "_BACKOFF_BASE", 0.001)
