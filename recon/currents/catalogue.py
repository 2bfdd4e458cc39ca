"""The types of Currents events: which are forwarded, under which name, and what of them (facts/braze-currents §4, §6,
§7).

events.csv has every known type with its group and the name that Segment documents for its Braze source; where only
Braze's glossary has one, that; where neither has, one made like them. LINE's and RCS's bare names ("Sent") carry
their channel in front. fields.csv has every known field with its type and use:

- nothing or `json`: a property; the second holds JSON text and is sent as what it says
- `envelope`: id, time and user, which have places of their own
- `identifier`: would be taken for an identifier and merge profiles (facts/segment §10, 20), so it stays here
- `secret`: push tokens, keys and addresses that may hold one
- `unsent`: what the documented source leaves out

Types and fields that are not listed pass through.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

GLOBAL_STATE = "users.behaviors.subscription.GlobalStateChange"
GROUP_STATE = "users.behaviors.subscriptiongroup.StateChange"

_HERE = Path(__file__).parent
_FORWARDED = "engagement"
"""The group that `*` means: messages, campaigns, canvases, subscriptions and reachability (rulings, "Forward")."""
_RENAMED = {("users.messages.email.Click", "url"): "link_url"}
_RENAMED_ANYWHERE = {"content_card_id": "card_id"}
_KEPT_BACK = ("envelope", "identifier", "secret", "unsent")


class Field(NamedTuple):
    """A known field: its DuckDB type, and its use as above."""

    type: str
    use: str


@cache
def types() -> Mapping[str, tuple[str, str]]:
    """Event type → (group, name in Segment or the empty text)."""
    return {row["event_type"]: (row["group"], row["segment_event"]) for row in _rows("events.csv")}


@cache
def fields() -> Mapping[str, Field]:
    """Field → type and use."""
    return {row["field"]: Field(row["type"], row["use"]) for row in _rows("fields.csv")}


def wanted(event_type: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    """Whether `currents.events` asks for this type: `*` alone means engagement and every unknown type."""
    group = types().get(event_type, (_FORWARDED, ""))[0]
    named = any(group == _FORWARDED if pattern == "*" else fnmatchcase(event_type, pattern) for pattern in include)
    return named and not any(fnmatchcase(event_type, pattern) for pattern in exclude)


def segment_event(event_type: str, renamed: Mapping[str, str]) -> str:
    """The event's name in Segment. Where the catalogue has none it is made of the type: `users.messages.email.Retry` is
    "Email Retry"."""
    if event_type in renamed:
        return renamed[event_type]
    return types().get(event_type, ("", ""))[1] or _derived(event_type)


def property_name(event_type: str, field: str) -> str | None:
    """The name of a field among the properties; None if it is not sent."""
    known = fields().get(field)
    if known and known.use in _KEPT_BACK:
        return None
    return _RENAMED.get((event_type, field)) or _RENAMED_ANYWHERE.get(field, field)


def holds_json(field: str) -> bool:
    """Whether the field is JSON text."""
    known = fields().get(field)
    return known is not None and known.use == "json"


def _derived(event_type: str) -> str:
    parts = [part for part in event_type.split(".") if part not in ("users", "messages", "behaviors")]
    words = (word for part in parts for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z\W_]+", part))
    return " ".join(word[0].upper() + word[1:] for word in words) or event_type


def _rows(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
