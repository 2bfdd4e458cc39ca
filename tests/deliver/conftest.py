"""A workspace whose keys may do everything, with subscription groups, and shops of people with several profiles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from shop_world import READ_KEY, WRITE_KEY, Shop, served

from recon.sandbox.server import Sandbox
from recon.sandbox.settings import Key, SubscriptionGroup

READS = "users.export.segment users.export.ids custom_attributes.get subscription.groups.get"
WRITES = (
    "users.track users.alias.new users.identify users.merge users.delete users.external_ids.rename "
    "subscription.status.set"
)
DIGEST = "22222222-2222-4222-8222-222222222222"
OFFERS = "33333333-3333-4333-8333-333333333333"
GROUPS = [SubscriptionGroup(DIGEST, "Weekly digest", "email"), SubscriptionGroup(OFFERS, "SMS offers", "sms")]
LABEL = "segment_anonymous_id"


@pytest.fixture(scope="session")
def whole_braze(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with whole(tmp_path_factory.mktemp("whole")) as sandbox:
        yield sandbox


def whole(folder: Path, **braze: Any) -> Any:
    """A served workspace whose keys have every permission."""
    keys = [Key("read", READ_KEY, READS.split()), Key("write", WRITE_KEY, WRITES.split())]
    return served(folder, **{"keys": keys, "subscription_groups": GROUPS, **braze})


class Town(Shop):
    """A shop that knows about twins, aliases and consent."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        super().__init__(folder, sandbox)
        self.config["identity"] = {"aliases": [{"identifier": "anonymous_id", "label": LABEL}]}
        self.config["policy"]["breakers"]["merge"] = {"count": 100, "percent": 100}
        self.config["quality"]["profiles_drop_percent"] = 100
        self.add("zoe", {"city": "Bern"}, fields={"home_city": "Bern"})
        self.consent: list[tuple[Any, ...]] = []
        self.moves: list[tuple[Any, ...]] = []

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

    def opted_out(
        self,
        external_id: str,
        channel: str = "email",
        group: str | None = None,
        actual: str = "subscribed",
        kind: str = "unsubscribe",
        desired: str = "unsubscribed",
    ) -> None:
        """A row of the drift step's table of consent."""
        self.consent.append((external_id, None, channel, group, desired, actual, kind, None, None))

    def suppress(self, *ids: str) -> None:
        rows = "".join(f"{each},2024-01-01T00:00:00Z\n" for each in ids)
        (self.folder / "suppressed.csv").write_text("user_id,suppressed_at\n" + rows)
        self.config["segment"]["suppressions"] = "suppressed.csv"

    def night(self, *args: str) -> Any:
        """A night up to its plan, with the consent that was stated; returns the plan's document."""
        for command in ("pull", "load", "drift"):
            done = self.recon(command)
            assert done.code == 0, done.said
        self.state_consent()
        done = self.recon("plan", "--json")
        assert done.code == 0, done.said
        return done.document

    def state_consent(self) -> None:
        """Puts the stated consent where the drift step leaves it."""
        with duckdb.connect(str(self.run / "work.duckdb")) as con:
            con.execute((Path(__file__).parents[2] / "sql" / "plan" / "no_consent.sql").read_text())
            for table, rows in (("subscription_drift", self.consent), ("group_cohort_change", self.moves)):
                con.execute(f"DELETE FROM {table}")
                if rows:
                    con.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)

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
