"""Consent as Braze recorded it: state changes among the Currents files (facts/braze-currents §8.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import orjson
import polars as pl

from recon.store import files, sql
from recon.store.arrow import Stream
from recon.store.files import RemoteFile
from recon.store.lines import Reject

GLOBAL = "users.behaviors.subscription.GlobalStateChange"
GROUP = "users.behaviors.subscriptiongroup.StateChange"

# What the queries use. An event has those of its schema version; what it lacks is null.
_FIELDS = (
    "external_user_id",
    "email_address",
    "phone_number",
    "channel",
    "channel_identifier",
    "subscription_group_id",
    "subscription_status",
    "state_change_source",
)
_SCHEMA = {**dict.fromkeys(_FIELDS, pl.String), "time": pl.Int64}


def discover(pattern: str) -> list[RemoteFile]:
    """The files of both event types under `currents.files`, as `store.files.discover` lists them.

    All of them, however old: who opted out years ago did so by a change of that time. The type is in the key
    (facts/braze-currents §1.1), so no other file is listed where the pattern has `event_type=*`.
    """
    found: dict[str, RemoteFile] = {}
    for event_type in (GLOBAL, GROUP):
        for file in files.discover(pattern.replace("event_type=*", f"event_type={event_type}")):
            if f"/event_type={event_type}/" in file.url:
                found[file.url] = replace(file, name=f"{event_type}/{file.name}")
    return list(found.values())


def load(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> list[Reject]:
    """Makes the table `state_change`: who or which address, channel or group, new status, source, and when.

    Avro as Braze stores it, or JSON Lines in the shape of its HTTP stream (§5). A file that cannot be read is returned
    as a reject; the others count.
    """
    frames = [pl.DataFrame(schema=_SCHEMA)]
    rejects = []
    for path in paths:
        try:
            frames.append(_avro(path) if path.suffix == ".avro" else _json(path))
        except (pl.exceptions.PolarsError, ValueError, KeyError, TypeError, OSError) as error:
            rejects.append(Reject("currents", path.name, 0, f"no readable Currents file ({type(error).__name__})"))
    con.register("state_change_event", Stream(pl.concat(frames)))
    try:
        sql.run(con, "load/state_change")
    finally:
        con.unregister("state_change_event")
    return rejects


def _avro(path: Path) -> pl.DataFrame:
    return _shaped(pl.read_avro(path))


def _json(path: Path) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for line in path.read_bytes().splitlines():
        if line.strip():
            body = orjson.loads(line)
            rows += map(_flat, body.get("events", [body]))
    return _shaped(pl.DataFrame(rows, schema=dict.fromkeys((*_FIELDS, "time"))) if rows else pl.DataFrame())


def _flat(event: dict[str, Any]) -> dict[str, Any]:
    """An event of the HTTP shape, where the ids are nested, as the storage shape has it."""
    flat = {**event, **event.get("user", {}), **event.get("properties", {})}
    return {name: flat.get(name) for name in (*_FIELDS, "time")}


def _shaped(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind, strict=name == "time").alias(name)
        for name, kind in _SCHEMA.items()
    )
