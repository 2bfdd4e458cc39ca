"""POST /users/track: what is refused at the door, and what becomes of the rest (facts/braze-rest-api §1.5, §2)."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from recon.sandbox import fields, formats, people
from recon.sandbox.catalogue import Catalogue
from recon.sandbox.settings import Modes
from recon.sandbox.store import Doc, Profile, Store
from recon.sandbox.subscriptions import Subscriptions
from recon.sandbox.values import ABSENT, LARGEST, LONGEST, Ignored, stored

ARRAYS = ("attributes", "events", "purchases")
MOST_OBJECTS = 75
NO_IDENTIFIER = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required"
BAD_EMAIL = "The value provided for the 'email' field is not a valid email."
NOTHING_VALID = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields."
TOO_MANY = "Max Input Length Exceeded"
_PURCHASE = 50_000  # bytes of a purchase's properties (§2.7)
_NOT_CUSTOM = fields.IDENTIFIERS | fields.CONTROLS | fields.NOTHING_KEPT


class Fatal(Exception):
    """The whole request is refused with 400; `errors` are the per-object errors that go with it."""

    def __init__(self, message: str, errors: list[Doc] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or []


@dataclass(slots=True)
class Accepted:
    """A request that was queued: for each array the positions of good objects, and the errors of the others."""

    good: dict[str, list[int]] = field(default_factory=dict)
    errors: list[Doc] = field(default_factory=list)

    def answer(self) -> Doc:
        """The 201 body: counters only for arrays with a good object."""
        body: Doc = {f"{name}_processed": len(positions) for name, positions in self.good.items()}
        body["message"] = "success"
        if self.errors:
            body["errors"] = self.errors
        return body


# -- at the door


def accept(body: Any, modes: Modes) -> Accepted:
    """Check a parsed body; raises Fatal where Braze answers 400."""
    if not isinstance(body, dict):
        raise Fatal(NOTHING_VALID)
    arrays: dict[str, list[Any]] = {}
    for name in ARRAYS:
        items = body.get(name)
        if items is None:
            continue
        if not isinstance(items, list):
            raise Fatal(f"'{name}' must be an array of objects")
        arrays[name] = items
    sizes = [len(items) for items in arrays.values()]
    if (sum(sizes) if modes.track_objects == "combined" else max(sizes, default=0)) > MOST_OBJECTS:
        raise Fatal(TOO_MANY)
    accepted = Accepted()
    for name, items in arrays.items():
        check = _CHECKS[name]
        good = []
        for index, item in enumerate(items):
            if error := _identity_error(item, modes) or check(item):
                accepted.errors.append({"type": error, "input_array": name, "index": index})
            else:
                good.append(index)
        if good:
            accepted.good[name] = good
    if not accepted.good:
        raise Fatal(NOTHING_VALID, accepted.errors)
    return accepted


def _identity_error(item: Any, modes: Modes) -> str | None:
    if not isinstance(item, dict):
        return NO_IDENTIFIER
    email = item.get("email")
    if email is not None and not (isinstance(email, str) and formats.is_email(email)):
        return BAD_EMAIL
    if people.external_id(item.get("external_id"), modes):
        return None
    if people.alias(item.get("user_alias")) or isinstance(item.get("braze_id"), str) or email is not None:
        return None
    if isinstance(phone := item.get("phone"), str) and formats.phone(phone):
        return None
    if item.get("push_token_import") is True and item.get("push_tokens"):
        return None
    return NO_IDENTIFIER


def _no_more(item: Doc) -> str | None:
    return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST


def _event_error(item: Doc) -> str | None:
    if not _is_text(item.get("name")):
        return "'name' is required"
    return _time_error(item) or _property_error(item)


def _time_error(item: Doc) -> str | None:
    when = item.get("time")
    if when is None:
        return "'time' is required"
    return None if isinstance(when, str) and formats.time(when) else "'time' is not valid"


def _property_error(item: Doc) -> str | None:
    properties = item.get("properties") or {}
    if not isinstance(properties, dict):
        return "'properties' is not valid"
    for name in properties:
        if name in ("time", "event_name"):
            return f"'{name}' is a reserved property name"
        if not name or len(name) > LONGEST or name.startswith("$"):
            return "'properties' has an invalid name"
    is_purchase = "product_id" in item
    nested = any(isinstance(value, dict | list) for value in properties.values())
    if (nested or is_purchase) and len(orjson.dumps(properties)) > (_PURCHASE if is_purchase else LARGEST):
        return "'properties' is too large"
    return None


def _purchase_error(item: Doc) -> str | None:
    if not _is_text(item.get("product_id")):
        return "'product_id' is required"
    currency = item.get("currency")
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isalpha()):
        return "'currency' is not valid"
    if price(item.get("price")) is None:
        return "'price' is not valid"
    quantity = item.get("quantity", 1)
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= 100:
        return "'quantity' is not valid"
    return _time_error(item) or _property_error(item)


_CHECKS = {"attributes": _no_more, "events": _event_error, "purchases": _purchase_error}


def price(value: Any) -> float | None:
    """A price as Braze reads it: a number, or text that is one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


# -- later, in the applier


