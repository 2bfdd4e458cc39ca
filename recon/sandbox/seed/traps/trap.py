"""A trap: one person, made by hand, whom a careless comparison gets wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MONTH = 30 * 24.0  # hours: well outside any quiet period


@dataclass(frozen=True)
class Row:
    """A row of user_traits. `value` is Segment's text; None is the database's NULL, an explicit null.

    `hours_ago` None is a row without a time. `under` names the profile it lies under: "" the canonical one, else one
    that was merged away. `loaded_hours_ago` sets `uuid_ts` where the load time itself is the trap.
    """

    trait: str
    value: str | None
    hours_ago: float | None = MONTH
    under: str = ""
    loaded_hours_ago: float | None = None


@dataclass(frozen=True)
class Cell:
    """A row of the truth. `desired` and `actual` are JSON values; `actual` None is absent in Braze."""

    attribute: str
    desired: Any
    actual: Any
    cause: str = "first_seen"


@dataclass(frozen=True)
class Move:
    """A row of the truth about cohorts: who must `enter` or `leave` an audience in Braze."""

    audience: str
    change: str
    cause: str = "first_seen"


@dataclass(frozen=True)
class Identifier:
    """A row of user_identifiers beside the person's own user_id."""

    value: str
    type: str = "user_id"
    hours_ago: float | None = MONTH
    under: str = ""


@dataclass(frozen=True)
class Pair:
    """A row of the truth about duplicates. `other` is an external id, for `alias` and `identify` an alias name."""

    kind: str
    keep: str
    other: str
    cluster: str


@dataclass(frozen=True)
class Change:
    """A state change that Braze told through Currents (facts/braze-currents §8.1), on a channel or in a `group`.

    `status` is "Subscribed", "Unsubscribed" or "Opted In". `external_id` "" is the trap's own, None an event without
    one; `address` is what the event's e-mail or phone field holds. `told_channel` is the event's own `channel` where it
    is not `channel`; `identifier` its `channel_identifier`.
    """

    channel: str
    status: str
    hours_ago: float
    source: str | None = "Preference Center"
    group: str | None = None
    external_id: str | None = ""
    address: str | None = None
    identifier: str | None = None
    told_channel: str | None = ""


@dataclass(frozen=True)
class Consent:
    """A row of the truth about subscriptions: `kind` is unsubscribe, conflict or resubscribe.

    The times are hours ago, None where there is none; `external_id` "" is the trap's own.
    """

    channel: str
    desired: str
    actual: str
    kind: str
    group: str | None = None
    segment: float | None = MONTH
    braze: float | None = None
    external_id: str = ""


@dataclass(frozen=True)
class Trap:
    """One person: what Segment says, what Braze holds, and what recon must find.

    `traits` are rows of a month ago, `rows` all others. `fields` None: not in Braze. `external_id` defaults to `name`;
    None: Segment knows no user_id. `id_under` and `merges`, pairs of (winner, loser), name profiles as `Row.under`
    does. `times` are custom attributes that Braze stores as time. `alias` is an alias name of the person's Braze
    profile, which is without external_id where Segment knows no user_id. `twins` are external ids of further Braze
    profiles, `loose` alias names of profiles that have nothing else, `pairs` the duplicates that recon must find.
    `groups` are states in subscription groups by id, as Braze writes them; a group that is not there has no history.
    `changes` are Currents events and `consents` what recon must find. `suppressed` people are suppressed by their
    user_id, or by `suppressed_as`. A `stranger` is a Braze profile that Segment does not know (any more).
    """

    name: str
    traits: Mapping[str, str | None] = field(default_factory=dict)
    fields: Mapping[str, Any] | None = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    finds: tuple[Cell, ...] = ()
    moves: tuple[Move, ...] = ()
    rows: tuple[Row, ...] = ()
    nulls_kept: int = 0
    merges: tuple[tuple[str, str], ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    id_under: str = ""
    external_id: str | None = ""
    times: tuple[str, ...] = ()
    suppressed: bool = False
    alias: str | None = None
    twins: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    consents: tuple[Consent, ...] = ()
    suppressed_as: str | None = None
    stranger: bool = False

    @property
    def user_id(self) -> str | None:
        return self.name if self.external_id == "" else self.external_id

    def profile(self, merged: str = "") -> str:
        """The Segment profile id: the canonical one, or that of a profile merged into it."""
        return f"use_{self.name}" + (f"_{merged}" if merged else "")
