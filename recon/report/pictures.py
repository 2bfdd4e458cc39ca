"""The geometry of the funnel from planned to proven, and of bars.

Lengths are percents; the templates turn them into SVG.
"""

from __future__ import annotations

from dataclasses import dataclass

from recon.report import glossary
from recon.report.model import Delivery

_SENT = ("verified", "accepted", "not_applied", "rejected", "unknown", "sending")
_ACCEPTED = ("verified", "accepted", "not_applied")
_PROVEN = ("verified",)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the funnel: width in percent of the first, and what was lost before the next, by state."""

    label: str
    corrections: int
    width: float
    next_width: float
    lost: tuple[tuple[str, int], ...]


def share(part: float, whole: float) -> float:
    """Percent for a length, one decimal; something is never drawn as nothing."""
    if not part or not whole:
        return 0.0
    return max(0.5, round(100 * part / whole, 1))


def funnel(delivery: Delivery) -> tuple[Stage, ...]:
    """From planned to proven, empty without corrections; each step keeps a subset of the states of the one before."""
    steps = (
        ("Planned", tuple(glossary.in_order(delivery.states))),
        ("Sent to Braze", _SENT),
        ("Accepted by Braze", _ACCEPTED),
        ("Proven by reading back", _PROVEN),
    )
    counts = [sum(delivery.states.get(state, 0) for state in states) for _, states in steps]
    if not counts[0]:
        return ()
    following = [*steps[1:], steps[-1]]
    return tuple(
        Stage(
            label=label,
            corrections=count,
            width=share(count, counts[0]),
            next_width=share(next_count, counts[0]),
            lost=tuple((s, delivery.states[s]) for s in states if s not in kept and delivery.states.get(s)),
        )
        for (label, states), (_, kept), count, next_count in zip(
            steps, following, counts, [*counts[1:], counts[-1]], strict=True
        )
    )
