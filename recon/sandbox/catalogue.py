"""The workspace's catalogue of custom attributes: forced types, limits, blocklist, and what was registered by use."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from recon.sandbox import values
from recon.sandbox.settings import Attribute
from recon.sandbox.store import Store


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One attribute, its forced type worked out once."""

    attribute: Attribute
    kind: str | None  # the forced type, None when detected
    dropped: bool  # blocklisted or trashed: dropped on write, absent from exports


class Catalogue:
    """Read by every thread; only the applier adds to it."""

    def __init__(self, configured: Iterable[Attribute], store: Store) -> None:
        known = [Attribute(**doc) for doc in store.attributes()]
        self._entries = {a.name: _entry(a) for a in [*known, *configured]}  # sandbox.json wins
        self._store = store

    def get(self, name: str) -> Entry | None:
        return self._entries.get(name)

    def register(self, store: Store, name: str, value: Any, is_time: bool) -> None:
        """Add an attribute that came in by use, through the caller's transaction."""
        attribute = Attribute(name, f"{values.type_name(value, is_time)} (Automatically Detected)")
        self._entries[name] = _entry(attribute)
        store.save_attribute(name, dataclasses.asdict(attribute))

    def dropped(self) -> set[str]:
        """Names that no export shows."""
        return {name for name, entry in list(self._entries.items()) if entry.dropped}

    def listed(self) -> list[Attribute]:
        """All attributes by name, as GET /custom_attributes pages through them."""
        return [self._entries[name].attribute for name in sorted(self._entries)]


def _entry(attribute: Attribute) -> Entry:
    return Entry(attribute, values.forced_type(attribute.data_type), attribute.status != "Active")
