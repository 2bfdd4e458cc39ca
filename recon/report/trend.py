"""The geometry of the trend over nights: drift in all, by cause, and what was withheld. Heights are percents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from recon.report.model import EarlierRun, ReportData
from recon.report.pictures import share

NIGHTS_DRAWN = 30
NIGHTS_LISTED = 14
CAUSES_DRAWN = 9


@dataclass(frozen=True, slots=True)
class Night:
    """A run in the trend; heights in percent of the highest, None without a result. `causes` as `Trend.causes`."""

    run: str
    started: datetime
    drifted: int | None
    verified: int
    exit_code: int
    tonight: bool
    height: float | None
    verified_height: float
    withheld: int | None
    causes: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One number over the nights drawn: this run's, the highest, and heights in percent of that; None: not known."""

    name: str
    is_cause: bool
    tonight: int | None
    highest: int
    heights: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """The last nights: `drawn` oldest first for the picture, the same newest first as `recent` and `older` for tables.

    `before` is the last earlier run with a result, `typical` the median of those. `causes` are those of any night, most
    first, and `panels` draws each of them, and what was withheld.
    """

    drawn: tuple[Night, ...]
    recent: tuple[Night, ...]
    older: tuple[Night, ...]
    more: int
    highest: int
    before: int | None
    typical: int | None
    causes: tuple[str, ...]
    panels: tuple[Panel, ...]


def trend(data: ReportData) -> Trend:
    """Earlier runs and this one."""
    states = data.delivery.states if data.delivery else {}
    tonight = EarlierRun(
        data.run,
        data.started,
        data.attributes.drifted_cells if data.attributes else None,
        states.get("verified", 0),
        data.verdict.exit_code,
        data.attributes.by_cause if data.attributes else {},
        states.get("withheld", 0) if states else data.plan.withheld if data.plan else None,
    )
    return nights(data.earlier, tonight)


def nights(before: Sequence[EarlierRun], tonight: EarlierRun) -> Trend:
    """The runs `before`, in any order, and the newest."""
    earlier = sorted(before, key=lambda run: run.started)
    recent = earlier[-(NIGHTS_DRAWN - 1) :]
    known = [run.drifted_cells for run in recent if run.drifted_cells is not None]
    highest = max([*known, tonight.drifted_cells or 0])
    causes = _causes([*recent, tonight])
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
            withheld=run.withheld,
            causes=tuple(None if run.drifted_cells is None else run.by_cause.get(cause, 0) for cause in causes),
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
        causes=causes,
        panels=(
            *(_panel(cause, [night.causes[at] for night in drawn], True) for at, cause in enumerate(causes)),
            _panel("withheld", [night.withheld for night in drawn], False),
        ),
    )


def _causes(runs: Sequence[EarlierRun]) -> tuple[str, ...]:
    counts: Counter[str] = Counter()
    for run in runs:
        counts.update(run.by_cause)
    return tuple(sorted((cause for cause in counts if counts[cause]), key=lambda c: (-counts[c], c))[:CAUSES_DRAWN])


def _panel(name: str, counts: Sequence[int | None], is_cause: bool) -> Panel:
    highest = max((count for count in counts if count is not None), default=0)
    heights = tuple(None if count is None else share(count, highest) for count in counts)
    return Panel(name, is_cause, counts[-1], highest, heights)
