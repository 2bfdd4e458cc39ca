"""Segment's Track calls from the files of its S3 destination (facts/segment §1.9, §4.1): gzipped JSON Lines.

The files hold calls of every type, repeat some, come late and in any order. What cannot be read is named with file and
line; the rest of its file counts.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from recon.store import files, sql
from recon.store.files import RemoteFile
from recon.store.lines import Reject, sift

_SOURCE = "events"
_PIECE = 1 << 20


def discover(pattern: str, since: datetime) -> list[RemoteFile]:
    """The files that `pattern` matches and that were written at `since` or later: older ones hold no newer call."""
    return [file for file in files.discover(pattern) if file.modified >= since]


def missing(left_out: Mapping[RemoteFile, str]) -> list[Reject]:
    """Files that could not be had, with the reason, as rejects: what is in them is read when they can be."""
    return [Reject(_SOURCE, file.url, 0, f"the file could not be read: {why}") for file, why in left_out.items()]


def load(con: duckdb.DuckDBPyConnection, found: Sequence[tuple[RemoteFile, Path]], room: Path) -> list[Reject]:
    """Makes the temporary table `track_call`, one row per line that is a Track call, and fills it file by file.

    Its columns are those of sql/send_events/calls.sql. `room` is a folder for one unpacked file. The rejects are lines
    that are no JSON objects, and files that end early or are damaged, whose whole lines up to there are used.
    """
    sql.run(con, "send_events/calls")
    rejects: list[Reject] = []
    for plain, url in unpacked(con, [(file.url, path) for file, path in found], room, rejects):
        sql.run(con, "send_events/call", {"file": str(plain), "name": url})
    return rejects


def unpacked(
    con: duckdb.DuckDBPyConnection, found: Sequence[tuple[str, Path]], room: Path, rejects: list[Reject]
) -> Iterator[tuple[Path, str]]:
    """Each file of `found` (address, path) as a plain one in `room`, which holds JSON objects only, and its address.

    The plain file is gone once the next is asked for. What cannot be read goes to `rejects`.
    """
    room.mkdir(parents=True, exist_ok=True)
    plain = room / "unpacked.ndjson"
    for url, path in found:
        damaged = _unpack(path, plain)
        if damaged:
            rejects.append(Reject(_SOURCE, url, 0, damaged))
        if not _readable(con, plain):
            rejects += sift(plain, _SOURCE, url, lambda _: None)
        yield plain, url
        plain.unlink()


def _readable(con: duckdb.DuckDBPyConnection, plain: Path) -> bool:
    return sql.run(con, "send_events/unreadable", {"file": str(plain)}).fetchone() is None


def _unpack(path: Path, plain: Path) -> str | None:
    """The whole lines of a file as `plain`; why that is not all of them, if it is not."""
    damaged = None
    with path.open("rb") as raw, plain.open("wb") as out:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        source = gzip.GzipFile(fileobj=raw) if packed else raw
        try:
            while piece := source.read1(_PIECE):  # one that fails loses no more than itself
                out.write(piece)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            damaged = f"cut off or damaged ({type(error).__name__})"
    if damaged:
        _drop_last_line(plain)
    return damaged


def _drop_last_line(plain: Path) -> None:
    """A file that broke off ends in half a line, which may look whole."""
    with plain.open("r+b") as file:
        end = file.seek(0, 2)
        while end:
            start = max(0, end - _PIECE)
            file.seek(start)
            place = file.read(end - start).rfind(b"\n")
            if place >= 0:
                file.truncate(start + place + 1)
                return
            end = start
        file.truncate(0)
