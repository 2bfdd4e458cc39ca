"""The gates that a plan must pass before anything of it is sent: measures, bounds, and why (recon.yml, `quality`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recon.config.models import Quality
from recon.mapping.compiled import Compiled
from recon.quality.rules import Profile, Rule, percent
from recon.store import sql

_FEW_VALUES = 20
"""Fewer values than these say nothing about an attribute."""


@dataclass(frozen=True)
class Planned:
    """What the gates look at: the profile of tonight's plan, and that of the last good run, empty if there is none.

    `con` has the tables, for examples of what fails; `pseudonym` stands for a person in them.
    """

    con: duckdb.DuckDBPyConnection
    quality: Quality
    mapping: Compiled
    profile: Profile
    earlier: Profile
    pseudonym: Callable[[str], str]


def measure(con: duckdb.DuckDBPyConnection, mapping: Compiled, opted_out: Path) -> Profile:
    """`plan.*`, and for each attribute `values.<attribute>.stated`, and of those `.nulls` and `.unreadable`.

    Needs the tables of a planned run and the state database on `con`; `opted_out` is the run's file of opt-outs.
    """
    result = sql.run(con, "quality/plan", {"opted_out": str(opted_out)})
    names = [column[0] for column in result.description]
    row = result.fetchone()
    assert row is not None  # an aggregate without groups has one row
    found: Profile = {f"plan.{name}": value for name, value in zip(names, row, strict=True)}
    found["plan.drift_percent"] = _share(found["plan.drifted"], found["plan.compared"])
    found["plan.opt_outs_percent"] = _share(found["plan.opt_outs"], found["plan.profiles"])
    # What Braze drops whatever it holds says nothing about Segment's values.
    cells = [cell for cell in mapping.cells if not cell.blocked]
    if cells:
        for attribute, *counts in sql.run(con, "quality/values", cells=cells).fetchall():
            found |= {
                f"values.{attribute}.{what}": count
                for what, count in zip(("stated", "nulls", "unreadable"), counts, strict=True)
            }
        worst = max(_unreadable(found, cell.attribute) for cell in cells)
        found["values.unreadable_percent"] = worst
    return found


def rules(planned: Planned) -> list[Rule]:
    """The gates that tonight's plan can be judged by."""
    return [_opt_ins(planned.profile), _drift(planned), _opt_outs(planned), *_values(planned), *_lost(planned)]


def lost(mapping: Compiled, profile: Profile, earlier: Profile) -> list[str]:
    """Attributes that had values on the last good run and have none now, not even nulls."""
    names = [cell.attribute for cell in mapping.cells]
    return [
        name
        for name in names
        if earlier.get(f"values.{name}.stated", 0) >= _FEW_VALUES and profile.get(f"values.{name}.stated") == 0
    ]


def _opt_ins(profile: Profile) -> Rule:
    count = int(profile["plan.opt_ins"])
    held = f"opt-outs in Braze: {int(profile['plan.opted_out']):,}, then {int(profile['plan.opted_out_then']):,}"
    return Rule(
        name="people who opted out and would be opted in",
        table="plan",
        rule="consent",
        measure="plan.opt_ins",
        found=f"{count:,} ({held})" if count else f"none ({held})",
        allowed="none without a person's approval",
        most=0,
    )


def _drift(planned: Planned) -> Rule:
    profile, limit = planned.profile, planned.quality.drift_percent
    return Rule(
        name="profiles that the plan would change",
        table="plan",
        rule="quality.drift_percent",
        measure="plan.drift_percent",
        found=_of(profile, "drift_percent", "drifted", "compared"),
        allowed=f"at most {percent(limit)}",
        most=limit,
    )


def _opt_outs(planned: Planned) -> Rule:
    profile, limit = planned.profile, planned.quality.opt_outs_percent
    return Rule(
        name="profiles that the plan would opt out",
        table="plan",
        rule="quality.opt_outs_percent",
        measure="plan.opt_outs_percent",
        found=_of(profile, "opt_outs_percent", "opt_outs", "profiles"),
        allowed=f"at most {percent(limit)}",
        most=limit,
    )


def _values(planned: Planned) -> Iterator[Rule]:
    profile, limit = planned.profile, planned.quality.unreadable_percent
    if "values.unreadable_percent" not in profile:
        return
    names = [cell.attribute for cell in planned.mapping.cells]
    ranked = sorted(names, key=lambda name: (-_unreadable(profile, name), name))
    worst = ranked[0]
    share = profile["values.unreadable_percent"]

    def examples() -> Iterator[str]:
        yield from (f"{name}: {_words(profile, name)}" for name in ranked[1:3] if _unreadable(profile, name) > limit)
        found = sql.run(planned.con, "quality/unreadable", {"attribute": worst}).fetchall()
        yield "profiles " + ", ".join(planned.pseudonym(row[0]) for row in found)

    yield Rule(
        name="values of an attribute that cannot be read",
        table="desired",
        rule="quality.unreadable_percent",
        measure="values.unreadable_percent",
        found=f"{worst}: {_words(profile, worst)}" if share else "hardly any",
        allowed=f"at most {percent(limit)} of each attribute's, or fewer than {_FEW_VALUES}",
        most=limit,
        examples=lambda: list(examples()),
    )


def _lost(planned: Planned) -> Iterator[Rule]:
    if "values.lost" not in planned.profile:
        return
    names = lost(planned.mapping, planned.profile, planned.earlier)
    yield Rule(
        name="attributes that have lost all their values since the last good run",
        table="desired",
        rule="values",
        measure="values.lost",
        found=", ".join(names) or "none",
        allowed="none",
        most=0,
        examples=lambda: [f"{name} had {int(planned.earlier[f'values.{name}.stated']):,}" for name in names[:3]],
    )


def _unreadable(profile: Profile, attribute: str) -> float:
    """The share of an attribute's values that cannot be read, in percent; 0 where they are few."""
    unreadable = profile.get(f"values.{attribute}.unreadable", 0)
    if unreadable < _FEW_VALUES:
        return 0.0
    return _share(unreadable, profile[f"values.{attribute}.stated"] - profile[f"values.{attribute}.nulls"])


def _words(profile: Profile, attribute: str) -> str:
    unreadable = int(profile[f"values.{attribute}.unreadable"])
    values = int(profile[f"values.{attribute}.stated"] - profile[f"values.{attribute}.nulls"])
    return f"{unreadable:,} of {values:,} ({percent(_unreadable(profile, attribute))})"


def _of(profile: Profile, share: str, count: str, of: str) -> str:
    numbers = f"{int(profile[f'plan.{count}']):,} of {int(profile[f'plan.{of}']):,}"
    return f"{percent(profile[f'plan.{share}'])} ({numbers})"


def _share(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0
