"""Sifts files of JSON Lines: good lines go on, each bad one is named with file, line and reason.

The normal path never comes here: DuckDB reads the files strictly, and only where it refuses one are they read line by
line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple


class Reject(NamedTuple):
    """A line that could not be used. `line` counts from 1; `reason` shows nothing of its content."""

    source: str
    file: str
    line: int
    reason: str


def sift(path: Path, source: str, name: str, problem: Callable[[dict[str, Any]], str | None]) -> list[Reject]:
    """Rewrites `path` with its good lines only; returns the others as rejects of `source`, under the file name `name`.

    `problem` says what is wrong with an object, None if nothing is.
    """
    rejects: list[Reject] = []
    sifted = path.with_name(path.name + ".sifted")
    with path.open("rb") as lines, sifted.open("wb") as good:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
                reason = problem(value) if isinstance(value, dict) else "not a JSON object"
            except UnicodeDecodeError as error:
                reason = f"not UTF-8 (byte {error.start + 1})"
            except _Twice:
                reason = "a member stands twice in one object"
            except (ValueError, RecursionError):
                reason = "not JSON"
            if reason:
                rejects.append(Reject(source, name, number, reason))
            else:
                good.write(line if line.endswith(b"\n") else line + b"\n")
    sifted.replace(path)
    return rejects


class _Twice(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Twice
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(name)
