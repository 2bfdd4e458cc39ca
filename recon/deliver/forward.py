"""forward: what Braze's Currents tell of people, home to Segment as Track events, each once (design §9)."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from recon.config.models import Config, Currents, Tracking
from recon.currents import catalogue, discover
from recon.currents.discover import CurrentsFile
from recon.deliver import forward_events, forward_people
from recon.deliver.forward_calls import Calls, Written, calls_on
from recon.deliver.forward_chunks import Chunk, ahead, chunks
from recon.deliver.forward_events import Events
from recon.deliver.forward_send import CONNECTIONS, Delivery
from recon.errors import ConfigError, Stopped
from recon.segment.tracking import Piece, TrackingClient
from recon.store import duck, sql
from recon.store.job import Work
from recon.store.run import Run
from recon.store.state import NAME, attached

# How far back files are looked for that Braze wrote late, or wrote again (facts/braze-currents §1.2, §7).
_LOOK_BACK = timedelta(hours=48)

_ROOM_MB = 192
"""What DuckDB gets to judge chunks in and to look them up in the ledger: several times what the former needs."""


def forward(
    work: Work, run: Run | None = None, *, since: datetime | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """Sends every event that is new and meant for Segment; returns the contract's forward document.

    Segment's identifiers, merges and suppressions are those that `run` has loaded, else they are read anew. `since`
    reads all files from then on again, also those that were read before. A dry run counts what it would send, and
    changes nothing. Raises ConfigError; InputError and RemoteError where inputs or Segment are away or refuse;
    Stopped. What was answered by then is in the ledger.
    """
    currents, source = _asked(work.config)
    forward_events.check(work.config)
    room = work.state / "forward"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    try:
        state = _copied(work.state, room) if dry_run else work.state
        with (
            duck.database(room / "work.duckdb") as con,
            attached(con, state),
            TrackingClient(
                source.url,
                source.write_key.get_secret_value(),
                connections=CONNECTIONS,
                events_per_second=source.events_per_second,
                stop=work.stop,
            ) as client,
        ):
            with work.progress.bar("look for Currents files", None, "files"):
                found = _new_files(con, work.config.resolve(currents.files), currents, since)
            if found:
                forward_people.know(con, work, run, room)
                forward_people.remember(con, work)
            _bound(con)
            events = Events(con, work.config)
            with calls_on(room / "calls", work.config.workspace, currents.events) as writing:
                send = _nothing if dry_run else client.send
                delivery = _deliver(work, con, found, events, writing, send, currents)
            return _document(events, delivery, client, dry_run)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _asked(config: Config) -> tuple[Currents, Tracking]:
    if config.currents is None:
        raise ConfigError("recon.yml has no section currents", "Say under currents.files where Braze writes them.")
    if config.segment.tracking is None:
        raise ConfigError(
            "recon.yml has no section segment.tracking", "Name the source that receives the events, and its write key."
        )
    return config.currents, config.segment.tracking


def _copied(state: Path, room: Path) -> Path:
    """A copy of the state database, for a dry run to write to."""
    copy = room / "state"
    copy.mkdir()
    for path in state.glob(f"{NAME}*"):
        shutil.copyfile(path, copy / path.name)
    return copy


def _bound(con: duckdb.DuckDBPyConnection) -> None:
    """Bounds what the queries to come may take, beside what is held of people."""
    [(held,)] = sql.run(con, "forward/held").fetchall()
    sql.run(con, "forward/bounds", {"memory": f"{(held >> 20) + _ROOM_MB}MB"})


def _nothing(calls: Sequence[Piece], count: int) -> None:
    """What a dry run sends."""


def _new_files(
    con: duckdb.DuckDBPyConnection, pattern: str, currents: Currents, since: datetime | None
) -> list[CurrentsFile]:
    """The files to read. The first time those of `currents.since`; later what has come since, also into older
    folders."""
    now = datetime.now(UTC)
    [(start, newest)] = sql.run(con, "forward/horizon").fetchall()
    if since is not None:
        first = since
    elif start is None:
        first = now - currents.since
    else:
        got_to = min(now, _moment(newest)) if newest else now
        first = max(_moment(start), got_to - max(currents.since, _LOOK_BACK))
    if start is None:
        sql.run(con, "forward/begin", {"hour": discover.hour_of(first)})
    listed = discover.discover(pattern, first, _wanted(currents))
    if since is not None:
        return listed
    done = set(sql.run(con, "forward/done", {"first": discover.hour_of(first)[:10]}).fetchall())
    return [file for file in listed if (file.source.url, file.version) not in done]


def _moment(hour: str) -> datetime:
    form = "%Y-%m-%d-%H" if len(hour) > len("2026-01-01") else "%Y-%m-%d"
    return datetime.strptime(hour, form).replace(tzinfo=UTC)


def _wanted(currents: Currents) -> Callable[[str], bool]:
    rules = currents.events
    return lambda event_type: catalogue.wanted(event_type, rules.include, rules.exclude)


def _deliver(
    work: Work,
    con: duckdb.DuckDBPyConnection,
    found: list[CurrentsFile],
    events: Events,
    writing: Calls,
    send: Callable[[Sequence[Piece], int], None],
    currents: Currents,
) -> Delivery:
    """While a chunk is judged, the one before it is written as calls, and those before that are on their way."""
    with (
        work.progress.bar("forward", None, "events") as advance,
        ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="forward") as pool,
        ThreadPoolExecutor(1, thread_name_prefix="write") as writer,
    ):
        delivery = Delivery(work, con, pool, send, advance)
        coming: tuple[Chunk, int, Future[Written]] | None = None

        def begin(chunk: Chunk, slot: int, calls: Future[Written]) -> None:
            written = calls.result()
            events.leave_out(written.too_large, chunk, slot)
            delivery.begin(slot, written.batches)

        work.sending.set()
        gc.freeze()  # small objects by the thousand would have every module looked through for garbage, again and again
        try:
            for chunk in ahead(chunks(found, _wanted(currents))):
                slot = delivery.reserve(chunk)
                if work.stop.is_set():
                    raise Stopped("stopped while forwarding", "Go on with `recon forward`.")
                going = events.judge(chunk, slot)
                before, coming = coming, (chunk, slot, writer.submit(writing.write, going))
                if before:
                    begin(*before)
            if coming:
                begin(*coming)
            delivery.finish()
        except BaseException:
            delivery.drain()
            raise
        finally:
            gc.unfreeze()
            work.sending.clear()
    return delivery


def _document(events: Events, delivery: Delivery, client: TrackingClient, dry_run: bool) -> dict[str, Any]:
    counts = events.counts
    by_fate = {
        fate: {reason or fate: count for (of, reason), count in sorted(counts.items()) if of == fate and count}
        for fate in ("filtered", "quarantined")
    }
    if delivery.refused:
        by_fate["quarantined"]["Segment refused it"] = delivery.refused
    document: dict[str, Any] = {
        "read": sum(counts.values()),
        "sent": 0 if dry_run else delivery.sent,
        "duplicates": counts["duplicate", None],
        "filtered": sum(by_fate["filtered"].values()),
        "quarantined": sum(by_fate["quarantined"].values()),
        "requests": client.requests,
        "files": delivery.files,
        "damaged_files": delivery.damaged_files,
        "filtered_by": by_fate["filtered"],
        "quarantined_by": by_fate["quarantined"],
    }
    return document | ({"would_send": delivery.sent} if dry_run else {})
