"""The quality profile of a night's inputs: what SQL measures over whole tables, and what the manifest knows of files.

Measures are named `<input>.<what>`: `row_age` and `file_age` in seconds, `profiles`, rows that are `keyless` (without a
profile) or `nameless` (without a user_id). `people.*` is about profiles with a user_id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Any

import duckdb

from recon.config.models import Config
from recon.intake import manifest
from recon.mapping.expressions import traits_in
from recon.quality import identity
from recon.quality.rules import Profile
from recon.segment import wide
from recon.store import sql
from recon.store.run import Run

_QUERIES = {
    "user_traits": "quality/traits",
    "user_identifiers": "quality/identifiers",
    "profile_merges": "quality/merges",
    wide.PROFILE_TRAITS: "quality/wide",
    manifest.SUPPRESSIONS: "quality/suppression",
    "braze_export": "quality/braze",
}


@dataclass(frozen=True)
class Files:
    """When a run's inputs were written, as far as their files tell."""

    manifest: Mapping[str, Any]
    pulled: datetime

    @classmethod
    def of(cls, run: Run) -> Files:
        """The files that `run` pulled."""
        return cls(manifest.read(run), datetime.fromisoformat(run.document["steps"]["pull"]["started_at"]))

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs that there are."""
        return [name for name in _QUERIES if name in self.manifest["inputs"]]

    def newest(self, table: str) -> tuple[str, datetime] | None:
        """Name and time of an input's newest file; None for an export that Braze was asked for."""
        entries = self.manifest["inputs"][table]
        times = [(datetime.fromisoformat(entry["modified"]), entry["url"]) for entry in entries if "modified" in entry]
        return (PurePosixPath(max(times)[1]).name, max(times)[0]) if times else None

    @property
    def export_day(self) -> date | None:
        """The date folder that the export lay in: the day on which it was completed (facts/braze-rest-api §3.2)."""
        day = self.manifest["export"].get("day")
        return date.fromisoformat(day) if day else None

    def written(self, table: str) -> datetime:
        """When the newest data of an input was written.

        An export that Braze was asked for is as old as the asking. For one in a date folder it is the end of that day:
        it is at least that old.
        """
        if table == "braze_export" and self.export_day:
            return datetime.combine(self.export_day + timedelta(days=1), time(), UTC)
        newest = self.newest(table)
        return newest[1] if newest else self.pulled


def measure(con: duckdb.DuckDBPyConnection, config: Config, files: Files, now: datetime) -> Profile:
    """The profile of the tables on `con` and of their `files`. What has no answer is not in it."""
    found: dict[str, float | None] = {}
    for table in files.inputs:
        found |= {f"{table}.{name}": value for name, value in _row(con, _QUERIES[table], {"now": now}).items()}
    sql.run(con, "desired/winner")
    found |= identity.measure(con, config)
    if traits := _email_traits(config):
        email = _row(con, "quality/email", {"traits": traits})
        found |= {f"people.{name}": value for name, value in email.items()}
        if email["people"]:
            found["people.without_email"] = 100 * (email["no_row"] + email["only_null"]) / email["people"]
    for table in files.inputs:
        found[f"{table}.file_age"] = max(0.0, (now - files.written(table)).total_seconds())
    return {name: value for name, value in found.items() if value is not None}


def _email_traits(config: Config) -> list[str]:
    for rule in config.attributes:
        if rule.to == "email":
            return [rule.trait] if rule.trait else traits_in(rule.sql or "")
    return []


def _row(con: duckdb.DuckDBPyConnection, query: str, params: Mapping[str, Any]) -> dict[str, Any]:
    result = sql.run(con, query, params)
    names = [column[0] for column in result.description]
    values = result.fetchone()
    assert values is not None  # an aggregate without groups has one row
    return dict(zip(names, values, strict=True))
