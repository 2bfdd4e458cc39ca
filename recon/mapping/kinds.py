"""The kinds of value an attribute can have: how a trait is read as one, and when two are the same.

The reading and comparing itself is SQL (sql/mapping/): `as_<kind>` turns a trait's text into the JSON that Braze would
be sent, NULL if it cannot be read so; `same_<kind>` says whether Braze would store the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of value."""

    name: str
    same: str
    """Suffix of the comparing macro."""
    unreadable: str
    """Why a value is `invalid`, for people."""
    tidy: str = ""
    """What a person could clean up in Segment where only the spelling differs (`format`); empty: nothing."""
    limited: bool = False
    """Whether the reading macro takes the greatest number of elements."""
    words: bool = False
    """Whether it is read with the help of a list of words, by the kind's name."""


STRING = Kind("string", "string", "longer than the 255 characters that Braze keeps")
TEXT = Kind("string", "text", "longer than the 255 characters that Braze keeps")
NUMBER = Kind("number", "number", "not a number")
BOOLEAN = Kind("boolean", "boolean", "neither true nor false")
TIME = Kind("time", "time", "not a time that Braze reads, or not a possible one")
DATE = Kind("date", "date", "not a possible date")
SET = Kind("array", "set", "not a JSON array of short scalar values", limited=True)
LIST = Kind("array", "list", "not a JSON array of short scalar values", limited=True)
OBJECT = Kind(
    "object", "object", "not a JSON object that Braze keeps: keys without spaces, dots or $, texts up to 255 characters"
)
ANY = Kind("any", "any", "a value that Braze cannot keep: too long, or an object with a bad key", limited=True)
EMAIL = Kind("email", "email", "a malformed e-mail address", tidy="the e-mail address differs only in case or spaces")
PHONE = Kind(
    "phone", "phone", "not a phone number with its country", tidy="the phone number is the same, written differently"
)
COUNTRY = Kind(
    "country", "code", "not a known country", tidy="the country is the same, written differently", words=True
)
LANGUAGE = Kind(
    "language", "code", "not a known language", tidy="the language is the same, written differently", words=True
)
GENDER = Kind(
    "gender", "code", "not a known word for a gender", tidy="the gender is the same, written differently", words=True
)
TIME_ZONE = Kind("time_zone", "text", "not a known time zone", words=True)

BY_TYPE = {
    "string": STRING,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "time": TIME,
    "date": DATE,
    "array": SET,
    "object": OBJECT,
}
"""Kinds of custom attributes, by the word after `as:`."""

STANDARD = {
    "email": EMAIL,
    "phone": PHONE,
    "country": COUNTRY,
    "language": LANGUAGE,
    "gender": GENDER,
    "time_zone": TIME_ZONE,
    "dob": DATE,
    "first_name": TEXT,
    "last_name": TEXT,
    "home_city": TEXT,
}
"""Standard fields that Braze both takes and exports (facts/braze-rest-api §2.4, §3.3), with their fixed kinds."""

UNEXPORTED = {
    "current_location", "date_of_first_session", "date_of_last_session", "email_open_tracking_disabled",
    "email_click_tracking_disabled", "facebook", "image_url", "marked_email_as_spam_at", "twitter",
}  # fmt: skip
"""Standard fields that Braze takes but never exports in the same form: they cannot be compared."""

FORCED = {
    "string": STRING,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "time": TIME,
    "array": SET,
    "object": OBJECT,
}
"""Kinds by the type that Braze's attribute catalogue forces on a custom attribute (facts/braze-rest-api §2.5, §7)."""
