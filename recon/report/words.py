"""How numbers, times and texts are written in a report. Everything a template prints passes `visible`."""

from __future__ import annotations

from datetime import UTC, datetime

LONGEST_TEXT = 600
LONGEST_VALUE = 120


def number(count: int) -> str:
    """12345 → `12,345`."""
    return f"{count:,}"


def counted(count: int, what: str) -> str:
    """`1 profile`, `1,200 profiles`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def percent(part: int, whole: int) -> str:
    """`part` of `whole`, never `0 %` for something, never `100 %` for almost all."""
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 0.01:
        return "< 0.01 %"
    if 99.99 < share < 100:
        return "> 99.99 %"
    if share in (0, 100):
        return f"{share:.0f} %"
    return f"{share:.1f} %" if 1 <= share < 99 else f"{share:.2f} %"


def duration(seconds: float) -> str:
    """Seconds as `0.4 s`, `12 s`, `3 min 42 s` or `1 h 5 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{number(hours)} h {minutes_left} min"
    return f"{minutes} min {rest} s"


def day(moment: datetime) -> str:
    """`18 November 2026`, in UTC."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%B %Y}"


def short_day(moment: datetime) -> str:
    """`18 Nov`, in UTC."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%b}"


def clock(moment: datetime) -> str:
    """`2026-11-18 02:00 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def machine_time(moment: datetime) -> str:
    """`2026-11-18T02:00:00Z`, for `<time datetime>`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def shorten(text: str, longest: int = LONGEST_VALUE) -> str:
    """`text`, cut with its full length told if it is longer than `longest` characters."""
    return text if len(text) <= longest else f"{text[:longest].rstrip()}… ({number(len(text))} characters)"


def visible(value: object) -> object:
    """Make text safe to look at: what cannot be seen (control and direction marks, odd spaces) is written as an escape.

    Such characters are a cause of drift, and some can make a page read otherwise than it is. HTML escaping is Jinja's;
    markup that Jinja made passes untouched. Long text is cut, so that no report grows without bound.
    """
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    text = shorten(value, LONGEST_TEXT)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii") for c in text)
