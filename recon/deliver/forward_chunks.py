"""Currents files as chunks of events of a bounded size, read ahead while earlier ones are on their way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import polars as pl

from recon.braze.parallel import in_order
from recon.currents.discover import CurrentsFile
from recon.currents.read import Reading
from recon.errors import InputError, RemoteError
from recon.store import files

EVENTS = 50_000
"""Events of a chunk, about: enough to make reading the ledger once for each of them cheap."""
BYTES = 32 << 20
_FILES = 5_000
_READERS = 3
_PATIENCE = 20
"""Files in a row that a bucket does not give, after which it is the bucket that is away, and not a file."""

Item = TypeVar("Item")


@dataclass(slots=True)
class Part:
    """What a chunk has of one file."""

    number: int
    file: CurrentsFile
    first: bool
    """The file's first events are among these."""
    last: bool = False
    """So are its last; only then are the members below known."""
    events: int = 0
    damage: str | None = None
    """Why events are missing; None if the file is whole."""
    rejects: list[tuple[int, str]] = field(default_factory=list)
    """(line, why) of what could not be read."""


@dataclass(slots=True)
class Chunk:
    """Some events, by type, and whose they are."""

    frames: list[tuple[str, pl.DataFrame]]
    """With their event type: Braze's columns, `recon.file` (a part's number) and `recon.line`."""
    parts: list[Part]
    unwanted: int
    """Events beside these whose type is not asked for."""


def chunks(found: list[CurrentsFile], wanted: Callable[[str], bool]) -> Iterator[Chunk]:
    """The events of `found` whose type is `wanted`, in chunks; a file that cannot be read is damaged, and the rest
    goes on.

    Raises RemoteError where a bucket gives none of many files in a row.
    """
    making = _Making()
    refused = 0
    for number, (file, content) in enumerate(zip(found, in_order(_fetch, found, _READERS), strict=True)):
        part = making.begin(Part(number, file, first=True))
        if isinstance(content, Exception):
            refused = refused + 1 if isinstance(content, RemoteError) else 0
            if refused == _PATIENCE:
                raise content
            part.damage = str(content)
        else:
            refused = 0
            reading = Reading(file, content)
            for piece in reading.pieces():
                if making.full:
                    yield making.chunk()
                    part = making.begin(Part(number, file, first=False))
                making.add(part, piece.event_type, piece.frame, wanted=wanted(piece.event_type))
            part.damage, part.rejects = reading.damage, reading.rejects
        part.last = True
        if making.full:
            yield making.chunk()
    yield making.chunk()


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """`items`, of which the next is made on another thread while the last is used."""
    with ThreadPoolExecutor(1, thread_name_prefix="read") as pool:
        coming: Future[Item | None] = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def _fetch(file: CurrentsFile) -> bytes | InputError | RemoteError:
    """A file's content, or why there is none."""
    try:
        return files.read(file.source)
    except (InputError, RemoteError) as error:
        return error


class _Making:
    """The chunk in the making."""

    def __init__(self) -> None:
        self._empty()

    def _empty(self) -> None:
        self._frames: dict[str, list[pl.DataFrame]] = {}
        self._parts: list[Part] = []
        self._events = self._bytes = self._unwanted = 0

    @property
    def full(self) -> bool:
        return self._events >= EVENTS or self._bytes >= BYTES or len(self._parts) >= _FILES

    def begin(self, part: Part) -> Part:
        self._parts.append(part)
        return part

    def add(self, part: Part, event_type: str, frame: pl.DataFrame, *, wanted: bool) -> None:
        part.events += frame.height
        if not wanted:
            self._unwanted += frame.height
            return
        numbered = frame.with_columns(pl.lit(part.number, pl.UInt32).alias("recon.file"))
        self._frames.setdefault(event_type, []).append(numbered)
        self._events += frame.height
        self._bytes += int(frame.estimated_size())

    def chunk(self) -> Chunk:
        frames = [(event_type, frame) for event_type, parts in self._frames.items() for frame in _together(parts)]
        done = Chunk(frames, self._parts, self._unwanted)
        self._empty()
        return done


def _together(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Frames of one event type as one, with the columns of all; as they are where a column's types have nothing in
    common."""
    try:
        return [pl.concat(frames, how="diagonal_relaxed")] if len(frames) > 1 else frames
    except pl.exceptions.PolarsError:
        return frames
