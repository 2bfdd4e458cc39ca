"""verify: reads back what was pushed, for a 201 only means queued (facts/braze-rest-api §10.1)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from recon.braze import connect, export, users
from recon.braze import load as braze_load
from recon.braze.client import BrazeClient
from recon.deliver.journal import write_results
from recon.intake.load import attach, mapping_of
from recon.intake.pull import FIELDS
from recon.mapping.compiled import Compiled
from recon.store import duck, sql
from recon.store.job import Job
from recon.store.state import attached

SETTLE = 6.0
"""Seconds that Braze needs to apply what it accepted: recorded are up to six (facts/braze-rest-api §1.7)."""
PATIENCE = 90.0
"""Seconds without any progress after which values that do not hold are taken for not applied."""
READ_BY_ID_MINUTES = 10.0
"""Above this, one more export is quicker than asking for each profile (design §7: time is part of the price)."""


def verify(job: Job) -> dict[str, Any]:
    """Reads back every profile that was pushed, again until it holds or patience ends; returns the states."""
    plan = job.run.result("plan")
    job.run.result("apply")
    mapping = mapping_of(job)
    with (
        job.run.step("verify") as result,
        duck.database(job.run.work) as con,
        attached(con, job.state),
        connect.reader(job.config, connect.pools(job.config), job.stop) as braze,
    ):
        attach(con, job.run)
        write_results(con, job, plan["hash"])
        wanted = [row[0] for row in sql.run(con, "deliver/to_verify").fetchall()]
        by_export = _export_is_quicker(job, len(wanted))
        if wanted:
            braze.pause(SETTLE)
        ends = time.monotonic() + PATIENCE
        rounds = 0
        pause = 2.0
        with job.progress.bar("verify", len(wanted), "profiles") as advance:
            while wanted:
                rounds += 1
                _read_back(job, con, braze, mapping, wanted, by_export)
                _judge(con, mapping, wanted, {"run": job.run.id, "plan": plan["hash"]})
                still = [row[0] for row in sql.run(con, "deliver/still_open").fetchall()]
                advance(len(wanted) - len(still))
                if len(still) < len(wanted):
                    ends = time.monotonic() + PATIENCE
                elif time.monotonic() + pause > ends:
                    break
                wanted, by_export = still, by_export and _export_is_quicker(job, len(still))
                if wanted:
                    braze.pause(pause)
                    pause = min(2 * pause, 30)
        states = write_results(con, job, plan["hash"])
        sql.run(con, "checkpoint")
        shutil.rmtree(job.run.folder / "unpacked", ignore_errors=True)  # as large as the base itself
        result |= {
            "run": job.run.id,
            "plan": plan["plan"],
            "states": states,
            "rounds": rounds,
            "requests": braze.traffic.requests,
            "retries": braze.traffic.retries,
        }
    return result


def _export_is_quicker(job: Job, profiles: int) -> bool:
    calls = profiles / users.IDS_PER_REQUEST
    limits = job.config.braze.limits
    minutes = calls / (limits.export_ids_per_minute * (1 - limits.reserve))
    return job.config.braze.export.segment_id is not None and minutes > READ_BY_ID_MINUTES


def _read_back(
    job: Job,
    con: duckdb.DuckDBPyConnection,
    braze: BrazeClient,
    mapping: Compiled,
    wanted: Sequence[str],
    by_export: bool,
) -> None:
    """Makes the table `read_back` of the profiles asked for."""
    folder = job.run.raw / "verify"
    folder.mkdir(exist_ok=True)
    standard = [cell.attribute for cell in mapping.cells if cell.standard]
    if by_export:
        custom = [each.attribute for each in mapping.held if not each.standard]
        asked = export.start_export(braze, job.config.braze.export.segment_id or "", [*FIELDS, *standard], custom)
        found = braze_load.members(export.fetch(braze, asked, folder))
        files = braze_load.unpack(found, job.run.folder / "unpacked")
    else:
        files = [_lines(braze, folder, wanted, standard)]
    braze_load.load(con, files, [file.name for file in files], mapping.held, "read_back")


def _lines(braze: BrazeClient, folder: Path, wanted: Sequence[str], standard: Sequence[str]) -> Path:
    path = folder / f"{len(list(folder.iterdir())):04}.ndjson"
    with path.open("wb") as file:
        for line in users.read_profiles(braze, wanted, [*FIELDS, *standard, "custom_attributes"]):
            file.write(line + b"\n")
    return path


def _judge(con: duckdb.DuckDBPyConnection, mapping: Compiled, wanted: Sequence[str], journaled: dict[str, str]) -> None:
    sql.run(con, "deliver/verdicts", {"asked": sql.rows(wanted)}, cells=mapping.held)
    sql.run(con, "deliver/outcomes", journaled)