class Tracker:
    """Applies accepted requests to profiles, each in the caller's transaction."""

    def __init__(self, catalogue: Catalogue, subscriptions: Subscriptions, modes: Modes) -> None:
        self._catalogue = catalogue
        self._subscriptions = subscriptions
        self._modes = modes

    def snapshot(self, store: Store, body: Doc, accepted: Accepted) -> dict[int, bytes]:
        """The profiles a request would start from if it began now (mode `lost_updates`)."""
        found = (self._find(store, body["attributes"][n])[0] for n in accepted.good.get("attributes", ()))
        return {p.row: orjson.dumps(p.doc) for p in found if p is not None}

    def apply(self, store: Store, raw: bytes, accepted: Accepted, snapshot: dict[int, bytes] | None = None) -> None:
        """Apply the good objects of a request: attributes, then events, then purchases."""
        body = orjson.loads(raw)
        steps = {"attributes": self._attributes, "events": self._event, "purchases": self._purchase}
        for name, positions in accepted.good.items():
            items, step = body[name], steps[name]
            for position in positions:
                item = items[position]
                update_only = item.get("_update_existing_only")
                if update_only is None:  # false, but true for an alias
                    update_only = "user_alias" in item and item.get("external_id") is None
                profile, fresh = self._find(store, item)
                if profile is None:
                    by_alias = fresh is not None and fresh["user_aliases"]
                    if fresh is None or update_only is True or (by_alias and name != "attributes"):
                        continue
                    profile = store.add(fresh)
                elif snapshot and name == "attributes" and profile.row in snapshot:
                    profile.doc = orjson.loads(snapshot[profile.row])
                step(store, profile, item)

    def _find(self, store: Store, item: Doc) -> tuple[Profile | None, Doc | None]:
        """(profile, None), or (None, document of the profile to make), or (None, None) if it can only be updated."""
        if wanted := people.external_id(item.get("external_id"), self._modes):
            profile = store.by_external_id(wanted)
            return profile, None if profile else people.new(wanted)
        if pair := people.alias(item.get("user_alias")):
            profile = store.by_alias(*pair)
            return profile, None if profile else people.new(None, [{"alias_name": pair[1], "alias_label": pair[0]}])
        if isinstance(item.get("braze_id"), str):
            return store.by_braze_id(item["braze_id"]), None
        if email := item.get("email"):
            profile = people.preferred(store.by_email(email, exact=self._modes.email_lookup == "exact"))
            return profile, None if profile else people.new(email=fields.stored("email", email, self._modes))
        if phone := formats.phone(item.get("phone") or ""):
            profile = people.preferred(store.by_phone(phone))
            return profile, None if profile else people.new(phone=phone)
        return None, people.new()  # an anonymous profile for an imported push token

    def _attributes(self, store: Store, profile: Profile, item: Doc) -> None:
        skip = _NOT_CUSTOM if fields.IDENTIFIERS & item.keys() else _NOT_CUSTOM | self._identifying(item)
        merge = item.get("_merge_objects") is True
        for name, value in item.items():
            if name in skip:
                continue
            try:
                if name in fields.NAMES:
                    self._field(store, profile, name, value)
                else:
                    self._custom(store, profile, name, value, merge)
            except Ignored:
                continue
        if "subscription_groups" in item:  # after the address, which decides how far it spreads
            self._subscriptions.set_groups(store, profile, item["subscription_groups"])
        if "email_subscribe" in item and "email_subscribe" in profile.fields:
            self._subscriptions.spread_email_state(store, profile)
        store.save(profile)

    @staticmethod
    def _identifying(item: Doc) -> set[str]:
        """An address that identifies is not a field to write."""
        return {"email"} if item.get("email") is not None else {"phone"}

    def _field(self, store: Store, profile: Profile, name: str, value: Any) -> None:
        if name == "subscription_groups":
            return
        kept, held = fields.stored(name, value, self._modes), profile.fields
        if name == "email" and self._modes.resubscribe_on_email_change and held.get("email") not in (None, kept):
            held["email_subscribe"] = "subscribed"
        if kept is None:
            held.pop(name, None)
        else:
            held[name] = kept

    def _custom(self, store: Store, profile: Profile, name: str, value: Any, merge: bool) -> None:
        entry = self._catalogue.get(name)
        if len(name) > LONGEST or (entry is not None and entry.dropped):
            return
        held = profile.attributes
        kind, limit = (entry.kind, entry.attribute.array_length) if entry else (None, None)
        current = held.get(name, ABSENT)
        kept = stored(current, value, kind=kind, limit=limit, merge=merge, modes=self._modes)
        times = profile.doc.get("time_attributes", ())
        if kept.is_time != (name in times):
            changed = {*times, name} if kept.is_time else {*times} - {name}
            profile.doc["time_attributes"] = sorted(changed)
        if kept.value is ABSENT:
            held.pop(name, None)
            return
        held[name] = kept.value
        if entry is None:
            self._catalogue.register(store, name, kept.value, kept.is_time)

    def _event(self, store: Store, profile: Profile, item: Doc) -> None:
        store.add_event(profile, item["name"], _when(item), {"properties": self._properties(item)})

    def _purchase(self, store: Store, profile: Profile, item: Doc) -> None:
        doc = {"currency": item["currency"], "properties": self._properties(item)}
        cost = price(item["price"])
        assert cost is not None
        store.add_purchase(profile, item["product_id"], _when(item), cost, item.get("quantity", 1), doc)

    def _properties(self, item: Doc) -> Doc:
        """What is kept of an event's properties; of a text that is too long, what the mode says (§2.6)."""
        kept = dict(item.get("properties") or {})
        for name, value in list(kept.items()):
            if isinstance(value, str) and len(value) > LONGEST and self._modes.long_strings != "keep":
                del kept[name]
                if self._modes.long_strings == "truncate":
                    kept[name] = value[:LONGEST]
        return kept


def _when(item: Doc) -> str:
    """The time of an event; one in the future is replaced by now."""
    instant = formats.time(item["time"])
    assert instant is not None
    now = datetime.fromtimestamp(time.time(), UTC)
    return formats.iso(min(instant, now))
