"""Fills the part of the report's model that is about cohorts, duplicate profiles and consent (`model_sides`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb

from recon.config.models import Config
from recon.report import channels
from recon.report.model_sides import (
    Cluster,
    Cohort,
    Consent,
    ConsentChannel,
    ConsentConflict,
    ConsentSides,
    Duplicates,
    Pair,
)
from recon.store import sql
from recon.store.job import Job
from recon.store.pseudonyms import Pseudonyms


def cohorts(job: Job, drift: Mapping[str, Any]) -> tuple[Cohort, ...]:
    """Every audience, as the drift document counts it."""
    held = {rule.audience: f"{rule.to.form} {rule.to.name}" for rule in job.config.cohorts}
    return tuple(
        Cohort(audience, held.get(audience, ""), **drift["cohort_members"][audience], **moves)
        for audience, moves in drift["cohorts"].items()
    )


def duplicates(
    con: duckdb.DuckDBPyConnection, job: Job, drift: Mapping[str, Any], pseudonyms: Pseudonyms
) -> Duplicates:
    """Duplicate profiles by kind, the ten largest clusters, and what is drawn of the largest of them."""
    file = {"duplicate": str(job.run.drift / "duplicate.parquet")}
    clusters: dict[str, dict[str, int]] = {}
    drawn: dict[str, list[Pair]] = {}
    if any(drift["duplicates"].values()):  # a run of before duplicates were looked for has no file of them
        for cluster, kind, pairs in sql.run(con, "report/clusters", file).fetchall():
            clusters.setdefault(cluster, {})[kind] = pairs
        for cluster, kind, keep, other in sql.run(con, "report/cluster_pairs", file).fetchall():
            drawn.setdefault(cluster, []).append(Pair(kind, pseudonyms.of(keep), pseudonyms.of(other)))
    told = (Cluster(pseudonyms.of(name), pairs, tuple(drawn.get(name, ()))) for name, pairs in clusters.items())
    return Duplicates(drift["duplicates"], tuple(told))


def consent(
    con: duckdb.DuckDBPyConnection, job: Job, drift: Mapping[str, Any], pseudonyms: Pseudonyms
) -> Consent | None:
    """Consent by channel and group; None where nobody has said anything and nothing differs."""
    sides = tuple(_sides(job.config, drift.get("consent", {})))
    if not any(drift["subscriptions"].values()):
        return Consent((), sides=sides) if sides else None
    file = {"subscription": str(job.run.drift / "subscription.parquet")}
    differing = sql.run(con, "report/consent", file).fetchall()
    conflicts = sql.run(con, "report/conflicts", file).fetchall()
    names = channels.names(job.config)

    def name(channel: str | None, group_id: str | None) -> str:
        return names.get(group_id, group_id) if group_id else channel or ""

    return Consent(
        tuple(ConsentChannel(name(channel, group_id), *counts) for channel, group_id, *counts in differing),
        tuple(
            ConsentConflict(pseudonyms.of(external_id), name(channel, group_id), *words, *map(_utc, times))
            for external_id, channel, group_id, *words, segment_time, braze_time in conflicts
            for times in [(segment_time, braze_time)]
        ),
        sides,
    )


def _sides(config: Config, counted: Mapping[str, Any]) -> list[ConsentSides]:
    """Channels and groups about which somebody has said something."""
    names = channels.names(config)
    told = []
    for field, says in counted.items():
        out, within, silent = says["opted_out"], says["opted_in"], says["silent"]
        if any((*out.values(), *within.values(), silent["unsubscribed"])):
            name = channels.called(field, names)
            told.append(
                ConsentSides(
                    name,
                    out["unsubscribed"],
                    out["reachable"],
                    out["unknown"],
                    within["unsubscribed"],
                    within["reachable"],
                    silent["unsubscribed"],
                    silent["reachable"],
                )
            )
    return told


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
