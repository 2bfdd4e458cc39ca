"""Turns the numbers of a run into what the templates draw: sorted, cut to a size a person reads, with lengths of bars.

Nothing here knows HTML. Every list is cut, and says how much was cut, so a report stays small at any size of base.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from recon.report import clusters, glossary, pictures, trend
from recon.report.model import (
    AttributeDrift,
    Change,
    Delivery,
    Example,
    Failure,
    Gate,
    PlannedClass,
    QuarantinedRows,
    ReportData,
)
from recon.report.model_sides import Cohort, ConsentSides

ATTRIBUTES_SHOWN = 25
CHANGES_SHOWN = 60
EXAMPLE_ATTRIBUTES_SHOWN = 20
EXAMPLES_PER_ATTRIBUTE = 5
CAUSES_SHOWN = 12
COHORTS_SHOWN = 40
ROWS_SHOWN = 20
CHANNELS_SHOWN = 12

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cut(Generic[T]):
    """The first rows of a list, and how many more there are."""

    rows: Sequence[T]
    more: int


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A cause, its cells, and the length of its bar in percent of the longest."""

    cause: str
    cells: int
    bar: float
    meaning: str
    handling: str


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """An attribute, its cells in all, and per cause (as `AttributeTable.causes`) its cells and a shade from 0 to 4."""

    attribute: str
    owner: str
    cells: int
    bar: float
    per_cause: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class AttributeTable:
    """Attributes by cause; `rest` sums the `more` attributes that are not shown."""

    causes: tuple[str, ...]
    rows: tuple[AttributeRow, ...]
    more: int
    rest: AttributeRow | None


@dataclass(frozen=True, slots=True)
class ExampleGroup:
    """Examples of one attribute."""

    attribute: str
    cells: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class CohortRow:
    """A cohort, how many are members on one side only, and the lengths of bars in percent of the largest cohort.

    Where `both` was not counted, the counts and the bar of it are None.
    """

    cohort: Cohort
    only_segment: int | None
    only_braze: int | None
    bars: tuple[float, float, float] | None
    """Of members in Segment only, on both sides, in Braze only."""


@dataclass(frozen=True, slots=True)
class View:
    """What the templates draw beside the data itself."""

    words: glossary.VerdictWords
    gates: Cut[Gate]
    failed_gates: int
    causes: Cut[CauseRow]
    attributes: AttributeTable | None
    changes: Cut[Change]
    cohorts: Cut[CohortRow]
    consent: Cut[ConsentSides]
    classes: Cut[PlannedClass]
    funnel: tuple[pictures.Stage, ...]
    states: tuple[tuple[str, int, float], ...]
    failures: Cut[Failure]
    withheld: Cut[PlannedClass]
    trend: trend.Trend
    stars: tuple[clusters.Star, ...]
    examples: Cut[ExampleGroup]
    quarantine: Cut[QuarantinedRows]
    quarantined_rows: int
    slowest: float


def of(data: ReportData) -> View:
    """The view of one run."""
    drift, delivery = data.attributes, data.delivery
    classes = data.plan.classes if data.plan else ()
    failures = sorted(delivery.failures if delivery else (), key=lambda each: (-each.corrections, each.reason))
    quarantine = sorted(data.quarantine, key=lambda each: (-each.rows, each.file, each.reason))
    return View(
        words=glossary.VERDICTS[data.verdict.state],
        gates=_cut(sorted(data.gates, key=lambda gate: gate.passed), ROWS_SHOWN),
        failed_gates=sum(not gate.passed for gate in data.gates),
        causes=_causes(drift) if drift else Cut((), 0),
        attributes=_attributes(drift) if drift else None,
        changes=_cut(sorted(drift.changes if drift else (), key=_most_first), CHANGES_SHOWN),
        cohorts=_cohorts(data.cohorts),
        consent=_cut(data.consent.sides if data.consent else (), CHANNELS_SHOWN),
        classes=_cut(classes, ROWS_SHOWN),
        funnel=pictures.funnel(delivery) if delivery else (),
        states=_states(delivery) if delivery else (),
        failures=_cut(failures, ROWS_SHOWN),
        withheld=_cut([each for each in classes if each.withheld], ROWS_SHOWN),
        trend=trend.trend(data),
        stars=clusters.stars(data.duplicates.clusters if data.duplicates else ()),
        examples=_examples(drift) if drift else Cut((), 0),
        quarantine=_cut(quarantine, ROWS_SHOWN),
        quarantined_rows=sum(each.rows for each in quarantine),
        slowest=max((each.seconds for each in data.timings), default=0.0),
    )


