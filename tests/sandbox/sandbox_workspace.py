"""A served sandbox over real HTTP, and a key for everything in it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from recon.sandbox.server import Sandbox, running
from recon.sandbox.settings import Attribute, Braze, Key, Modes, Segment, Settings, Source, SubscriptionGroup

PERMISSIONS = [
    "users.track",
    "users.export.segment",
    "users.export.ids",
    "segments.list",
    "custom_attributes.get",
    "subscription.groups.get",
    "subscription.status.get",
    "subscription.status.set",
    "users.alias.new",
    "users.alias.update",
    "users.identify",
    "users.merge",
    "users.delete",
    "users.external_ids.rename",
    "users.external_ids.remove",
]
SEGMENT = "5a9a4a3c-0000-4000-8000-000000000001"
DIGEST = "22222222-2222-4222-8222-222222222222"
OFFERS = "33333333-3333-4333-8333-333333333333"


class Workspace:
    """A running sandbox and a key for everything."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.url = sandbox.url
        self.http = requests.Session()
        self.http.trust_env = False

    def post(self, path: str, body: Any, key: str = "key-all", **headers: str) -> requests.Response:
        headers |= {"Authorization": f"Bearer {key}"}
        return self.http.post(self.url + path, json=body, headers=headers, timeout=30)

    def get(self, path: str, key: str = "key-all", **params: Any) -> requests.Response:
        return self.http.get(self.url + path, params=params, headers={"Authorization": f"Bearer {key}"}, timeout=30)

    def track(self, *attributes: dict[str, Any], **other: Any) -> requests.Response:
        return self.post("/users/track", {"attributes": list(attributes), **other})

    def applied(self, *attributes: dict[str, Any], **other: Any) -> dict[str, Any]:
        """Track, wait until it is applied, and return the first object's profile."""
        answer = self.track(*attributes, **other)
        assert answer.status_code == 201, answer.text
        self.sandbox.settle()
        profile = self.sandbox.profile(attributes[0]["external_id"])
        assert profile is not None
        return profile

    def exported(self, *external_ids: str, fields: str = "external_id custom_attributes") -> dict[str, Any]:
        body = {"external_ids": list(external_ids), "fields_to_export": fields.split()}
        return self.post("/users/export/ids", body).json()

    def start_export(self, **body: Any) -> dict[str, Any]:
        asked = {"segment_id": SEGMENT, "fields_to_export": ["external_id", "braze_id"], **body}
        answer = self.post("/users/export/segment", asked)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def download(self, url: str) -> requests.Response:
        """Poll an export's url until it is ready."""
        for _ in range(400):
            answer = self.http.get(url, timeout=30)
            if answer.status_code != 403:
                return answer
            time.sleep(0.01)
        raise AssertionError("the export never became ready")


def settings(**braze: Any) -> Settings:
    modes = Modes(**braze.pop("modes", {}))
    standard = {
        "keys": [Key("all", "key-all", PERMISSIONS), Key("lists", "key-lists", ["segments.list"])],
        "segments": [Segment(SEGMENT, "All users")],
        "subscription_groups": [
            SubscriptionGroup(DIGEST, "Weekly digest", "email"),
            SubscriptionGroup(OFFERS, "SMS offers", "sms"),
        ],
        "attributes": [
            Attribute("forced_text", "String"),
            Attribute("forced_number", "Number"),
            Attribute("blocked", "String (Automatically Detected)", status="Blocklisted"),
            Attribute("short_list", "Array (Automatically Detected)", array_length=3),
        ],
        "apply_delay": [0.0, 0.01],
        "export_delay": 0.0,
        "limits": {"export_ids": {"limit": 100_000}},
        "modes": modes,
    }
    return Settings(1, Braze(**{**standard, **braze}), Source(["write-key"], ["suppressed_person"]))


@contextlib.contextmanager
def launched(folder: Path, **braze: Any) -> Iterator[Workspace]:
    settings(**braze).save(folder)
    with running(folder) as sandbox:
        workspace = Workspace(sandbox, folder)
        try:
            yield workspace
        finally:
            workspace.http.close()
