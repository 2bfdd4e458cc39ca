"""apply: delivers a plan to Braze, and keeps account of every object (design §8)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any

import duckdb

from recon.braze import connect
from recon.braze.client import BrazeClient
from recon.deliver.batches import Item, batches
from recon.deliver.journal import Journal, write_results
from recon.deliver.send import Outcome, send
from recon.errors import Stopped, UsageError
from recon.plan.stale import refuse_stale
from recon.store import duck, sql
from recon.store.job import Job
from recon.store.state import attached

_STAGES = ("attributes",)
_ALL = 2**62


def apply(job: Job, *, limit: int | None = None, only: str | None = None, resume: bool = False) -> dict[str, Any]:
    """Sends the plan's objects, or the first `limit`; returns the contract's apply document.

    Objects that Braze has answered for already are not sent again, so `resume` only insists that there is something to
    go on with. Raises Withheld for a stale plan before anything is sent; RemoteError where Braze refuses the key or
    stays unreachable, and Stopped, both with everything journaled.
    """
    plan = job.run.result("plan")
    if resume and "apply" not in job.run.document["steps"]:
        raise UsageError(f"run {job.run.id} has no delivery to go on with", "Start one with `recon apply`.")
    refuse_stale(job)
    stages = [stage for stage in _STAGES if only in (None, stage)]
    with (
        job.run.step("apply") as result,
        duck.database(job.run.work) as con,
        connect.writer(job.config, connect.pools(job.config), job.stop) as braze,
    ):
        with attached(con, job.state):
            sql.run(con, "deliver/answered", {"run": job.run.id, "plan": plan["hash"]})
            try:
                for stage in stages:
                    _deliver(job, con, braze, Journal(con, job.run.id, plan["hash"], stage), stage, limit)
            finally:
                states = write_results(con, job, plan["hash"])
        traffic = braze.traffic
        result |= {
            "run": job.run.id,
            "plan": plan["plan"],
            "states": states,
            "requests": traffic.requests,
            "retries": traffic.retries,
            "waited": round(traffic.waited, 1),
        }
    return result


def preview(job: Job, *, limit: int | None = None, only: str | None = None) -> dict[str, Any]:
    """What `apply` would send now: profiles, corrections and requests per stage. Sends and writes nothing."""
    plan = job.run.result("plan")
    refuse_stale(job)
    stages = {}
    with duck.database(job.run.work) as con, attached(con, job.state):
        sql.run(con, "deliver/answered", {"run": job.run.id, "plan": plan["hash"]})
        limits = job.config.braze.limits
        for stage in (stage for stage in _STAGES if only in (None, stage)):
            bodies = list(batches(_items(con, stage, limit), limits.objects_per_request, limits.bytes_per_request))
            items = [item for body in bodies for item in body.items]
            stages[stage] = {
                "profiles": len(items),
                "corrections": sum(item.corrections for item in items),
                "requests": len(bodies),
            }
    return {"run": job.run.id, "plan": plan["plan"], "stages": stages}


def _deliver(
    job: Job, con: duckdb.DuckDBPyConnection, braze: BrazeClient, journal: Journal, stage: str, limit: int | None
) -> None:
    limits = job.config.braze.limits
    items = _items(con, stage, limit)
    waiting = batches(items, limits.objects_per_request, limits.bytes_per_request)
    objects = int(job.run.result("plan")["price"]["objects"])
    with (
        job.progress.bar("apply", min(objects, limit) if limit else objects, "profiles") as advance,
        ThreadPoolExecutor(connect.CONNECTIONS, thread_name_prefix="apply") as pool,
    ):
        running: set[Future[list[Outcome]]] = set()
        job.sending.set()
        try:
            while True:
                if not job.stop.is_set():
                    fresh = islice(waiting, 2 * connect.CONNECTIONS - len(running))
                    running |= {pool.submit(send, braze, batch) for batch in fresh}
                if not running:
                    break
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    outcomes = future.result()
                    journal.add(outcomes)
                    running.remove(future)  # not before: where one raises, _drain takes in the others
                    advance(len(outcomes))
        except BaseException as error:
            _drain(pool, running, journal)
            if not isinstance(error, Stopped):
                raise  # a batch that was stopped in its wait for the rate limit is no other end than the one below
        finally:
            journal.flush()
            job.sending.clear()
    if job.stop.is_set():
        raise Stopped(
            "stopped while delivering", "Go on with `recon apply --resume`: what was answered is in the journal."
        )


def _drain(pool: ThreadPoolExecutor, running: set[Future[list[Outcome]]], journal: Journal) -> None:
    """Takes in what is in flight or not yet journaled; what fails there is sent again on the next apply."""
    pool.shutdown(cancel_futures=True)
    for future in running:
        if not future.cancelled() and future.exception() is None:
            journal.add(future.result())


def _items(con: duckdb.DuckDBPyConnection, stage: str, limit: int | None) -> Iterator[Item]:
    # A cursor of its own: the journal is written on `con` while this is read.
    found = sql.run(con.cursor(), "deliver/objects", {"stage": stage, "most": limit or _ALL})
    while rows := found.fetchmany(10_000):
        for external_id, corrections, text in rows:
            yield Item(external_id, corrections, text.encode())
