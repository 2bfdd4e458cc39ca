"""A profile as Braze exports it (facts/braze-rest-api §3.3): only the fields asked for, and nothing that is unset."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from recon.sandbox import fields, formats
from recon.sandbox.settings import Modes
from recon.sandbox.store import Doc, Store

MOST_ATTRIBUTES = 500
_SEEN_FOR = timedelta(days=90)
_PLAIN = (
    "apps",
    "country",
    "email",
    "email_subscribe",
    "first_name",
    "gender",
    "home_city",
    "language",
    "last_name",
    "phone",
    "push_subscribe",
    "push_tokens",
    "time_zone",
    "attributed_campaign",
    "attributed_source",
    "attributed_adgroup",
    "attributed_ad",
    "uninstalled_at",
)


class BadFields(Exception):
    """The request's `fields_to_export` is refused; the text is the answer's message."""


def wanted_fields(body: Doc, modes: Modes) -> frozenset[str]:
    """The checked `fields_to_export` of a request."""
    names = body.get("fields_to_export")
    if names is None or names == []:
        if modes.fields_required:
            raise BadFields("'fields_to_export' is required")
        return fields.EXPORTABLE
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadFields("'fields_to_export' must be an array of strings")
    unknown = sorted(set(names) - fields.EXPORTABLE)
    if unknown and modes.unknown_export_field == "refuse":
        raise BadFields(f"'fields_to_export' has invalid fields: {', '.join(unknown)}")
    return frozenset(names) & fields.EXPORTABLE


class Exporter:
    """Turns stored profiles into export objects, for one request's choice of fields.

    `attributes` are the only custom attributes to give, None for all; `dropped` are those that no export shows.
    """

    def __init__(self, wanted: Iterable[str], attributes: set[str] | None, dropped: set[str], modes: Modes) -> None:
        self._wanted = frozenset(wanted)
        self._plain = [name for name in _PLAIN if name in self._wanted]
        self._custom = attributes is not None or "custom_attributes" in self._wanted
        self._only = attributes
        self._dropped = dropped
        self._modes = modes
        self._reads_history = bool(self._wanted & {"custom_events", "purchases", "total_revenue"})

    def users(self, store: Store, page: list[tuple[int, bytes]]) -> list[Doc]:
        """The export objects of a page of (row, document), in its order."""
        histories = self._histories(store, page) if self._reads_history else {}
        return [self._user(orjson.loads(doc), histories.get(row)) for row, doc in page]

    def _user(self, doc: Doc, history: Doc | None) -> Doc:
        wanted, held, modes = self._wanted, doc["fields"], self._modes
        user: Doc = {}
        if "created_at" in wanted:
            user["created_at"] = _written(doc["created_at"], modes.export_created_at)
        if "external_id" in wanted and doc["external_id"] is not None:
            user["external_id"] = doc["external_id"]
        if "user_aliases" in wanted:
            user["user_aliases"] = doc["user_aliases"]
        if "braze_id" in wanted:
            user["braze_id"] = doc["braze_id"]
            if modes.export_appboy_id:
                user["appboy_id"] = doc["braze_id"]
        if "random_bucket" in wanted:
            user["random_bucket"] = doc["random_bucket"]
        for name in self._plain:
            if (value := held.get(name)) is not None:
                user[name] = value
            elif name in ("email_subscribe", "push_subscribe"):
                user[name] = "subscribed"
        if "dob" in wanted and held.get("dob"):
            user["dob"] = held["dob"] + ("T00:00:00.000Z" if modes.export_dob == "time" else "")
        if "last_coordinates" in wanted and (place := held.get("current_location")):
            pair = [place["longitude"], place["latitude"]]
            user["last_coordinates"] = pair if modes.export_coordinates == "lon_lat" else pair[::-1]
        if self._custom and (custom := self._attributes(doc)):
            user["custom_attributes"] = custom
        if self._reads_history:
            user |= {k: v for k, v in (history or {"total_revenue": 0.0}).items() if k in wanted}
        return user

    def _attributes(self, doc: Doc) -> Doc:
        held: Doc = doc["custom_attributes"]
        if self._only is not None:
            held = {name: value for name, value in held.items() if name in self._only}
        if not self._dropped.isdisjoint(held):
            held = {name: value for name, value in held.items() if name not in self._dropped}
        if self._modes.export_times != "iso":
            form = self._modes.export_times
            times = {name: _written(held[name], form) for name in doc.get("time_attributes", ()) if name in held}
            held = {**held, **times}
        return held

    def _histories(self, store: Store, page: list[tuple[int, bytes]]) -> dict[int, Doc]:
        rows = [row for row, _ in page]
        if not rows:
            return {}
        since = formats.iso(datetime.now(UTC) - _SEEN_FOR)
        found: dict[int, Doc] = {}
        events, purchases = store.history(rows)
        for row, name, first, last, count in events:
            doc = found.setdefault(row, {"total_revenue": 0.0})
            if last >= since:
                doc.setdefault("custom_events", []).append(_summary(name, first, last, count))
        for row, product, first, last, count, revenue in purchases:
            doc = found.setdefault(row, {"total_revenue": 0.0})
            doc["total_revenue"] += revenue
            if last >= since:
                doc.setdefault("purchases", []).append(_summary(product, first, last, count))
        return found


def _summary(name: str, first: str, last: str, count: int) -> dict[str, Any]:
    return {"name": name, "first": first, "last": last, "count": count}


def _written(instant: str, form: str) -> str:
    """A stored instant (`…T…Z`) in another of the forms that were seen in exports."""
    if form == "utc":
        return instant.replace("T", " ").replace("Z", " UTC")
    return instant[:19].replace("T", " ") + " +0000" if form == "offset" else instant
