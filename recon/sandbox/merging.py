"""What becomes of two profiles that are merged (facts/braze-rest-api §4 merge semantics)."""

from __future__ import annotations

from typing import Any

from recon.sandbox.settings import Modes
from recon.sandbox.store import Profile, Store

_FILLED = (
    "first_name",
    "last_name",
    "email",
    "gender",
    "dob",
    "phone",
    "time_zone",
    "home_city",
    "country",
    "language",
)
_RANK = {"unsubscribed": 0, "subscribed": 1, "opted_in": 2}


def merge(store: Store, source: Profile, target: Profile, modes: Modes) -> None:
    """Merge `source` into `target` and remove it: what the target has wins, what it lacks is filled."""
    held, given = target.fields, source.fields
    for name in _FILLED:
        if held.get(name) is None and given.get(name) is not None:
            held[name] = given[name]
    _times(held, given)
    _tokens(held, given)
    times = set(target.doc.get("time_attributes", ()))
    for name, value in source.attributes.items():
        if name not in target.attributes:
            target.attributes[name] = value
            if name in source.doc.get("time_attributes", ()):
                times.add(name)
    if times:
        target.doc["time_attributes"] = sorted(times)
    if modes.merge_subscription == "strictest":
        _strictest(target, source)
    aliases = list(source.doc["user_aliases"])
    store.move_history(source, target)
    store.remove(source)
    for alias in aliases:  # the same label: the target's stays
        store.add_alias(target, alias["alias_label"], alias["alias_name"])
    store.save(target)


def _times(held: dict[str, Any], given: dict[str, Any]) -> None:
    """First session: the earlier one; last session: the later one. Texts of one format compare as instants."""
    for name, choose in (("date_of_first_session", min), ("date_of_last_session", max)):
        found = [part[name] for part in (held, given) if part.get(name)]
        if found:
            held[name] = choose(found)


def _tokens(held: dict[str, Any], given: dict[str, Any]) -> None:
    known = {token["token"] for token in held.get("push_tokens", [])}
    fresh = [token for token in given.get("push_tokens", []) if token["token"] not in known]
    if fresh:
        held["push_tokens"] = [*held.get("push_tokens", []), *fresh]


def _strictest(target: Profile, source: Profile) -> None:
    for name in ("email_subscribe", "push_subscribe"):
        states = [p.fields.get(name, "subscribed") for p in (target, source)]
        target.fields[name] = min(states, key=_RANK.__getitem__)
    groups = target.doc.setdefault("groups", {})
    for group_id, state in source.doc.get("groups", {}).items():
        if state == "Unsubscribed" or group_id not in groups:
            groups[group_id] = state
