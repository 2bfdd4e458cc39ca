"""The workspace's custom attributes: types, limits, blocklist (facts/braze-rest-api §7, GET /custom_attributes)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recon.braze.client import BrazeClient
from recon.braze.errors import UnexpectedAnswer

_PATH = "/custom_attributes"

# Tested in this order: "object array" starts with "object".
_KINDS = {
    "object array": "object_array",
    "object": "object",
    "array": "array",
    "string": "string",
    "number": "number",
    "integer": "number",
    "float": "number",
    "boolean": "boolean",
    "date": "time",
    "time": "time",
}


@dataclass(frozen=True, slots=True)
class CatalogueAttribute:
    """One custom attribute as Braze keeps it."""

    name: str
    kind: str
    """string, number, boolean, time, array, object, object_array; unknown for a type not seen before."""
    forced: bool
    """Someone set the type by hand: Braze coerces values to it and drops silently what it cannot (§2.5)."""
    array_length: int | None
    """Most elements an array keeps; None where Braze says nothing (its default is 25)."""
    blocklisted: bool
    """Absent from exports and dropped on write (trap 36)."""


def fetch_attributes(client: BrazeClient) -> list[CatalogueAttribute]:
    """All custom attributes, in Braze's order (by name); one request per 50. Needs `custom_attributes.get`."""
    found: list[CatalogueAttribute] = []
    cursor: str | None = None
    seen: set[str] = set()
    while True:
        answer = client.expect(client.get(_PATH, {"cursor": cursor} if cursor else None), f"GET {_PATH}")
        page = answer.body.get("attributes")
        if not isinstance(page, list):
            raise UnexpectedAnswer(f"Braze answered GET {_PATH} without a list of attributes")
        found.extend(_attribute(entry) for entry in page if isinstance(entry, dict) and entry.get("name"))
        # Only the cursor is taken from the link, never its address: the key goes nowhere but to braze.url.
        cursor = answer.next_cursor
        if cursor is None:
            return found
        if cursor in seen:
            raise UnexpectedAnswer(f"Braze answered GET {_PATH} with a page it had given before")
        seen.add(cursor)


def _attribute(entry: dict[str, Any]) -> CatalogueAttribute:
    data_type = str(entry.get("data_type") or "").strip().lower()
    kind = next((kind for prefix, kind in _KINDS.items() if data_type.startswith(prefix)), "unknown")
    length = entry.get("array_length")
    status = str(entry.get("status") or "").strip().lower()
    return CatalogueAttribute(
        name=str(entry["name"]),
        kind=kind,
        forced=kind != "unknown" and not data_type.endswith("(automatically detected)"),
        array_length=length if isinstance(length, int) and not isinstance(length, bool) else None,
        # Seen: Active and Blocklisted; "trashed" variants are possible, unverified (facts §7).
        blocklisted=status.startswith(("blocklist", "blacklist", "trash")),
    )
