"""What a gate is made of: a measure, the bounds that it must keep, and both in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Profile = dict[str, float]
"""A quality profile: measures by name, such as `user_traits.profiles`. What cannot be measured is not in it."""


@dataclass(frozen=True)
class Rule:
    """`measure` must lie between `least` and `most`, both included; None is no bound.

    `found` and `allowed` say it in words, `rule` is the setting in recon.yml that decides, or what the rule is about.
    `examples` is asked where the gate fails; they are forms and counts, and name nobody.
    """

    name: str
    table: str
    rule: str
    measure: str
    found: str
    allowed: str
    least: float | None = None
    most: float | None = None
    examples: Callable[[], Sequence[str]] = tuple


def age(seconds: float) -> str:
    """`52 h 10 min`."""
    minutes = int(seconds // 60)
    return f"{minutes // 60:,} h {minutes % 60} min"


def percent(value: float) -> str:
    """`20 %`, `3.1 %`; never `0 %` for something."""
    return "less than 0.1 %" if 0 < value < 0.1 else f"{value:,.1f} %".replace(".0 %", " %")
