"""Reads Currents files into frames with Braze's columns: Avro as it lies in buckets, or JSON Lines of the HTTP stream.

Each file is read with its own schema, for columns come and go (facts/braze-currents §3). What cannot be read is told,
and the rest goes on.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl

from recon.currents import avro, catalogue
from recon.currents.discover import CurrentsFile

LINE = "recon.line"
"""A column beside Braze's: the row's number in its file, from 1."""
NEEDED = {"id": pl.String, "time": pl.Int64, "external_user_id": pl.String, "user_id": pl.String}
"""Columns that every frame has, with these types; null where the file has none."""

_AT_ONCE = 16 << 20  # bytes of a file
_EVENT_TYPE = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some events of one type."""

    event_type: str
    frame: pl.DataFrame


@dataclass(slots=True)
class Reading:
    """A file being read: `pieces` yields its events; the rest is known once they are through."""

    file: CurrentsFile
    content: bytes
    rejects: list[tuple[int, str]] = field(default_factory=list)
    """(line, why) of lines that could not be read."""
    damage: str | None = None
    """Why something is missing at the file's end, or in the middle of it; None if the file is whole."""

    def pieces(self) -> Iterator[Piece]:
        """The events, some megabytes at a time."""
        if self.file.source.url.endswith(".avro") or self.content[:3] == b"Obj":
            return self._avro()
        return self._lines()

    def _avro(self) -> Iterator[Piece]:
        try:
            seams = avro.seams(self.content)
        except avro.Damaged as error:
            self.damage = str(error)
            return
        self.damage = seams.damage
        event_type = self.file.event_type or _named(seams.record)
        if event_type is None:
            self.damage = "neither its key nor the file names an event type"
            return
        row = 1
        for part in avro.parts(seams, self.content, _AT_ONCE):
            frame = _read(part)
            if frame is not None:
                yield Piece(event_type, shaped(frame, row))
                row += frame.height
                continue
            for block in avro.single(avro.seams(part), part):
                frame = _read(block)
                if frame is None:
                    self.damage = "damaged in the middle"
                else:
                    yield Piece(event_type, shaped(frame, row))
                    row += frame.height

    def _lines(self) -> Iterator[Piece]:
        content, start, line = self.content, 0, 1
        while start < len(content):
            end = content.find(b"\n", start + _AT_ONCE)
            end = len(content) if end < 0 else end + 1
            events: dict[str, list[dict[str, Any]]] = {}
            lines = content[start:end].split(b"\n")
            for number, text in enumerate(lines, start=line):
                if text.strip():
                    self._line(number, text, events)
            yield from (Piece(kind, _frame(rows)) for kind, rows in events.items())
            line += len(lines) - 1
            start = end

    def _line(self, number: int, text: bytes, events: dict[str, list[dict[str, Any]]]) -> None:
        """One line: an event, or a request's body with a list of them (facts §5)."""
        try:
            body = orjson.loads(text)
        except orjson.JSONDecodeError:
            self.rejects.append((number, "not JSON"))
            return
        listed = body.get("events", [body]) if isinstance(body, dict) else [body]
        for event in listed if isinstance(listed, list) else [listed]:
            kind = event.get("event_type", self.file.event_type) if isinstance(event, dict) else None
            if not isinstance(kind, str) or not _EVENT_TYPE.fullmatch(kind):
                self.rejects.append((number, "an event without its type"))
            else:
                events.setdefault(kind, []).append({**_flat(event), LINE: number})


def _named(record: str | None) -> str | None:
    """The event type in the name of an Avro record, which is `dataexport.S3.inner.<event type>` (facts §1.1)."""
    name = (record or "").partition(".inner.")[2]
    return name if _EVENT_TYPE.fullmatch(name) else None


def _read(part: bytes) -> pl.DataFrame | None:
    try:
        return pl.read_avro(io.BytesIO(part))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError):
        return None


def shaped(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """Rows as Avro has them, with the columns that are NEEDED, and LINE counted from `first`."""
    # 32-bit floats as people write them: 19.99, not 19.989999771 (facts §1.3).
    floats = [
        pl.col(name).cast(pl.String).cast(pl.Float64) for name, kind in frame.schema.items() if kind == pl.Float32
    ]
    needed = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind, strict=False).alias(name)
        for name, kind in NEEDED.items()
    ]
    texts = [
        pl.col(name).map_elements(_as_json, return_dtype=pl.String)
        for name, kind in frame.schema.items()
        if kind == pl.String and catalogue.holds_json(name)
    ]
    return frame.with_columns(*needed, *floats, *texts).with_row_index(LINE, first)


def _as_json(text: str) -> str:
    """Text that should be JSON, as JSON: what is not is a JSON string."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return orjson.dumps(text).decode()
    return text


def _flat(event: dict[str, Any]) -> dict[str, Any]:
    """An event of the HTTP shape, where the ids are nested, as the storage shape has it (facts §5)."""
    user, properties = event.get("user"), event.get("properties")
    flat = {name: value for name, value in event.items() if name not in ("event_type", "user", "properties")}
    if isinstance(user, dict):
        flat |= user
    if isinstance(properties, dict):
        flat |= properties
    elif properties is not None:
        flat["properties"] = properties
    for name in ("custom_properties", "purchase_properties"):
        if name in flat:
            flat["properties"] = flat.pop(name)
    return flat


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [_column(name, [row.get(name) for row in rows]) for name in names]
    frame = pl.DataFrame(columns)
    needed = [
        (pl.col(name) if name in names else pl.lit(None)).cast(kind, strict=False).alias(name)
        for name, kind in NEEDED.items()
    ]
    return frame.with_columns(*needed)


def _column(name: str, values: list[Any]) -> pl.Series:
    """Values of JSON as a column: of their own type where all have the same, else as text."""
    kinds = {type(value) for value in values} - {type(None)}
    if catalogue.holds_json(name):
        texts = [_as_json(v) if isinstance(v, str) else None if v is None else orjson.dumps(v).decode() for v in values]
        return pl.Series(name, texts, dtype=pl.String)
    if kinds <= {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return pl.Series(name, values, dtype=pl.Int64)
    for kind, dtype in ((str, pl.String), (bool, pl.Boolean)):
        if kinds <= {kind}:
            return pl.Series(name, values, dtype=dtype)
    if kinds <= {int, float}:
        return pl.Series(name, [None if v is None else float(v) for v in values], dtype=pl.Float64)
    if kinds == {list} and all(isinstance(item, str) for value in values for item in value or ()):
        return pl.Series(name, values, dtype=pl.List(pl.String))
    texts = [v if isinstance(v, str) or v is None else orjson.dumps(v).decode() for v in values]
    return pl.Series(name, texts, dtype=pl.String)
