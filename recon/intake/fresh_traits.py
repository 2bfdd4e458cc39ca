"""Traits that are newer than Segment's tables: Identify calls and audience events of the files of its S3 destination.

A nightly unload is hours old when it is read, and the files are minutes old. What they state of a trait counts as one
more row of `user_traits`, where it is newer than all rows of that person and trait (docs/send-events.md).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from recon.config.models import Config
from recon.intake import manifest
from recon.segment import track_files, wide
from recon.store import sql
from recon.store.files import RemoteFile
from recon.store.lines import Reject
from recon.store.run import Run
from recon.store.sql import ident

FRESH_TRAITS = "event_traits"
"""The input's name in the manifest, and the folder of what comes of it."""


class Fresh(NamedTuple):
    """How many trait rows the calls gave, and what of the files could not be used."""

    rows: int
    rejects: list[Reject]


def discover(config: Config) -> list[RemoteFile]:
    """The files to read: those written within `events.fresh_traits`; none without the section, or where it is 0d."""
    if config.events is None or config.events.fresh_traits <= timedelta(0):
        return []
    return track_files.discover(config.resolve(config.events.files), datetime.now(UTC) - config.events.fresh_traits)


def convert(con: duckdb.DuckDBPyConnection, run: Run, traits: list[str], to: Path) -> Fresh:
    """Writes the rows for `traits` into the folder `to`, as Parquet with the columns of `user_traits` that queries use.

    Needs Segment's tables as views on `con`. A call that cannot be used is rejected by its messageId, a line by its
    place; a damaged file gives its whole lines.
    """
    entries = manifest.read(run)["inputs"].get(FRESH_TRAITS, [])
    if not entries:
        return Fresh(0, [])
    to.mkdir(parents=True, exist_ok=True)
    rejects: list[Reject] = []
    sql.run(con, "load/fresh/macros")
    sql.run(con, "load/fresh/start", {"traits": traits})
    files = [(entry["url"], run.raw / entry["path"]) for entry in entries]
    for plain, url in track_files.unpacked(con, files, to, rejects):
        for fault, message_id in sql.run(con, "load/fresh/call", {"file": str(plain)}).fetchall():
            rejects.append(Reject("events", url, 0, f"the call {message_id}: {fault}"))
    sql.run(con, "desired/winner")
    sql.run(con, "desired/user_id")
    sql.run(con, "load/recognise", calls=ident("stated_trait"), pairs=ident("stated_together"))
    named = {"known_until": _known_until(run), "target": str(to / "000000.parquet")}
    [(rows,)] = sql.run(con, "load/fresh/write", named).fetchall()
    return Fresh(rows, rejects)


def _known_until(run: Run) -> datetime | None:
    """Until when a table that has no time for each trait is taken to know everything; None for the narrow form."""
    entries = manifest.read(run)["inputs"].get(wide.PROFILE_TRAITS, [])
    return max((datetime.fromisoformat(entry["modified"]) for entry in entries if entry.get("modified")), default=None)
