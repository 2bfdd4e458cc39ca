"""A workspace whose keys may do everything, with subscription groups, and shops of people with several profiles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from shop_world import DIGEST, OFFERS, READ_KEY, WRITE_KEY, Shop, served

from recon.braze import connect, export
from recon.braze.client import BrazeClient
from recon.sandbox.server import Sandbox
from recon.sandbox.settings import Key

READS = "users.export.segment users.export.ids custom_attributes.get subscription.groups.get"
WRITES = (
    "users.track users.alias.new users.identify users.merge users.delete users.external_ids.rename "
    "subscription.status.set"
)
LABEL = "segment_anonymous_id"


@pytest.fixture(scope="session")
def whole_braze(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with whole(tmp_path_factory.mktemp("whole")) as sandbox:
        yield sandbox


def whole(folder: Path, **braze: Any) -> Any:
    """A served workspace whose keys have every permission."""
    keys = [Key("read", READ_KEY, READS.split()), Key("write", WRITE_KEY, WRITES.split())]
    return served(folder, **{"keys": keys, **braze})


class Town(Shop):
    """A shop that knows about twins, aliases and consent."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        super().__init__(folder, sandbox)
        self.config["identity"] = {"aliases": [{"identifier": "anonymous_id", "label": LABEL}]}
        self.config["policy"]["breakers"]["merge"] = {"count": 100, "percent": 100}
        self.config["quality"]["profiles_drop_percent"] = 100
        self.add("zoe", {"city": "Bern"}, fields={"home_city": "Bern"})
        self.config["subscriptions"] = {
            "email": {"trait": "email_consent", "unsubscribed": ["false"]},
            "push": {"trait": "push_consent", "unsubscribed": ["false"]},
            "groups": [
                {"id": DIGEST, "name": "Digest", "channel": "email", "trait": "digest", "unsubscribed": ["false"]},
                {"id": OFFERS, "name": "Offers", "channel": "sms", "trait": "offers", "unsubscribed": ["false"]},
            ],
        }

    def twin(self, name: str, of: str, *, in_braze: bool = True, **braze: Any) -> str:
        """A further user_id of the person `of`, newer than the first, with a Braze profile of its own."""
        external_id = self.add(name, in_braze=in_braze, **braze)
        self.tables["user_identifiers"].pop()
        self.identifier(f"use_{self.mark}_{of}", external_id, hours_ago=100)
        return external_id

    def loose(self, name: str, of: str, **braze: Any) -> str:
        """A Braze profile without external id, whose alias is an anonymous id of the person `of`; the alias name."""
        self.add(f"loose_{name}", **braze)
        self.tables["user_identifiers"].pop()
        alias = f"{self.mark}-{name}"
        self.exported[-1]["external_id"] = None
        self.exported[-1]["user_aliases"] = [{"alias_name": alias, "alias_label": LABEL}]
        self.identifier(f"use_{self.mark}_{of}", alias, "anonymous_id", 100)
        return alias

    def opted_out(self, external_id: str, *traits: str) -> None:
        """The person of this id has opted out in Segment, by e-mail if nothing else is said."""
        rows = self.tables["user_identifiers"]
        profile = next(row["canonical_segment_id"] for row in rows if row["value"] == external_id)
        for trait in traits or ("email_consent",):
            self.trait(profile, trait, "false")

    def opted_out_in_braze(self, external_id: str, hours_ago: float) -> None:
        """What Currents tells of an e-mail opt-out of this profile, and when."""
        happened = datetime.now(UTC) - timedelta(hours=hours_ago)
        event = {
            "id": f"{self.mark}-{external_id}",
            "external_user_id": external_id,
            "time": int(happened.timestamp()),
            "subscription_status": "Unsubscribed",
            "channel": "email",
            "state_change_source": "Subscription Page",
        }
        name = "users.behaviors.subscription.GlobalStateChange"
        path = self.folder / f"currents/event_type={name}/date=2026-11-01-00/version=6/{external_id}.avro"
        path.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame([event]).write_avro(path)
        self.config["currents"] = {"files": "currents/event_type=*/date=*/*/*.avro"}

    def suppress(self, *ids: str) -> None:
        rows = "".join(f"{each},2024-01-01T00:00:00Z\n" for each in ids)
        (self.folder / "suppressed.csv").write_text("user_id,suppressed_at\n" + rows)
        self.config["segment"]["suppressions"] = "suppressed.csv"

    def night(self) -> Any:
        """A night up to its plan; returns the plan's document."""
        for command in ("pull", "load", "drift", "plan"):
            done = self.recon(command, "--json")
            assert done.code == 0, done.said
        return done.document

    def asked(self) -> list[tuple[str, Any]]:
        """Every request that wrote something: path and body, in the order in which they arrived."""
        rows = self.sandbox.requests(after=self.logged)
        return [
            (row["path"], json.loads(row["body"]))
            for row in rows
            if row["method"] == "POST" and not row["path"].startswith("/users/export") and row["status"] != 0
        ]


@pytest.fixture
def town(tmp_path: Path, shop: Shop, whole_braze: Sandbox) -> Iterator[Town]:
    """An empty town; `shop` is asked for its short waits."""
    folder = tmp_path / "town"
    folder.mkdir()
    yield Town(folder, whole_braze)
    whole_braze.clear_faults()


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A town with every class of correction, put aside with its plan made (`planned`)."""
    from fault_world import Stage

    with pytest.MonkeyPatch.context() as patched:
        _hurry(patched)
        yield Stage(tmp_path_factory.mktemp("stage"))


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
    for name in ("BRAZE_READ_KEY", "BRAZE_WRITE_KEY", "SANDBOX_URL", "RECON_PSEUDONYM_KEY", "NO_COLOR"):
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
