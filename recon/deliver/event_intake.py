"""Segment's Track calls on their way to the outbox: read, judged, and made into Braze's objects."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import duckdb

from recon.config.track_events import TrackEvents
from recon.errors import ConfigError
from recon.intake.load import attach
from recon.segment import tables, track_files
from recon.segment.tables import SUPPRESSIONS
from recon.store import files, sql
from recon.store.job import Job
from recon.store.sql import ident


def take_in(
    job: Job, con: duckdb.DuckDBPyConnection, rules: TrackEvents, since: datetime, until: datetime, room: Path
) -> Counter[str]:
    """Makes `event_object`, every object that calls from `since` up to `until` make, and notes the rest in `not_sent`.

    Needs the run's tables, and the state attached. Returns how many calls were `read`, were a `duplicate`, and were
    `filtered: …` for each reason. A file that a bucket does not give holds up nothing. Raises ConfigError where there
    is no file, InputError and RemoteError where none of them can be read.
    """
    pattern = job.config.resolve(rules.files)
    found = track_files.discover(pattern, since)
    if not found:
        raise ConfigError(
            f"events.files: no file of the last days matches {pattern}",
            "Check the path, and whether Segment still delivers to it; nothing was sent.",
        )
    left_out: dict[files.RemoteFile, str] = {}
    with job.progress.bar("copy events", sum(file.size for file in found), "bytes") as advance:
        copied = files.copy(found, room / "files", stop=job.stop, on_progress=advance, left_out=left_out)
    taken = [file for file in found if file not in left_out]
    sql.run(con, "send_events/macros")
    with job.progress.bar("read events", None, "rows"):
        rejects = track_files.load(con, list(zip(taken, copied, strict=True)), room)
        rejects += track_files.missing(left_out)
        shutil.rmtree(room / "files")
        _suppressed_now(job, con, room)
        sql.run(con, "desired/winner")
        sql.run(con, "load/recognise", calls=ident("track_call"), pairs=ident("track_call"))
        _name(con, rules)
        sql.run(con, "send_events/judged", {"since": since, "until": until})
        sql.run(con, "send_events/objects")
        sql.run(con, "send_events/not_sent", {"rejects": sql.rows(each._asdict() for each in rejects)})
    fates = Counter(dict(sql.run(con, "send_events/fates").fetchall()))
    counts = Counter({fate: count for fate, count in fates.items() if fate.startswith(("filtered", "duplicate"))})
    counts["read"] = fates.total()
    counts["duplicate"] += count_of(con, "send_events/known")
    return counts


def count_of(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The number that a query of one row and column gives."""
    row = sql.run(con, query).fetchone()
    assert row is not None
    return int(row[0])


def _suppressed_now(job: Job, con: duckdb.DuckDBPyConnection, room: Path) -> None:
    """Makes the view `suppression` of the list as it is now: who was suppressed since the run gets nothing either."""
    attach(con, job.run)
    if not job.config.segment.suppressions:
        return
    pattern = job.config.resolve(job.config.segment.suppressions)
    found = files.discover(pattern)
    if not found:
        raise ConfigError(f"segment.suppressions: no file matches {pattern}", "Check the path; nothing was sent.")
    copied = files.copy(found, room / "suppressions", stop=job.stop)
    tables.attach(con, SUPPRESSIONS, tables.convert(con, SUPPRESSIONS, copied, room / "suppressed")[0])


def _name(con: duckdb.DuckDBPyConnection, rules: TrackEvents) -> None:
    """Makes `event_rule`: what becomes of each event by its name."""
    renamed = {rule.event: rule.to for rule in rules.map}

    def wanted(event: str) -> bool:
        def named(patterns: tuple[str, ...]) -> bool:
            return any(fnmatchcase(event, pattern) for pattern in patterns)

        return named(rules.include) and not named(rules.exclude)

    def rule(event: str) -> dict[str, Any]:
        is_order = event == rules.purchases.event and rules.purchases.as_ == "purchases"
        return {"event": event, "name": renamed.get(event, event), "wanted": wanted(event), "is_order": is_order}

    names = [row[0] for row in sql.run(con, "send_events/names").fetchall()]
    sql.run(con, "send_events/rule", {"rules": sql.rows(map(rule, names))})
