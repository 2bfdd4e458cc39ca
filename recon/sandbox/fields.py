"""Standard profile fields: their names and what Braze keeps of a value (facts/braze-rest-api §2.4, §3.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recon.sandbox import countries, formats
from recon.sandbox.settings import Modes
from recon.sandbox.values import LONGEST, Ignored

IDENTIFIERS = frozenset({"external_id", "user_alias", "braze_id"})
CONTROLS = frozenset({"_update_existing_only", "_merge_objects", "push_token_import"})
NOTHING_KEPT = frozenset({"bio"})  # retired: neither a field nor a custom attribute
STATES = frozenset({"opted_in", "subscribed", "unsubscribed"})

EXPORTABLE = frozenset(
    [
        "apps",
        "attributed_campaign",
        "attributed_source",
        "attributed_adgroup",
        "attributed_ad",
        "braze_id",
        "campaigns_received",
        "canvases_received",
        "cards_clicked",
        "country",
        "created_at",
        "custom_attributes",
        "custom_events",
        "devices",
        "dob",
        "email",
        "email_subscribe",
        "external_id",
        "first_name",
        "gender",
        "home_city",
        "language",
        "last_coordinates",
        "last_name",
        "phone",
        "purchases",
        "push_subscribe",
        "push_tokens",
        "random_bucket",
        "time_zone",
        "total_revenue",
        "uninstalled_at",
        "user_aliases",
    ]
)


def _text(value: Any, modes: Modes) -> Any:
    if not isinstance(value, str):
        raise Ignored("not a string")
    if len(value) > LONGEST and modes.long_strings != "keep":
        if modes.long_strings == "ignore":
            raise Ignored("longer than 255 characters")
        return value[:LONGEST]
    return value


def _email(value: Any, modes: Modes) -> Any:
    return value.lower() if modes.email_case == "lower" else value  # its form was checked on acceptance


def _phone(value: Any, modes: Modes) -> Any:
    number = formats.phone(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if number is None:
        raise Ignored("not a phone number")
    return number


def _country(value: Any, modes: Modes) -> Any:
    return countries.code(value) if isinstance(value, str) else None  # unmappable is stored as null


def _language(value: Any, modes: Modes) -> Any:
    text = _text(value, modes)
    return text.lower() if len(text) == 2 else text


def _gender(value: Any, modes: Modes) -> Any:
    code = value.upper() if isinstance(value, str) else ""
    if code in ("M", "F", "O", "N", "P"):
        return code
    if modes.invalid_gender == "null":
        return None
    raise Ignored("not a gender code")


def _dob(value: Any, modes: Modes) -> Any:
    if not isinstance(value, str) or (day := formats.day(value)) is None:
        raise Ignored("not a date")
    return day


def _time(value: Any, modes: Modes) -> Any:
    if not isinstance(value, str) or (instant := formats.time(value)) is None:
        raise Ignored("not a time")
    return formats.iso(instant)


def _time_zone(value: Any, modes: Modes) -> Any:
    if not isinstance(value, str) or not formats.is_time_zone(value):
        raise Ignored("not a time zone")
    return value


def _state(value: Any, modes: Modes) -> Any:
    if value not in STATES:
        raise Ignored("not a subscription state")
    return value


def _flag(value: Any, modes: Modes) -> Any:
    if not isinstance(value, bool):
        raise Ignored("not a boolean")
    return value


def _location(value: Any, modes: Modes) -> Any:
    if not isinstance(value, dict):
        raise Ignored("not a location")
    longitude, latitude = value.get("longitude"), value.get("latitude")
    for part, most in ((longitude, 180), (latitude, 90)):
        if not isinstance(part, int | float) or isinstance(part, bool) or abs(part) > most:
            raise Ignored("not a location")
    return {"longitude": float(longitude), "latitude": float(latitude)}  # type: ignore[arg-type]


def _object(value: Any, modes: Modes) -> Any:
    if not isinstance(value, dict):
        raise Ignored("not an object")
    return value


def _tokens(value: Any, modes: Modes) -> Any:
    if not isinstance(value, list) or not all(isinstance(t, dict) and "token" in t for t in value):
        raise Ignored("not push tokens")
    return [{"app": t.get("app_id"), "token": t["token"], "device_id": t.get("device_id")} for t in value]


_FIELDS: dict[str, Callable[[Any, Modes], Any]] = {
    "country": _country,
    "current_location": _location,
    "date_of_first_session": _time,
    "date_of_last_session": _time,
    "dob": _dob,
    "email": _email,
    "email_subscribe": _state,
    "push_subscribe": _state,
    "email_open_tracking_disabled": _flag,
    "email_click_tracking_disabled": _flag,
    "facebook": _object,
    "first_name": _text,
    "last_name": _text,
    "gender": _gender,
    "home_city": _text,
    "image_url": _text,
    "language": _language,
    "marked_email_as_spam_at": _time,
    "phone": _phone,
    "push_tokens": _tokens,
    "time_zone": _time_zone,
    "twitter": _object,
}
NAMES = frozenset(_FIELDS) | {"subscription_groups"}  # the latter is resolved in subscriptions


def stored(name: str, value: Any, modes: Modes) -> Any:
    """What a standard field holds after `value` is sent; None removes it. Raises Ignored where the old value stays."""
    return None if value is None else _FIELDS[name](value, modes)
