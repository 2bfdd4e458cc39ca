"""run.json and its like: readable, written whole or not at all, with times and versions."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from recon import __version__


def write_json(path: Path, document: Any) -> None:
    """Writes `document` as readable JSON, all or nothing."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def now_text() -> str:
    """This instant, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def versions() -> dict[str, str]:
    """Versions of what the results depend on."""
    from importlib.metadata import version

    return {"recon": __version__} | {name: version(name) for name in ("duckdb", "polars", "sqlglot")}