def _cut(rows: Sequence[T], most: int) -> Cut[T]:
    return Cut(rows[:most], max(0, len(rows) - most))


def _most_first(change: Change) -> tuple[int, str, str, str]:
    return -change.cells, change.attribute, change.kind, change.cause


def _causes(drift: AttributeDrift) -> Cut[CauseRow]:
    counts = drift.by_cause
    longest = max(counts.values(), default=0)
    unknown = glossary.Cause("", "")
    rows = [
        CauseRow(cause, cells, pictures.share(cells, longest), *glossary.CAUSES.get(cause, unknown))
        for cause, cells in counts.items()
    ]
    return _cut(rows, CAUSES_SHOWN)


def _attributes(drift: AttributeDrift) -> AttributeTable:
    causes = tuple(drift.by_cause)[:CAUSES_SHOWN]
    totals = drift.by_attribute
    cells: dict[tuple[str, str], int] = {}
    for change in drift.changes:
        key = change.attribute, change.cause
        cells[key] = cells.get(key, 0) + change.cells
    longest, darkest = max(totals.values(), default=0), max(cells.values(), default=0)

    def per_cause(attributes: Sequence[str], shaded: bool) -> tuple[tuple[int, int], ...]:
        sums = [sum(cells.get((attribute, cause), 0) for attribute in attributes) for cause in causes]
        # Square root: most values are small beside the largest and would all look white.
        return tuple((n, min(4, round(4 * (n / darkest) ** 0.5)) if shaded and n else 0) for n in sums)

    names = list(totals)
    shown, hidden = names[:ATTRIBUTES_SHOWN], names[ATTRIBUTES_SHOWN:]
    rows = tuple(
        AttributeRow(
            attribute=name,
            owner=drift.owners.get(name, "segment"),
            cells=totals[name],
            bar=pictures.share(totals[name], longest),
            per_cause=per_cause([name], shaded=True),
        )
        for name in shown
    )
    rest = AttributeRow("", "segment", sum(totals[name] for name in hidden), 0.0, per_cause(hidden, shaded=False))
    return AttributeTable(causes, rows, len(hidden), rest if hidden else None)


def _cohorts(cohorts: Sequence[Cohort]) -> Cut[CohortRow]:
    """Those with most to move first."""
    largest = max((each.segment + each.braze - (each.both or 0) for each in cohorts), default=0)
    rows = [_cohort(each, largest) for each in sorted(cohorts, key=lambda e: (-(e.enter + e.leave), e.audience))]
    return _cut(rows, COHORTS_SHOWN)


def _cohort(each: Cohort, largest: int) -> CohortRow:
    if each.both is None:
        return CohortRow(each, None, None, None)
    parts = (each.segment - each.both, each.both, each.braze - each.both)
    bars = [pictures.share(part, largest) for part in parts]
    return CohortRow(each, parts[0], parts[2], (bars[0], bars[1], bars[2]))


def _states(delivery: Delivery) -> tuple[tuple[str, int, float], ...]:
    """States that a correction is in, with the length of a bar."""
    longest = max(delivery.states.values(), default=0)
    return tuple(
        (state, delivery.states[state], pictures.share(delivery.states[state], longest))
        for state in glossary.in_order(delivery.states)
    )


def _examples(drift: AttributeDrift) -> Cut[ExampleGroup]:
    counts = drift.by_attribute
    names = sorted((name for name, rows in drift.examples.items() if rows), key=lambda n: (-counts.get(n, 0), n))
    groups = [
        ExampleGroup(name, counts.get(name, 0), drift.examples[name][:EXAMPLES_PER_ATTRIBUTE])
        for name in names[:EXAMPLE_ATTRIBUTES_SHOWN]
    ]
    return Cut(groups, max(0, len(names) - EXAMPLE_ATTRIBUTES_SHOWN))
