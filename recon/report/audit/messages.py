"""Messages that were sent after an opt-out, from the Send events of Currents (facts/braze-currents §8.4).

Only a Send counts: an abort or a bounce is no message that was received, and a delivery is one that was sent before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import polars as pl

from recon.currents.discover import discover
from recon.currents.read import Reading
from recon.mapping import macros
from recon.report.words import machine_time
from recon.store import files, sql
from recon.store.arrow import Stream
from recon.store.job import Job

LATE = timedelta(hours=48)
"""Braze writes files late: so far back are they read again (§7, rule 1). What stands in the ledger is not doubled."""

SENDS = {
    "users.messages.email.Send": ("email", "email_address"),
    "users.messages.pushnotification.Send": ("push", None),
    "users.messages.sms.Send": ("sms", "to_phone_number"),
    "users.messages.rcs.Send": ("sms", "to_phone_number"),
    "users.messages.whatsapp.Send": ("whatsapp", "to_phone_number"),
    "users.messages.line.Send": ("line", None),
}
"""Event type → channel, and the field with the receiver's address."""

_FIELDS = (
    "id",
    "external_user_id",
    "subscription_group_id",
    "category",
    "campaign_id",
    "campaign_name",
    "canvas_id",
    "canvas_name",
)


def find_messages(con: duckdb.DuckDBPyConnection, job: Job, heads: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Adds to `fresh` every message after an opt-out of `standing`; returns from when until when was looked.

    The first time as far back as `currents.since`, then from where the recordings before ended. Errors as
    `currents.discover`.
    """
    currents = job.config.currents
    if currents is None:
        return {"warning": "messages were not looked for: recon.yml names no Currents files"}
    macros.define(con)
    now = datetime.now(UTC)
    until = max((head["messages_until"] for head in heads if head.get("messages_until")), default=None)
    since = datetime.fromisoformat(until) - LATE if until else now - currents.since
    for file in discover(job.config.resolve(currents.files), since, lambda kind: kind in SENDS):
        for piece in Reading(file, files.read(file.source)).pieces():
            if piece.event_type in SENDS:
                _look(con, piece.event_type, piece.frame)
    return {"messages_since": machine_time(since), "messages_until": machine_time(now)}


def _look(con: duckdb.DuckDBPyConnection, event_type: str, frame: pl.DataFrame) -> None:
    channel, address = SENDS[event_type]
    columns = [_column(frame, name, name) for name in _FIELDS] + [_column(frame, address or "", "address")]
    con.register("sent", Stream(frame.select(pl.col("time").cast(pl.Int64), *columns)))
    sql.run(con, "audit/messages", {"channel": channel, "event_type": event_type})
    con.unregister("sent")


def _column(frame: pl.DataFrame, name: str, alias: str) -> pl.Expr:
    return (pl.col(name) if name in frame.columns else pl.lit(None)).cast(pl.String).alias(alias)
