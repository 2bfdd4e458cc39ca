"""Reads profiles back, and says of each correction whether Braze holds it (facts/braze-rest-api §10.1)."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import orjson

from recon.braze import export, users
from recon.braze import load as braze_load
from recon.braze.client import BrazeClient
from recon.braze.subscriptions import GroupState, user_status
from recon.intake.load import attach, mapping_of
from recon.intake.pull import FIELDS
from recon.mapping.compiled import Compiled
from recon.store import sql
from recon.store.job import Job

SETTLE = 6.0
"""Seconds that Braze needs to apply what it accepted: recorded are up to six (facts/braze-rest-api §1.7)."""
PATIENCE = 90.0
"""Seconds without any progress after which what does not hold is taken for not applied."""
LONGEST_PAUSE = 30.0
"""Seconds between two looks, at most."""

_ROWS = 20_000


@dataclass(frozen=True)
class ReadBack:
    """Braze as it is now, for one run. `con` is its database, with the state attached; `plan` is its plan's hash."""

    job: Job
    con: duckdb.DuckDBPyConnection
    braze: BrazeClient
    mapping: Compiled
    plan: str

    @classmethod
    def of(cls, job: Job, con: duckdb.DuckDBPyConnection, braze: BrazeClient, plan: str) -> ReadBack:
        """For a run whose tables are there."""
        attach(con, job.run)
        return cls(job, con, braze, mapping_of(job), plan)

    def look(self, wanted: Sequence[str], groups: Sequence[str], *, by_export: bool = False) -> None:
        """Makes `read_back` (values) and `consent_back` (states) of the profiles `wanted`.

        Group states are asked for the profiles `groups` only.
        """
        folder = self.job.run.raw / "verify"
        folder.mkdir(exist_ok=True)
        fields = [*FIELDS, *(each.attribute for each in self.mapping.held if each.standard)]
        ids = self._current(wanted)
        if by_export:
            custom = [each.attribute for each in self.mapping.held if not each.standard]
            segment_id = self.job.config.braze.export.segment_id or ""
            asked = export.start_export(self.braze, segment_id, fields, custom)
            found = braze_load.members(export.fetch(self.braze, asked, folder))
            files = braze_load.unpack(found, self.job.run.folder / "unpacked")
        else:
            files = [self._lines(folder, ids, wanted, [*fields, "custom_attributes"])]
        braze_load.load(self.con, files, [file.name for file in files], self.mapping.held, "read_back")
        sql.run(self.con, "deliver/newcomers_back")
        sql.run(self.con, "deliver/consent_back")
        states = user_status(self.braze, self._current(groups)) if groups else iter(())
        for rows in _pages(states):
            sql.run(self.con, "deliver/groups_back", {"states": rows})
        shutil.rmtree(self.job.run.folder / "unpacked", ignore_errors=True)  # as large as the base itself

    def judge(self, wanted: Sequence[str], states: Sequence[str], stages: Sequence[str], *, before: bool) -> None:
        """Makes `verdict` of the corrections of `wanted` in `states` and `stages`, and journals it; `before` a delivery
        only what holds already."""
        asked: dict[str, Any] = {"asked": sql.rows(wanted), "states": list(states), "stages": list(stages)}
        sql.run(self.con, "deliver/verdicts", asked, cells=self.mapping.held)
        sql.run(self.con, "deliver/outcomes", {"run": self.job.run.id, "plan": self.plan, "before": before})

    def _current(self, wanted: Sequence[str]) -> list[str]:
        return [row[0] for row in sql.run(self.con, "deliver/current_ids", {"asked": sql.rows(wanted)}).fetchall()]

    def _lines(self, folder: Path, ids: Sequence[str], wanted: Sequence[str], fields: Sequence[str]) -> Path:
        aliases = sql.run(self.con, "deliver/newcomers_asked", {"asked": sql.rows(wanted)}).fetchall()
        path = folder / f"{len(list(folder.iterdir())):04}.ndjson"
        with path.open("wb") as file:
            for line in users.read_profiles(self.braze, ids, fields):
                file.write(line + b"\n")
            for profile in users.read_by_alias(self.braze, aliases, fields):
                file.write(orjson.dumps(profile) + b"\n")
        return path


def _pages(states: Iterable[GroupState]) -> Iterator[str]:
    feed = iter(states)
    while page := list(islice(feed, _ROWS)):
        yield sql.rows(
            {"external_id": each.external_id, "group_id": each.group_id, "status": each.status} for each in page
        )
