"""apply: delivers a plan to Braze stage by stage, and keeps account of every object (design §7, §8)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, starmap
from typing import Any

import duckdb

from recon.braze import connect
from recon.braze.calls import CALLS, TRACK
from recon.braze.client import BrazeClient
from recon.braze.endpoints import endpoint
from recon.braze.rates import RatePools
from recon.config.sides import Limits
from recon.deliver import flow, readback
from recon.deliver.batches import Batch, Item, Packed, batches, from_packed
from recon.deliver.journal import Journal, take_stock, write_results
from recon.deliver.pace import Pace
from recon.deliver.readback import ReadBack
from recon.deliver.steps import Steps
from recon.errors import UsageError
from recon.plan.stale import opt_outs_waiting, refuse_stale, refuse_untrusted
from recon.quality.gates import check_plan
from recon.store import duck, sql
from recon.store.documents import now_text
from recon.store.job import Job
from recon.store.state import attached

STAGES = ("suppress", "identity", "attributes", "delete")
_ALL = 2**62


def apply(job: Job, *, limit: int | None = None, only: str | None = None, resume: bool = False) -> dict[str, Any]:
    """Sends the plan's objects, or the first `limit`; returns the contract's apply document.

    What Braze has answered for already is not sent again, so `resume` only insists that there is something to go on
    with. No other stage begins before every opt-out has been pushed. Raises, before anything is sent, Withheld for a
    stale plan and InputError after a failed gate (unless `only` the stage suppress is asked for), and UsageError where
    `only` another stage is asked for while opt-outs wait; RemoteError where Braze refuses the key or stays unreachable,
    and Stopped, both with everything journaled.
    """
    plan = job.run.result("plan")
    if resume and "apply" not in job.run.document["steps"]:
        raise UsageError(f"run {job.run.id} has no delivery to go on with", "Start one with `recon apply`.")
    _refuse(job, only)
    tables = job.run.tables
    if "delivery_began_at" not in job.run.document:
        job.run.note(delivery_began_at=now_text())
    rates = connect.pools(job.config)
    with (
        job.run.step("apply") as result,
        duck.database(tables) as con,
        connect.writer(job.config, rates, job.stop) as writer,
        connect.reader(job.config, rates, job.stop) as reader,
    ):
        with attached(con, job.state):
            back = ReadBack.of(job, con, reader, plan["hash"])
            try:
                _Delivery(back, writer, rates, limit).run(only)
            finally:
                states = write_results(con, job, plan["hash"])
        traffic = (writer.traffic, reader.traffic)
        result |= {
            "run": job.run.id,
            "plan": plan["plan"],
            "states": states,
            "requests": sum(each.requests for each in traffic),
            "retries": sum(each.retries for each in traffic),
            "waited": round(sum(each.waited for each in traffic), 1),
        }
    return result


def preview(job: Job, *, limit: int | None = None, only: str | None = None) -> dict[str, Any]:
    """What `apply` would send now: profiles, corrections and requests per stage. Sends and writes nothing."""
    plan = job.run.result("plan")
    _refuse(job, only)
    stages = {}
    limits = job.config.braze.limits
    with duck.database(job.run.tables) as con, attached(con, job.state):
        take_stock(con, job, plan["hash"])
        due = {(stage, call): count for stage, call, count in sql.run(con, "deliver/due_steps").fetchall()}
        left = _ALL if limit is None else limit
        for stage in (stage for stage in STAGES if only in (None, stage)):
            steps = {call: count for (of, call), count in due.items() if of == stage}
            packed = list(_packed(con, stage, limits, left)) if stage in ("suppress", "attributes") else []
            bodies = sum(1 for _ in from_packed(packed, limits.bytes_per_request))
            single = min(sum(steps.values()), left)
            stages[stage] = {
                "profiles": sum(map(len, packed)) + single,
                "corrections": sum(each.corrections for each in packed) + single,
                "requests": bodies + sum(-(-count // CALLS[call].most) for call, count in steps.items()),
            }
            left -= stages[stage]["profiles"]
    return {"run": job.run.id, "plan": plan["plan"], "stages": {k: v for k, v in stages.items() if v["profiles"]}}


def _refuse(job: Job, only: str | None) -> None:
    if only == "suppress":
        return
    refuse_untrusted(job)
    refuse_stale(job)
    check_plan(job)
    if only and (waiting := opt_outs_waiting(job)):
        raise UsageError(
            f"{waiting:,} opt-outs of run {job.run.id} have not been pushed, and nothing goes before them",
            "Run `recon apply --only suppress` first, or `recon apply` for everything.",
        )


class _Delivery:
    """The stages of one plan, in order. `limit` counts objects over all of them."""

    def __init__(self, back: ReadBack, writer: BrazeClient, rates: RatePools, limit: int | None) -> None:
        self._back = back
        self._writer = writer
        self._rates = rates
        self._left = _ALL if limit is None else limit

    def run(self, only: str | None) -> None:
        self._take_stock()
        if only in (None, "suppress"):
            self._track("suppress")
            if only or sql.run(self._back.con, "deliver/unsent_opt_outs").fetchone() != (0,):
                return  # nothing else was asked for, or the limit was reached
        self._let_in("unsubscribe")
        if only in (None, "identity"):
            self._identity()
        if only in (None, "attributes"):
            self._read_again()
            self._track("attributes")
        if only in (None, "delete"):
            self._steps("delete")

    def _identity(self) -> None:
        self._take_stock()
        self._let_in("alias")
        for turn in count(1):
            sent = self._send("identity", self._aliases(turn), "alias", None)
            if not sent:
                break
            self._left -= sent
            self._writer.pause(readback.SETTLE)
        for kind in ("identify", "rename", "merge"):
            self._steps(kind)

    def _aliases(self, turn: int) -> Iterator[Batch]:
        call = CALLS["alias"]
        asked = {"turn": turn, "most": self._left}
        items = starmap(Item, sql.run(self._back.con, "deliver/aliases", asked).fetchall())
        return batches(items, call.most, self._back.job.config.braze.limits.bytes_per_request, call)

    def _let_in(self, kind: str) -> None:
        """Lets Braze apply what it took of a class before anything else is sent, also what it took before a kill:
        requests of one profile can undo each other (facts/braze-rest-api §2.8)."""
        if sql.run(self._back.con, "deliver/taken", {"class": kind}).fetchone() != (0,):
            self._writer.pause(readback.SETTLE)

    def _steps(self, kind: str) -> None:
        if self._left > 0:
            self._left -= Steps(self._back, self._writer).carry_out(kind, self._left)

    def _read_again(self) -> None:
        """What an identity step has changed is read again: what holds by now is not sent, what was read before the
        step is not written over what the step brought."""
        back = self._back
        self._take_stock()
        changed = [row[0] for row in sql.run(back.con, "deliver/changed").fetchall()]
        if not changed:
            return
        sql.run(back.con, "deliver/barred", {"run": back.job.run.id, "plan": back.plan})
        back.look(changed, [])
        back.judge(changed, ("planned", "unknown"), ("attributes",), before=True)
        if arrays := [field for field in back.mapping.cohorts.fields if field.form == "array"]:
            sql.run(back.con, "deliver/adjust", {"asked": sql.rows(changed)}, fields_of_cohorts=arrays)
        self._take_stock()

    def _track(self, stage: str) -> None:
        """Sends one object for each profile."""
        if self._left <= 0:
            return
        objects = int(self._back.job.run.result("plan")["price"]["objects"])
        limits = self._back.job.config.braze.limits
        packed = _packed(self._back.con, stage, limits, self._left)
        sent = self._send(stage, from_packed(packed, limits.bytes_per_request), None, min(objects, self._left))
        self._left -= sent
        self._take_stock()

    def _send(self, stage: str, waiting: Iterator[Batch], kind: str | None, total: int | None) -> int:
        back = self._back
        call = CALLS[kind] if kind else TRACK
        journal = Journal(back.con, back.job.run.id, back.plan, stage)
        sent = 0
        pace = Pace(self._writer, self._rates, endpoint(call.path).pool)
        with back.job.progress.bar(kind or stage, total, "profiles", pace) as advance:

            def told(done: int) -> None:
                nonlocal sent
                sent += done
                advance(done)

            flow.deliver(back.job, self._writer, journal, waiting, told)
        return sent

    def _take_stock(self) -> None:
        take_stock(self._back.con, self._back.job, self._back.plan)


def _packed(con: duckdb.DuckDBPyConnection, stage: str, limits: Limits, most: int) -> Iterator[Packed]:
    asked = {"stage": stage, "most": most, "together": limits.objects_per_request}
    found = sql.run(con, "deliver/objects", asked)
    while rows := found.fetchmany(100):
        yield from starmap(Packed, rows)
