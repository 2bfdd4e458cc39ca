"""What the drift step found, as the contract's --json document has it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import duckdb

from recon.mapping.compiled import Compiled
from recon.store import sql


def summary(con: duckdb.DuckDBPyConnection, mapping: Compiled, *, give_up_after: int) -> dict[str, Any]:
    """Counts over `person`, `actual`, `attribute_drift` and `cohort_drift`. `to_repair` are the differences that a plan
    would push, in all and of attributes alone: those that were pushed in vain on `give_up_after` nights are not.
    `cohort_members` counts each audience's members among the compared profiles, by Segment, by Braze and by both."""
    segment, matched, missing, braze, only = _row(con, "drift/profiles")
    by_attribute: Counter[str] = Counter()
    by_cause: Counter[str] = Counter()
    for attribute, cause, count in sql.run(con, "drift/by_cause").fetchall():
        by_attribute[attribute] += count
        by_cause[cause] += count
    drifted_profiles, to_repair = _row(con, "drift/drifted_profiles", {"give_up_after": give_up_after})
    changes = sql.run(con, "drift/cohort_changes", {"give_up_after": give_up_after}).fetchall()
    cohorts = mapping.cohorts
    members = sql.run(con, "drift/cohort_members", cohorts=cohorts.audiences, in_groups=cohorts.in_groups).fetchall()
    return {
        "profiles": {
            "segment": segment,
            "braze": braze,
            "matched": matched,
            "missing_in_braze": missing,
            "only_in_braze": only,
        },
        "attributes": {
            "drifted_cells": by_cause.total(),
            "drifted_profiles": drifted_profiles,
            "by_cause": dict(sorted(by_cause.items())),
            "by_attribute": dict(sorted(by_attribute.items())),
            "nulls_kept": _row(con, "drift/nulls_kept")[0],
            "to_repair": to_repair,
        },
        "cohorts": {audience: {"enter": enter, "leave": leave} for _, audience, enter, leave, _ in changes},
        "cohort_members": {
            change[1]: {"segment": segment, "braze": braze, "both": both}
            for change, (_, segment, braze, both) in zip(changes, members, strict=True)
        },
        "to_repair": to_repair + sum(change[4] for change in changes),
    }


def _row(
    con: duckdb.DuckDBPyConnection, query: str, params: dict[str, Any] | None = None, /, **context: Any
) -> tuple[int, ...]:
    row = sql.run(con, query, params, **context).fetchone()
    return tuple(int(value or 0) for value in row) if row else ()
