"""What is known of consent beside the export: states in subscription groups, and Currents' record of changes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import orjson

from recon.braze import subscriptions
from recon.braze.client import BrazeClient
from recon.config.models import Config
from recon.currents import state_changes
from recon.mapping.compiled import Compiled
from recon.segment import tables, wide
from recon.segment.tables import SUPPRESSIONS, TABLES
from recon.store import duck, sql
from recon.store.files import RemoteFile
from recon.store.job import Job
from recon.store.lines import Reject

GROUP_STATES = "subscription_groups"
STATE_CHANGES = "currents"

_AT_ONCE = 5_000  # ids, so that progress shows


def state_change_files(config: Config) -> list[RemoteFile]:
    """The Currents files that record changes of consent; none where the configuration names no Currents."""
    return state_changes.discover(config.resolve(config.currents.files)) if config.currents else []


def pull_group_states(job: Job, braze: BrazeClient, mapping: Compiled, inputs: dict[str, list[Path]]) -> list[Path]:
    """Asks Braze for the group states of those whom they matter for, 50 a request, into raw/; no file without groups.

    `inputs` are the files of Segment's tables in the run's folder, by table. The file lists every id that was asked,
    with no group, beside the states: of whoever is not in it nothing is known.
    """
    groups = [each for each in mapping.channels if each.group_id]
    if not groups:
        return []
    everybody = bool(mapping.cohorts.in_groups)
    ids = _ids(job, inputs, [each.trait for each in groups if each.trait], everybody=everybody)
    path = job.run.raw / f"{GROUP_STATES}.ndjson"
    with job.progress.bar("subscription groups", len(ids), "people") as advance, path.open("wb") as file:
        for first in range(0, len(ids), _AT_ONCE):
            asked = ids[first : first + _AT_ONCE]
            for external_id in asked:
                file.write(orjson.dumps({"external_id": external_id, "group_id": None}) + b"\n")
            for state in subscriptions.user_status(braze, asked):
                file.write(orjson.dumps(asdict(state)) + b"\n")
            advance(len(asked))
    return [path]


def _ids(job: Job, inputs: dict[str, list[Path]], traits: list[str], *, everybody: bool) -> list[str]:
    with TemporaryDirectory(dir=job.run.folder) as folder, duck.database(Path(folder) / "ids.duckdb") as con:
        wide.convert(con, inputs.get(wide.PROFILE_TRAITS, []), Path(folder), traits)
        for table in (*TABLES, SUPPRESSIONS):
            raw = inputs.get("suppressions" if table is SUPPRESSIONS else table.name, [])
            room = Path(folder) / table.name
            files, _ = tables.convert(con, table, raw, room)
            tables.attach(con, table, files or sorted(room.glob("*.parquet")))
        sql.run(con, "desired/winner")
        sql.run(con, "desired/user_id")
        found = sql.run(con, "load/ids_with_consent", {"traits": traits, "everybody": everybody}).fetchall()
    return [external_id for (external_id,) in found]


def load(con: duckdb.DuckDBPyConnection, group_states: list[Path], changes: list[Path]) -> list[Reject]:
    """Makes `group_state` and `state_change`; returns the Currents files that could not be read."""
    if group_states:
        sql.run(con, "load/group_state", {"files": [str(path) for path in group_states]})
        [(twice,)] = sql.run(con, "load/group_state_twins").fetchall()
        if twice:
            sql.run(con, "load/group_state_single")
    else:
        sql.run(con, "load/no_group_state")
    return state_changes.load(con, changes)
