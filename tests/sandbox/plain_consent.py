"""A slow and plain reading of consent in a seeded folder: the rules one profile at a time, nothing of recon's SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from plain_world import NEWSLETTER, Bad, World, as_email, as_phone, parse

DIGEST = "22222222-2222-4222-8222-222222222222"
OFFERS = "33333333-3333-4333-8333-333333333333"
# (channel, group): (trait, words of the opt-out)
PERMISSIONS: dict[tuple[str, str | None], tuple[str, set[str]]] = {
    ("email", None): ("email_consent", {"false", "unsubscribed"}),
    ("push", None): ("push_consent", {"false"}),
    ("email", DIGEST): ("digest_optin", {"false"}),
    ("sms", OFFERS): ("sms_optin", {"false"}),
    ("email", NEWSLETTER): ("", set()),
}
PERSONAL = {"subscription page", "preference center", "inbound message", "sdk"}
TYPES = ("users.behaviors.subscription.GlobalStateChange", "users.behaviors.subscriptiongroup.StateChange")

Key = tuple[str, str, str | None]  # external id, channel, group
Row = tuple[str, str, str, datetime | None, datetime | None]  # desired, actual, kind, segment_time, braze_time


@dataclass(frozen=True)
class Statement:
    state: str
    at: datetime | None
    barred: bool = False

    @property
    def rank(self) -> tuple[bool, bool, float, bool]:
        """Of several the greatest holds: suppressed, opted out at no time, newest, opted out."""
        out = self.state == "unsubscribed"
        return self.barred, out and self.at is None, self.at.timestamp() if self.at else 0, out


@dataclass(frozen=True)
class Change:
    external_id: str | None
    address: str | None
    channel: str
    group: str | None
    status: str
    source: str
    at: datetime


def normal(address: str | None) -> str | None:
    return address.strip().lower() if address else None


class Consents:
    """What must be found in a world."""

    def __init__(self, folder: Path, world: World) -> None:
        self.world = world
        self.changes: dict[tuple[str, str | None], list[Change]] = {}
        for change in self._changes(folder):
            self.changes.setdefault(("id", change.external_id), []).append(change)
            self.changes.setdefault(("address", change.address), []).append(change)
        # A person is a canonical profile, or what is left of one: a suppressed id.
        self.person_of = {user_id: person for person, ids in world.ids.items() for user_id in ids}
        self.person_of |= {user_id: user_id for user_id in world.suppressed - self.person_of.keys()}
        self.ids: dict[str, list[str]] = {}
        for user_id, person in self.person_of.items():
            self.ids.setdefault(person, []).append(user_id)
        self.speakers: dict[tuple[str, str], set[str]] = {}
        for profile in world.braze:
            if profile["external_id"] in self.person_of:
                for kind in ("email", "phone"):
                    if address := normal(profile["fields"].get(kind)):
                        self.speakers.setdefault((kind, address), set()).add(self.person_of[profile["external_id"]])
        for person, traits in world.traits.items():
            for kind, reading in (("email", as_email), ("phone", as_phone)):
                text = traits.get(kind, (None, None))[0]
                if text is not None and text != "null":
                    try:
                        self.speakers.setdefault((kind, str(normal(reading(text)))), set()).add(person)
                    except Bad:
                        continue

    def _changes(self, folder: Path) -> Iterator[Change]:
        for path in (folder / "currents").rglob("*.avro"):
            kind = next(part.removeprefix("event_type=") for part in path.parts if part.startswith("event_type="))
            if kind not in TYPES:
                continue
            for row in pl.read_avro(path).to_dicts():
                channel, identifier = row["channel"], row.get("channel_identifier")
                address = row["email_address"] or row.get("phone_number") or identifier
                if channel is None and kind == TYPES[0]:
                    channel = "email" if address and "@" in address else "unclear"
                yield Change(
                    row["external_user_id"],
                    normal(address),
                    channel,
                    row.get("subscription_group_id"),
                    row["subscription_status"].lower().replace(" ", "_"),
                    (row["state_change_source"] or "").lower(),
                    datetime.fromtimestamp(row["time"], UTC),
                )

    def rows(self) -> dict[Key, Row]:
        found = {}
        for profile in self.world.braze:
            for channel, group in PERMISSIONS:
                if profile["external_id"] is not None and (row := self._row(profile, channel, group)):
                    found[profile["external_id"], channel, group] = row
        return found

    def _row(self, profile: dict[str, Any], channel: str, group: str | None) -> Row | None:
        external_id = profile["external_id"]
        kind = {"email": "email", "sms": "phone"}.get(channel)
        address = normal(profile["fields"].get(kind)) if kind else None
        own = self.person_of.get(external_id)
        speakers = self.speakers[kind, address] if kind and (kind, address) in self.speakers else {own} - {None}
        statements = [s for person in speakers if person and (s := self._statement(person, channel, group))]
        state = (
            profile.get("groups", {}).get(group, "unknown") if group else profile["fields"].get(f"{channel}_subscribe")
        ).lower()
        near = list(self.changes.get(("id", external_id), []))
        near += self.changes.get(("address", address), []) if address else []
        told = [each for each in near if group == each.group and (group or each.channel == channel)]
        outs = [change.at for change in told if change.status == "unsubscribed"]
        if not statements:
            if group != NEWSLETTER or own is None or not self._reads(own) or external_id != self.world.ids[own][0]:
                return None
            if state != "unsubscribed":
                return None
            at = self.world.traits[own]["newsletter_readers"][1]
            return "subscribed", state, "conflict", utc(at), max(outs, default=None)
        said = max(statements, key=lambda statement: statement.rank)
        if said.state == "unsubscribed":
            if state == "unsubscribed":
                return None
            proofs = [c.at for c in told if c.status != "unsubscribed" and c.source in PERSONAL]
            proof = max((at for at in proofs if at > max(outs, default=at.min.replace(tzinfo=UTC))), default=None)
            if not said.barred and said.at and proof and proof > said.at:
                return said.state, state, "conflict", said.at, proof
            return said.state, state, "unsubscribe", said.at, None
        if state != "unsubscribed":
            return None
        blocked = max(outs, default=None)
        newer = said.at is not None and blocked is not None and said.at > blocked
        return said.state, state, "resubscribe" if newer else "conflict", said.at, blocked

    def _statement(self, person: str, channel: str, group: str | None) -> Statement | None:
        if self.world.suppressed & set(self.ids.get(person, ())):
            return Statement("unsubscribed", None, True)
        trait, outs = PERMISSIONS[channel, group]
        # In doubt the opt-out: one without a time may be newer than whatever else the person said.
        undated = self.world.undated.get(person, {}).get(trait, [])
        if any(text is not None and self._word(text) in outs for text in undated):
            return Statement("unsubscribed", None)
        text, at = self.world.traits.get(person, {}).get(trait, (None, None))
        if text is None or text == "null":
            return None
        word = self._word(text)
        if word in outs:
            return Statement("unsubscribed", utc(at))
        explicit = word == "opted_in" and trait == "email_consent"
        return Statement("opted_in" if explicit else "subscribed", utc(at))

    @staticmethod
    def _word(text: str) -> str:
        value = parse(text)
        return (value if isinstance(value, str) else text).strip().lower()

    def _reads(self, person: str) -> bool:
        return self.world.traits.get(person, {}).get("newsletter_readers", ("", None))[0] in ("true", '"true"')


def utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None
