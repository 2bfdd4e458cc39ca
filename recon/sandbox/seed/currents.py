"""Currents files of consent: state changes as Braze writes them to a bucket (facts/braze-currents §1, §8.1).

Braze's key layout, in its newest form and, for the oldest hour, in the older one, which has neither `version=` nor the
cluster's name, nor the columns that came since. A file of an event type that nobody knows cannot be read at all.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

from recon.store import sql

FOLDER = "currents"
GLOBAL = "users.behaviors.subscription.GlobalStateChange"
GROUP = "users.behaviors.subscriptiongroup.StateChange"
MOST_EVENTS = 15_000  # in one file (§1.2)

_INTEGRATION = "69cadaaed2d51b7c75b1a3e5"
_WORKSPACE = "5f1e0c7a-0000-4000-8000-00000000000a"
# The hours at which changes were queued, with what happened before. At the first the layout was still the older one.
_QUEUED = (timedelta(days=40), timedelta(days=12), timedelta(days=2), timedelta(hours=1))


def write(con: duckdb.DuckDBPyConnection, folder: Path, now: datetime) -> None:
    """Write the gathered changes (table `changes`, sql/sandbox/truth_start.sql) as Avro files under `folder`."""
    hours = [now - ago for ago in _QUEUED]
    changes = sql.run(con, "sandbox/changes")
    names = [column[0] for column in changes.description]
    held: dict[tuple[str, int], list[dict[str, Any]]] = {}
    offset = 0
    while page := changes.fetchmany(MOST_EVENTS):
        for row in page:
            change = dict(zip(names, row, strict=True))
            kind = GLOBAL if change["group_id"] is None else GROUP
            late = next((n for n, hour in enumerate(hours) if change["happened_at"] <= hour), len(hours) - 1)
            rows = held.setdefault((kind, late), [])
            rows.append(change)
            if len(rows) == MOST_EVENTS:
                _file(folder, kind, hours[late], late == 0, offset, held.pop((kind, late)))
                offset += MOST_EVENTS
    for (kind, late), rows in sorted(held.items()):
        _file(folder, kind, hours[late], late == 0, offset, rows)
        offset += len(rows)
    damaged = _path(folder, "users.messages.hologram.Send", hours[-1], False, offset)
    damaged.parent.mkdir(parents=True, exist_ok=True)
    damaged.write_bytes(b"Obj\x01 and then nothing that anybody can read")


def _path(folder: Path, kind: str, hour: datetime, old: bool, offset: int) -> Path:
    name = f"dataexport.S3.integration.{_INTEGRATION}" if old else f"dataexport.prod-01.S3.integration.{_INTEGRATION}"
    place = folder / FOLDER / name / f"event_type={kind}" / f"date={hour:%Y-%m-%d-%H}"
    if old:
        return place / "3" / "us-01" / f"{name}+0+{offset:010}.avro"
    return place / "version=6" / "us-01" / f"{name}+0+{offset}.avro"


def _file(folder: Path, kind: str, hour: datetime, old: bool, offset: int, changes: list[dict[str, Any]]) -> None:
    import polars as pl

    columns = _columns(kind, old)
    rows = [_event(change, old) for change in changes]
    table = pl.DataFrame([{name: row.get(name) for name in columns} for row in rows], schema=columns)
    path = _path(folder, kind, hour, old, offset)
    path.parent.mkdir(parents=True, exist_ok=True)
    table.write_avro(path, name=f"dataexport.S3.inner.{kind}")


def _columns(kind: str, old: bool) -> dict[str, Any]:
    """The columns of an event type (facts/currents-events.json); those of campaigns and canvases are null, and few."""
    import polars as pl

    names = ["id", "user_id", "external_user_id", "email_address"]
    names += ["phone_number", "subscription_group_id"] if kind == GROUP else []
    names += ["state_change_source", "subscription_status", "channel", "timezone", "app_id"]
    names += ["campaign_id", "campaign_name", "message_variation_id", "canvas_id", "canvas_name", "send_id"]
    names += [] if old else ["app_group_id", "channel_identifier"]
    return {**dict.fromkeys(names, pl.String), "time": pl.Int32}


def _event(change: dict[str, Any], old: bool) -> dict[str, Any]:
    address, is_phone = change["address"], change["channel"] == "sms"
    return {
        "id": change["id"],
        "user_id": change["user_id"],
        "external_user_id": change["external_user_id"],
        "email_address": None if is_phone else address,
        "phone_number": address if is_phone else None,
        "subscription_group_id": change["group_id"],
        "state_change_source": change["source"],
        "subscription_status": change["status"],
        "channel": change["told_channel"],
        "app_group_id": _WORKSPACE,
        "channel_identifier": None if old else change["identifier"],
        "time": int(change["happened_at"].replace(tzinfo=UTC).timestamp()),
    }
