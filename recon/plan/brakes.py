"""What holds a class of corrections back: breakers, the budget, and what needs a person's word (design §7).

An opt-out is held back by none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from recon.config.models import Breakers, Budget, Config

OPT_OUT = "unsubscribe"
"""The class that nothing withholds."""


class ClassSize(NamedTuple):
    """One class of corrections: how many, on how many profiles, at how many data points."""

    name: str
    corrections: int
    profiles: int
    data_points: int


def tripped(sizes: Sequence[ClassSize], matched: int, breakers: Breakers) -> dict[str, str]:
    """Class → reason, for classes above count **and** percent. `matched` is the number of profiles on both sides."""
    reasons = {}
    for size in sizes:
        breaker = getattr(breakers, size.name, None)
        percent = 100 * size.profiles / max(matched, 1)
        if breaker is not None and size.corrections > breaker.count and percent > breaker.percent:
            reasons[size.name] = (
                f"breaker: {size.corrections:,} corrections on {percent:.1f} % of profiles; "
                f"allowed are {breaker.count:,} or {breaker.percent:g} %"
            )
    return reasons


def unapproved(classes: Iterable[str], config: Config) -> dict[str, str]:
    """Class → reason, for classes that no plan sends without an approval of its own (rulings, "Identity")."""
    reasons = {
        "resubscribe": "approval: only a person may say that somebody who opted out gets messages again",
        "delete": "approval: a deleted profile cannot be brought back",
    }
    if config.identity.merge == "approve":
        reasons["merge"] = "approval: a merge cannot be undone"
    return {name: reasons[name] for name in classes if name in reasons}


def over_budget(price: Mapping[str, Any], budget: Budget) -> str | None:
    """Why the price is too high and by how much, None if it is not."""
    over = []
    for name, words in (("data_points", "data points"), ("requests", "requests"), ("minutes", "minutes")):
        asked, allowed = price[name], getattr(budget, name)
        if asked > allowed:
            over.append(f"{asked:,} {words} of {allowed:,} allowed ({round(asked - allowed, 2):,} too many)")
    return f"budget: {', '.join(over)}" if over else None
