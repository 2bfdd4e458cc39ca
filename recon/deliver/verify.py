"""verify: reads back what was pushed, for a 201 only means queued (facts/braze-rest-api §10.1)."""

from __future__ import annotations

import time
from typing import Any

from recon.braze import connect, users
from recon.deliver import readback
from recon.deliver.journal import write_results
from recon.deliver.readback import ReadBack
from recon.deliver.steps import Steps
from recon.store import duck, sql
from recon.store.job import Job
from recon.store.state import attached

READ_BY_ID_MINUTES = 10.0
"""Above this, one more export is quicker than asking for each profile (design §7: time is part of the price)."""

_STATES = ("accepted", "unknown", "not_applied", "rejected")
_STAGES = ("suppress", "identity", "attributes")


def verify(job: Job) -> dict[str, Any]:
    """Reads back every profile that was pushed, again until it holds or patience ends; returns the states.

    All of them, never a sample: where asking by id would take long, one more export tells of everybody. The document
    says how many profiles that were (`profiles`), and how they were read (`by`: `id` or `export`).
    """
    plan = job.run.result("plan")
    job.run.result("apply")
    tables = job.run.tables
    with (
        job.run.step("verify") as result,
        duck.database(tables) as con,
        attached(con, job.state),
        connect.reader(job.config, connect.pools(job.config), job.stop) as braze,
    ):
        back = ReadBack.of(job, con, braze, plan["hash"])
        write_results(con, job, plan["hash"])
        Steps(back, None).verify()
        write_results(con, job, plan["hash"])
        looked = _rounds(back)
        states = write_results(con, job, plan["hash"])
        sql.run(con, "checkpoint")
        result |= {
            "run": job.run.id,
            "plan": plan["plan"],
            "states": states,
            **looked,
            "requests": braze.traffic.requests,
            "retries": braze.traffic.retries,
        }
    return result


def _rounds(back: ReadBack) -> dict[str, Any]:
    job, braze = back.job, back.braze
    found = sql.run(back.con, "deliver/to_verify").fetchall()
    wanted, in_groups = [row[0] for row in found], {row[0] for row in found if row[1]}
    by_export = _export_is_quicker(job, len(wanted))
    looked = {"profiles": len(wanted), "by": "export" if by_export else "id"}
    if wanted:
        braze.pause(readback.SETTLE)
    ends = time.monotonic() + readback.PATIENCE
    rounds = 0
    pause = 2.0
    with job.progress.bar("verify", len(wanted), "profiles") as advance:
        while wanted:
            rounds += 1
            back.look(wanted, [each for each in wanted if each in in_groups], by_export=by_export)
            back.judge(wanted, _STATES, _STAGES, before=False)
            still = [row[0] for row in sql.run(back.con, "deliver/still_open").fetchall()]
            advance(len(wanted) - len(still))
            if len(still) < len(wanted):
                ends = time.monotonic() + readback.PATIENCE
            elif time.monotonic() + pause > ends:
                break
            wanted, by_export = still, by_export and _export_is_quicker(job, len(still))
            if wanted:
                braze.pause(pause)
                pause = min(2 * pause, readback.LONGEST_PAUSE)
    return {**looked, "rounds": rounds}


def _export_is_quicker(job: Job, profiles: int) -> bool:
    calls = profiles / users.IDS_PER_REQUEST
    limits = job.config.braze.limits
    minutes = calls / (limits.export_ids_per_minute * (1 - limits.reserve))
    return job.config.braze.export.segment_id is not None and minutes > READ_BY_ID_MINUTES
