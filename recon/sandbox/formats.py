"""How Braze reads single values: times, phone numbers, e-mails, time zones (facts/braze-rest-api §2.4, §2.5).

Pure functions; each returns what is stored, or None where Braze cannot read the value.
"""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache

# yyyy-MM-dd, yyyy-MM-dd HH:mm:ss, yyyy-MM-ddTHH:mm:ss, …:SSSZ and ISO-8601 with fraction and offset
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.:](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)  # MM/dd/yyyy
# ddd MM dd HH:mm:ss.TZD YYYY, as the documentation spells it
_LONG = re.compile(r"[A-Za-z]{3} (\d\d) (\d\d) (\d\d):(\d\d):(\d\d)\.?(Z|[+-]\d\d:?\d\d) (\d{4})", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;:<>\"()\[\]\\]+@[^@\s.,;:<>\"()\[\]\\]+(\.[^@\s.,;:<>\"()\[\]\\]+)+")
MAX_YEAR = 3000

# Rails' own names of time zones, which Braze accepts beside the IANA ones
_RAILS = """International Date Line West|Midway Island|American Samoa|Hawaii|Alaska|Pacific Time (US & Canada)|Tijuana
Mountain Time (US & Canada)|Arizona|Chihuahua|Mazatlan|Central Time (US & Canada)|Saskatchewan|Guadalajara|Mexico City
Monterrey|Central America|Eastern Time (US & Canada)|Indiana (East)|Bogota|Lima|Quito|Atlantic Time (Canada)|Caracas
La Paz|Santiago|Asuncion|Newfoundland|Brasilia|Buenos Aires|Montevideo|Georgetown|Puerto Rico|Greenland|Mid-Atlantic
Azores|Cape Verde Is.|Dublin|Edinburgh|Lisbon|London|Casablanca|Monrovia|UTC|Belgrade|Bratislava|Budapest|Ljubljana
Prague|Sarajevo|Skopje|Warsaw|Zagreb|Brussels|Copenhagen|Madrid|Paris|Amsterdam|Berlin|Bern|Zurich|Rome|Stockholm
Vienna|West Central Africa|Bucharest|Cairo|Helsinki|Kyiv|Riga|Sofia|Tallinn|Vilnius|Athens|Istanbul|Minsk|Jerusalem
Harare|Pretoria|Kaliningrad|Moscow|St. Petersburg|Volgograd|Samara|Kuwait|Riyadh|Nairobi|Baghdad|Tehran|Abu Dhabi
Muscat|Baku|Tbilisi|Yerevan|Kabul|Ekaterinburg|Islamabad|Karachi|Tashkent|Chennai|Kolkata|Mumbai|New Delhi|Kathmandu
Dhaka|Sri Jayawardenepura|Almaty|Astana|Novosibirsk|Rangoon|Bangkok|Hanoi|Jakarta|Krasnoyarsk|Beijing|Chongqing
Hong Kong|Urumqi|Kuala Lumpur|Singapore|Taipei|Perth|Irkutsk|Ulaanbaatar|Seoul|Osaka|Sapporo|Tokyo|Yakutsk|Darwin
Adelaide|Canberra|Melbourne|Sydney|Brisbane|Hobart|Vladivostok|Guam|Port Moresby|Magadan|Srednekolymsk|Solomon Is.
New Caledonia|Fiji|Kamchatka|Marshall Is.|Auckland|Wellington|Nuku'alofa|Tokelau Is.|Chatham Is.|Samoa"""


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def time(text: str) -> datetime | None:
    """The instant a text names, in UTC; None if it is in none of Braze's formats or beyond the year 3000."""
    try:
        if m := _ISO.fullmatch(text):
            year, month, day, hour, minute, second, fraction, zone = m.groups()
            micro = int((fraction or "0")[:6].ljust(6, "0"))
            parts = (int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro)
        elif m := _US.fullmatch(text):
            month, day, year = m.groups()
            zone, parts = None, (int(year), int(month), int(day), 0, 0, 0, 0)
        elif m := _LONG.fullmatch(text):
            month, day, hour, minute, second, zone, year = m.groups()
            parts = (int(year), int(month), int(day), int(hour), int(minute), int(second), 0)
        else:
            return None
        if parts[0] > MAX_YEAR:
            return None
        return datetime(*parts, tzinfo=_zone(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def iso(instant: datetime) -> str:
    """An instant as Braze stores and exports it: UTC with milliseconds and Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(text: str) -> str | None:
    """A date of birth as stored (YYYY-MM-DD): the date part as written, whatever zone follows it."""
    if (m := _ISO.fullmatch(text)) is None:
        return None
    try:
        return date(int(m[1]), int(m[2]), int(m[3])).isoformat()
    except ValueError:
        return None


def is_email(text: str) -> bool:
    """Whether Braze takes the text for an e-mail address (the exact rule is not published)."""
    return len(text) <= 255 and _EMAIL.fullmatch(text) is not None


def phone(text: str) -> str | None:
    """A phone number as stored: digits and a leading +; a bare 10-digit number is read as a US one."""
    text = text.strip()
    digits = "".join(c for c in text if c in "0123456789")
    if not digits:
        return None
    if text.startswith("+"):
        return "+" + digits
    return "+1" + digits if len(digits) == 10 else digits


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) | frozenset(_RAILS.replace("\n", "|").split("|"))


def is_time_zone(text: str) -> bool:
    """Whether the text names an IANA or a Rails time zone."""
    return text in _time_zones()
