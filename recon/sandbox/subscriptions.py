"""Subscription states: global and group, with their spread over profiles of one address (facts/braze-rest-api §5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from recon.sandbox.settings import Modes, SubscriptionGroup
from recon.sandbox.store import Profile, Store

MOST_PROFILES = 100  # an address spreads its state to at most this many profiles
_WRITTEN = {"subscribed": "Subscribed", "unsubscribed": "Unsubscribed"}


def read_form(state: Any) -> str | None:
    """The capitalised form that is stored and read, of the lower-case form that is written; None if it is neither."""
    return _WRITTEN.get(state) if isinstance(state, str) else None


class Subscriptions:
    """The groups of the workspace, and the rules by which a change spreads. Works inside the caller's transaction."""

    def __init__(self, groups: Iterable[SubscriptionGroup], modes: Modes) -> None:
        self.groups = {group.id: group for group in groups}
        self._exact = modes.email_lookup == "exact"

    def with_address(self, store: Store, profile: Profile, channel: str) -> list[Profile]:
        """The other profiles that share this profile's e-mail (channel "email") or phone (any other channel)."""
        address = profile.fields.get("email" if channel == "email" else "phone")
        if address is None:
            return []
        if channel == "email":
            found = store.by_email(address, exact=self._exact, limit=MOST_PROFILES)
        else:
            found = store.by_phone(address, limit=MOST_PROFILES)
        return [other for other in found if other.row != profile.row]

    def set_group(self, store: Store, profile: Profile, group_id: str, state: str) -> None:
        """Set a group's state on `profile` (the caller saves it) and on everyone with the same address."""
        profile.doc.setdefault("groups", {})[group_id] = state
        for other in self.with_address(store, profile, self.groups[group_id].channel):
            if other.doc.setdefault("groups", {}).get(group_id) != state:
                other.doc["groups"][group_id] = state
                store.save(other)

    def set_groups(self, store: Store, profile: Profile, wanted: Any) -> None:
        """The `subscription_groups` of an attributes object; an entry that is not understood is passed over."""
        for entry in wanted if isinstance(wanted, list) else []:
            if isinstance(entry, dict) and entry.get("subscription_group_id") in self.groups:
                state = read_form(entry.get("subscription_state"))
                if state is not None:
                    self.set_group(store, profile, entry["subscription_group_id"], state)

    def spread_email_state(self, store: Store, profile: Profile) -> None:
        """Carry the profile's global e-mail state to everyone with the same e-mail."""
        state = profile.fields["email_subscribe"]
        for other in self.with_address(store, profile, "email"):
            if other.fields.get("email_subscribe", "subscribed") != state:
                other.fields["email_subscribe"] = state
                store.save(other)
