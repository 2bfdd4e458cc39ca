"""plan: drift into corrections, with price and brakes, bound together by a hash (design §7)."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import duckdb
import orjson

from recon.braze.calls import CALLS
from recon.braze.endpoints import POOLS, endpoint
from recon.config.models import Config
from recon.intake.load import attach, mapping_of
from recon.mapping.compiled import Compiled
from recon.plan import brakes
from recon.plan.brakes import OPT_OUT, ClassSize
from recon.store import duck, sql
from recon.store.documents import write_json
from recon.store.job import Job
from recon.store.state import attached


def make(job: Job) -> dict[str, Any]:
    """Makes `correction`, writes plan/plan.json and plan/corrections.parquet; returns the contract's plan document.

    The files depend on the input alone: no run id, no time of day.
    """
    job.run.result("drift")
    tables = job.run.tables
    mapping = mapping_of(job)
    with job.run.step("plan") as result, duck.database(tables) as con:
        attach(con, job.run)
        _corrections(con, job)
        sizes, reasons = _held_back(con, job.config)
        if "identify" in reasons:
            sql.run(con, "plan/without_newcomers")
            sizes, reasons = _held_back(con, job.config)
        price = _price(con, mapping, job.config)
        reason = brakes.over_budget(price, job.config.policy.budget)
        if reason:
            for size in sizes:
                if size.name != OPT_OUT:
                    reasons.setdefault(size.name, reason)
                    sql.run(con, "plan/withhold", {"class": size.name})
        plan = {
            "version": 1,
            "workspace": job.config.workspace,
            "config": job.config.fingerprint(),
            "corrections": {size.name: size.corrections for size in sizes},
            "withheld": {
                size.name: {"n": size.corrections, "reason": reasons[size.name]}
                for size in sizes
                if size.name in reasons
            },
            "price": price,
            "rows": _one(con, "plan/digest")[0],
        }
        digest = hashlib.sha256(orjson.dumps(plan, option=orjson.OPT_SORT_KEYS)).hexdigest()
        job.run.plan.mkdir(exist_ok=True)
        sql.run(con, "plan/write", {"corrections": str(job.run.plan / "corrections.parquet")})
        write_json(job.run.plan / "plan.json", {**plan, "hash": digest})
        sql.run(con, "checkpoint")
        shown = {key: plan[key] for key in ("corrections", "withheld", "price")}
        result |= {"run": job.run.id, "plan": digest[:12], "hash": digest, **shown}
    return result


def _corrections(con: duckdb.DuckDBPyConnection, job: Job) -> None:
    policy = job.config.policy
    sql.run(con, "plan/data_points")
    sql.run(con, "plan/correction", {"give_up_after": policy.give_up_after})
    sql.run(con, "plan/consent")
    sql.run(con, "plan/identity", {"merge": job.config.identity.merge != "off"})
    if policy.delete_suppressed:
        sql.run(con, "plan/suppressed")
        sql.run(con, "plan/delete")
    with attached(con, job.state):
        sql.run(con, "plan/lost_opt_outs")
        sql.run(con, "plan/give_up", {"run": job.run.id, "give_up_after": policy.give_up_after})
    sql.run(con, "plan/without_newcomers")


def _held_back(con: duckdb.DuckDBPyConnection, config: Config) -> tuple[list[ClassSize], dict[str, str]]:
    """The size of each class, and why some are withheld, which `correction` then shows."""
    sizes = [ClassSize(*row) for row in sql.run(con, "plan/classes").fetchall()]
    reasons = brakes.unapproved((size.name for size in sizes), config)
    reasons |= brakes.tripped(sizes, _one(con, "plan/matched")[0], config.policy.breakers)
    for name in reasons:
        sql.run(con, "plan/withhold", {"class": name})
    return sizes, reasons


def _price(con: duckdb.DuckDBPyConnection, mapping: Compiled, config: Config) -> dict[str, Any]:
    """What the planned corrections cost. `requests` are those that write; where objects are so large that fewer go into
    one, that is told by their average size."""
    cohorts = mapping.cohorts
    data_points, avoided = _one(
        con, "plan/price", cells=mapping.cells, cohorts=cohorts.audiences, fields_of_cohorts=cohorts.fields
    )
    limits = config.braze.limits
    objects, requests, minutes = 0, 0, 0.0
    for name, count, size in sql.run(con, "plan/objects").fetchall():
        if call := CALLS.get(name):
            pool = POOLS[endpoint(call.path).pool]
            most, per_minute = call.most, pool.limit * 60 / pool.seconds
        else:
            most, per_minute = limits.objects_per_request, limits.track_per_3s * 20
        fit = max(limits.bytes_per_request * count // int(size), 1)
        needed = math.ceil(count / min(most, fit))
        objects += count
        requests += needed
        minutes += needed / (per_minute * (1 - limits.reserve))
    return {
        "objects": objects,
        "requests": requests,
        "minutes": round(minutes, 2),
        "data_points": int(data_points),
        "data_points_avoided": int(avoided),
    }


def _one(con: duckdb.DuckDBPyConnection, query: str, **context: Any) -> tuple[Any, ...]:
    row = sql.run(con, query, **context).fetchone()
    return tuple(row) if row else ()
