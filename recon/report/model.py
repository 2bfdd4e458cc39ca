"""What a drift report is made of: plain numbers and texts of one run, filled by the job, read by the templates.

Counts are whole numbers, times are aware UTC datetimes, identifiers arrive as pseudonyms. What a run never reached is
None (no drift after a failed gate, no delivery without `--apply`), so the report can say so instead of showing zeros.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from recon.report.model_sides import Cohort, Consent, Duplicates

VerdictState = Literal["clean", "drift_found", "repaired", "withheld", "partly_delivered", "failed"]
Owner = Literal["segment", "braze", "observe"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the run ended: its state, one sentence in plain words, and the exit code of the contract."""

    state: VerdictState
    sentence: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Profiles:
    """Profiles on each side and how they pair (contract, `drift --json`)."""

    segment: int
    braze: int
    matched: int
    missing_in_braze: int
    only_in_braze: int


@dataclass(frozen=True, slots=True)
class Change:
    """`cells` drifted values of one attribute that share the kind of change and the cause (design §5).

    `kind` is how Braze differs: `missing` (absent in Braze), `changed` (another value), `extra` (Braze has one,
    Segment has none); another word is shown as it is.
    """

    attribute: str
    kind: str
    cause: str
    cells: int


@dataclass(frozen=True, slots=True)
class Example:
    """One drifted value. `desired` and `actual` are JSON text, None where a side has no value."""

    profile: str
    desired: str | None
    actual: str | None
    cause: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AttributeDrift:
    """Attribute drift of a run.

    `comparable_cells` are all cells that were compared: matched profiles x attributes of the mapping. `changes` holds
    every row of attribute.parquet, grouped; `by_cause` and `by_attribute` follow from it. `owners` names the attributes
    that are not Segment's, `examples` has up to five per attribute.
    """

    drifted_cells: int
    drifted_profiles: int
    comparable_cells: int
    nulls_kept: int = 0
    changes: tuple[Change, ...] = ()
    owners: Mapping[str, Owner] = field(default_factory=dict)
    examples: Mapping[str, tuple[Example, ...]] = field(default_factory=dict)

    @property
    def by_cause(self) -> dict[str, int]:
        """Cells per cause, most first, ties by name."""
        return _most_first((change.cause, change.cells) for change in self.changes)

    @property
    def by_attribute(self) -> dict[str, int]:
        """Cells per attribute, most first, ties by name."""
        return _most_first((change.attribute, change.cells) for change in self.changes)


@dataclass(frozen=True, slots=True)
class PlannedClass:
    """One class of corrections: `corrections` counts all of the plan, `withheld` those of them held back, and why."""

    name: str
    corrections: int
    withheld: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """What delivering the whole plan costs; data points by facts/braze-rest-api §2.9."""

    objects: int
    requests: int
    minutes: float
    data_points: int
    data_points_avoided: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of the run, by class, in the order in which it is delivered."""

    hash: str
    classes: tuple[PlannedClass, ...]
    price: Price

    @property
    def corrections(self) -> int:
        """All corrections of the plan, the withheld ones included."""
        return sum(each.corrections for each in self.classes)

    @property
    def withheld(self) -> int:
        """Corrections that are held back."""
        return sum(each.withheld for each in self.classes)


@dataclass(frozen=True, slots=True)
class Failure:
    """`corrections` that Braze refused, or that did not hold, for one reason."""

    reason: str
    corrections: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the corrections.

    `states` counts every correction of the plan once, by its state of design §8; `requests` include the `retries`.
    """

    states: Mapping[str, int]
    requests: int
    retries: int
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class QuarantinedRows:
    """Input rows that could not be read: how many of `file` for this reason, and the numbers of the first lines."""

    file: str
    reason: str
    rows: int
    first_lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """A data-quality check: what was found and what is allowed, both in words (`found="3 h old"`, `allowed="36 h"`)."""

    name: str
    passed: bool
    found: str
    allowed: str


@dataclass(frozen=True, slots=True)
class StepTiming:
    """Wall seconds of a step and the rows it handled, None where rows mean nothing."""

    step: str
    seconds: float
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run before this one. `drifted_cells` is None if it stopped before drift was known, `withheld` if there
    was no plan."""

    run: str
    started: datetime
    drifted_cells: int | None
    verified: int
    exit_code: int
    by_cause: Mapping[str, int] = field(default_factory=dict)
    withheld: int | None = None


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything that the drift report shows of one run. In `next_steps`, commands stand between backticks."""

    run: str
    workspace: str
    started: datetime
    finished: datetime
    verdict: Verdict
    versions: Mapping[str, str]
    profiles: Profiles | None = None
    attributes: AttributeDrift | None = None
    cohorts: tuple[Cohort, ...] = ()
    duplicates: Duplicates | None = None
    consent: Consent | None = None
    plan: Plan | None = None
    delivery: Delivery | None = None
    gates: tuple[Gate, ...] = ()
    quarantine: tuple[QuarantinedRows, ...] = ()
    timings: tuple[StepTiming, ...] = ()
    earlier: tuple[EarlierRun, ...] = ()
    next_steps: tuple[str, ...] = ()
    revealed: bool = False
    """Identifiers are shown as they are."""


def _most_first(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for name, cells in pairs:
        counts[name] += cells
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
