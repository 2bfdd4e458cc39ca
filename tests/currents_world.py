"""Currents files as Braze writes them to buckets, made by the shop: Avro with a type in the key and a schema of its
own.

Braze's published sample files may not be redistributed, so none is here: names and types of columns are those of the
newest samples (tests/currents/event_schemas.json).
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from recon.currents import avro

INTEGRATION = "dataexport.prod-01.S3.integration.69cadaaed2d51b7c75b1a3e5"
PATTERN = "currents/*/event_type=*/date=*/**/*.avro"
OPEN = "users.messages.email.Open"
CLICK = "users.messages.email.Click"
SEND = "users.messages.email.Send"
SCHEMAS: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "currents" / "event_schemas.json").read_text())
"""Event type → field → Avro type."""

_TYPES = {
    "string": pl.String,
    "int": pl.Int32,
    "long": pl.Int64,
    "boolean": pl.Boolean,
    "float": pl.Float32,
    "strings": pl.List(pl.String),
}


def hour(hours_ago: float = 3) -> str:
    """The `date=` folder of so many hours ago."""
    return f"{datetime.now(UTC) - timedelta(hours=hours_ago):%Y-%m-%d-%H}"


def seconds(hours_ago: float = 4) -> int:
    """A Currents `time` of so many hours ago."""
    return int((datetime.now(UTC) - timedelta(hours=hours_ago)).timestamp())


def key(event_type: str, hours_ago: float = 3, offset: int = 0, version: str = "version=6") -> str:
    """A key in the newest layout."""
    folder = f"currents/{INTEGRATION}/event_type={event_type}/date={hour(hours_ago)}/{version}/us-01"
    return f"{folder}/{INTEGRATION}+0+{offset}.avro"


def frame(event_type: str, rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Events with the columns that any of `rows` has, typed as in Braze's samples."""
    rows = list(rows)
    known = SCHEMAS.get(event_type, {})
    names = list(dict.fromkeys(name for row in rows for name in row))
    schema = {name: _TYPES[known.get(name, "int" if name == "time" else "string")] for name in names}
    return pl.DataFrame([{name: row.get(name) for name in names} for row in rows], schema=schema, orient="row")


def avro_bytes(event_type: str, rows: Iterable[dict[str, Any]] | pl.DataFrame) -> bytes:
    """One Avro file."""
    data = rows if isinstance(rows, pl.DataFrame) else frame(event_type, rows)
    out = io.BytesIO()
    data.write_avro(out, name=f"dataexport.S3.inner.{event_type}")
    return out.getvalue()


def joined(parts: Sequence[bytes]) -> bytes:
    """Avro files of one schema as one file of several blocks."""
    first = avro.seams(parts[0])
    sync = first.header[-16:]
    content = first.header
    for part in parts:
        seams = avro.seams(part)
        content += b"".join(part[block.start : block.end - 16] + sync for block in seams.blocks)
    return content


def write(
    folder: Path, event_type: str, rows: Iterable[dict[str, Any]] | pl.DataFrame, hours_ago: float = 3, offset: int = 0
) -> Path:
    """One Avro file below `folder`, in the newest layout."""
    return put(folder / key(event_type, hours_ago, offset), avro_bytes(event_type, rows))


def put(path: Path, content: bytes) -> Path:
    """`content` at `path`, there at once and whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    return part.replace(path)


def event(number: int | str, user: str | None, hours_ago: float = 4, **other: Any) -> dict[str, Any]:
    """An e-mail event."""
    return {
        "id": f"id-{number}",
        "user_id": f"braze-{number}",
        "external_user_id": user,
        "time": seconds(hours_ago),
        **other,
    }


def message_id(workspace: str, event_type: str, event_id: str) -> str:
    """The messageId that an event has in Segment, for ever."""
    return (
        "bzc-" + hashlib.md5("\n".join([workspace, event_type, event_id]).encode(), usedforsecurity=False).hexdigest()
    )
