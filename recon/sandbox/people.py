"""Finding and making profiles by the identifiers of a request (facts/braze-rest-api §2.2, §4)."""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime
from typing import Any

from recon.sandbox import formats
from recon.sandbox.settings import Modes
from recon.sandbox.store import Doc, Profile, Store

_RECENCY = ("most_recently_updated", "least_recently_updated")


def new(external_id: str | None = None, aliases: list[Doc] | None = None, **fields: Any) -> Doc:
    """A new profile's document, created now."""
    return {
        "braze_id": secrets.token_hex(12),
        "external_id": external_id,
        "user_aliases": aliases or [],
        "random_bucket": random.randrange(10_000),
        "created_at": formats.iso(datetime.now(UTC)),
        "fields": {"email_subscribe": "subscribed", "push_subscribe": "subscribed", **fields},
        "custom_attributes": {},
        "groups": {},
    }


def external_id(value: Any, modes: Modes) -> str | None:
    """An external id as taken from JSON; a number becomes text, as Braze recorded it in 2020."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int | float) and not isinstance(value, bool) and modes.numeric_external_id == "coerce":
        return str(value)
    return None


def alias(value: Any) -> tuple[str, str] | None:
    """(label, name) of a user alias object, None if it is none."""
    if isinstance(value, dict):
        label, name = value.get("alias_label"), value.get("alias_name")
        if isinstance(label, str) and isinstance(name, str) and label and name:
            return label, name
    return None


def preferred(found: list[Profile]) -> Profile | None:
    """Of several with one address: the most recently updated one with an external_id, else the most recent."""
    return next((p for p in found if p.external_id is not None), found[0] if found else None)


def prioritised(found: list[Profile], order: Any) -> Profile | None:
    """The one profile that `prioritization` leaves of `found` (most recent first); None if not exactly one."""
    for rule in order if isinstance(order, list) else []:
        if rule == "identified":
            found = [p for p in found if p.external_id is not None]
        elif rule == "unidentified":
            found = [p for p in found if p.external_id is None]
        elif rule in _RECENCY:
            found = found[:1] if rule == _RECENCY[0] else found[-1:]
    return found[0] if len(found) == 1 else None


def by_identifier(store: Store, identifier: Any, modes: Modes) -> Profile | None:
    """The profile of an identifier object of /users/merge and its like."""
    if not isinstance(identifier, dict):
        return None
    if "external_id" in identifier:
        wanted = external_id(identifier["external_id"], modes)
        return store.by_external_id(wanted) if wanted else None
    if "user_alias" in identifier:
        pair = alias(identifier["user_alias"])
        return store.by_alias(*pair) if pair else None
    if "braze_id" in identifier:
        return store.by_braze_id(str(identifier["braze_id"]))
    if "email" in identifier:
        exact = modes.email_lookup == "exact"
        return prioritised(store.by_email(str(identifier["email"]), exact=exact), identifier.get("prioritization"))
    number = formats.phone(str(identifier.get("phone", "")))
    return prioritised(store.by_phone(number), identifier.get("prioritization")) if number else None
