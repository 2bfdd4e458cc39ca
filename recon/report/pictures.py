"""The geometry of the two drawn pictures: the funnel from planned to proven, and the trend over nights.

Lengths are percents; the templates turn them into SVG.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from recon.report import glossary
from recon.report.model import Delivery, EarlierRun, ReportData

NIGHTS_DRAWN = 30
NIGHTS_LISTED = 14

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


@dataclass(frozen=True, slots=True)
class Night:
    """A run in the trend; heights in percent of the highest, None without a result."""

    run: str
    started: datetime
    drifted: int | None
    verified: int
    exit_code: int
    tonight: bool
    height: float | None
    verified_height: float


@dataclass(frozen=True, slots=True)
class Trend:
    """The last nights: `drawn` oldest first for the picture, the same newest first as `recent` and `older` for tables.

    `before` is the last earlier run with a result, `typical` the median of those.
    """

    drawn: tuple[Night, ...]
    recent: tuple[Night, ...]
    older: tuple[Night, ...]
    more: int
    highest: int
    before: int | None
    typical: int | None


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


def trend(data: ReportData) -> Trend:
    """Earlier runs and this one."""
    tonight = data.attributes.drifted_cells if data.attributes else None
    verified = data.delivery.states.get("verified", 0) if data.delivery else 0
    return nights(data.earlier, EarlierRun(data.run, data.started, tonight, verified, data.verdict.exit_code))


def nights(before: Sequence[EarlierRun], tonight: EarlierRun) -> Trend:
    """The runs `before`, in any order, and the newest."""
    earlier = sorted(before, key=lambda run: run.started)
    recent = earlier[-(NIGHTS_DRAWN - 1) :]
    known = [run.drifted_cells for run in recent if run.drifted_cells is not None]
    highest = max([*known, tonight.drifted_cells or 0])
    drawn = tuple(
        Night(
            run.run,
            run.started,
            run.drifted_cells,
            run.verified,
            run.exit_code,
            run is tonight,
            height=None if run.drifted_cells is None else share(run.drifted_cells, highest),
            # More can be verified than drifted: cohorts and opt-outs count too.
            verified_height=share(min(run.verified, run.drifted_cells or 0), highest),
        )
        for run in (*recent, tonight)
    )
    return Trend(
        drawn=drawn,
        recent=drawn[::-1][:NIGHTS_LISTED],
        older=drawn[::-1][NIGHTS_LISTED:],
        more=len(earlier) - len(recent),
        highest=highest,
        before=known[-1] if known else None,
        typical=sorted(known)[len(known) // 2] if known else None,
    )
