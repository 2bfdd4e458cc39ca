"""What a drift report tells of both sides beside attributes: cohorts, duplicate profiles, consent. As `model`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cohort:
    """One audience: where Braze holds it (`attribute is_vip`), its members on each side among the compared profiles,
    and how many should enter and leave it in Braze. `both` are on both sides, None in runs that did not count them."""

    audience: str
    held: str
    segment: int
    braze: int
    enter: int
    leave: int
    both: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two Braze profiles that belong, or may belong, to one person: the one to keep and the other, or its alias."""

    kind: str
    keep: str
    other: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Braze profiles that hang together: one of their ids, its pairs by kind, and the first few of them, `drawn`."""

    name: str
    pairs: Mapping[str, int]
    drawn: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Duplicate profiles (design §6.3): pairs by kind as in the contract's `duplicates`, and the largest `clusters`."""

    pairs: Mapping[str, int]
    clusters: tuple[Cluster, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentChannel:
    """A channel or subscription group, and the profiles whose consent differs there, by kind (design §6.4)."""

    name: str
    unsubscribe: int
    conflict: int
    resubscribe: int


@dataclass(frozen=True, slots=True)
class ConsentSides:
    """A channel or subscription group, and its profiles by what Segment says and what Braze holds.

    Out, in and silent is what Segment says. Of an unknown state in Braze are `out_unknown` and some of those that count
    as reachable elsewhere.
    """

    name: str
    out_unsubscribed: int
    out_reachable: int
    out_unknown: int
    in_unsubscribed: int
    in_reachable: int
    silent_unsubscribed: int
    silent_reachable: int


@dataclass(frozen=True, slots=True)
class ConsentConflict:
    """A profile about whose consent the sides contradict each other, and since when; None: the time is unknown."""

    profile: str
    name: str
    desired: str
    actual: str
    kind: str
    segment_time: datetime | None
    braze_time: datetime | None


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent by channel and group: where it differs, up to ten statements that contradict each other, and both sides
    (empty in runs that did not count them)."""

    channels: tuple[ConsentChannel, ...]
    conflicts: tuple[ConsentConflict, ...] = ()
    sides: tuple[ConsentSides, ...] = ()
