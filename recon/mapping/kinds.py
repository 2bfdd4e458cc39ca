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
    gives: str = ""
    """The one type of Braze's catalogue that its values have; empty: that depends on the value."""


_TOO_LONG = "longer than the 255 characters that Braze keeps"
_NO_ARRAY = "not a JSON array that Braze keeps: short scalar values, or objects with good keys, 100 KB in all"

STRING = Kind("string", "string", _TOO_LONG, gives="string")
TEXT = Kind("string", "text", _TOO_LONG, gives="string")
NUMBER = Kind("number", "number", "not a number", gives="number")
AMOUNT = Kind("amount", "number", "not a whole number of minor units", gives="number")
CURRENCY = Kind(
    "currency",
    "number",
    "not a whole number of minor units with a currency of ISO 4217 behind it",
    words=True,
    gives="number",
)
"""An amount whose currency is another trait: both in one text, such as `1999 EUR`."""
BOOLEAN = Kind("boolean", "boolean", "neither true nor false", gives="boolean")
TIME = Kind("time", "time", "not a time that Braze reads, or not a possible one", gives="time")
DATE = Kind("date", "date", "not a possible date")
SET = Kind("array", "set", _NO_ARRAY, limited=True)
LIST = Kind("array", "list", _NO_ARRAY, limited=True)
OBJECT = Kind(
    "object",
    "object",
    "not a JSON object that Braze keeps: keys without spaces, dots or $, texts up to 255 characters, 100 KB in all",
    gives="object",
)
ANY = Kind("any", "any", "a value that Braze cannot keep: too long, or an object with a bad key", limited=True)
EMAIL = Kind("email", "email", "a malformed e-mail address", tidy="the e-mail address differs only in case or spaces")
PHONE = Kind(
    "phone",
    "phone",
    "not a possible phone number, or one without its country",
    tidy="the phone number is the same, written differently",
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
    "amount": AMOUNT,
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
    "string": TEXT,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "time": TIME,
    "array": SET,
    "object": OBJECT,
    "object_array": SET,
}
"""Kinds by the type that Braze's attribute catalogue forces on a custom attribute (facts/braze-rest-api §2.5, §7).
A text stays the text it is: only without a forced type does Braze make an instant of one that looks like a date."""
