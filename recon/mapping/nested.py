"""Nested JSON with one spelling, to compare what SQL cannot: arrays of objects, deep nesting, keys that stand twice.

sql/mapping/ asks here only where two values differ as text, and of objects only where they differ key by key as well.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import duckdb
import orjson
from duckdb.func import SPECIAL
from duckdb.sqltypes import BOOLEAN, VARCHAR

_EXACT = 2**63
"""Whole numbers below keep every digit. Above, Braze's own precision is unverified (facts/braze-rest-api §12)."""


def settled(text: str | None) -> str | None:
    """The JSON `text` with keys in order, each number and each instant in one spelling; None if it is no JSON."""
    value = _read(text)
    return None if value is None else _written(value)


def settled_set(text: str | None) -> str | None:
    """The same of an array whose order does not count. How often an element stands in it does: Braze keeps repeats."""
    value = _read(text)
    return _written(sorted(value, key=_written)) if isinstance(value, list) else None


def holds_object(held: str | None, desired: str | None) -> bool:
    """Whether the object `held` has everything that `desired` states, key by key; further keys do not count."""
    return _holds(_read(held), _read(desired))


_FUNCTIONS: dict[str, tuple[Callable[..., Any], int, Any]] = {
    "settled": (settled, 1, VARCHAR),
    "settled_set": (settled_set, 1, VARCHAR),
    "holds_object": (holds_object, 2, BOOLEAN),
}


def define(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the three functions on `con`."""
    for name, (function, arguments, result) in _FUNCTIONS.items():
        with suppress(duckdb.InvalidInputException):  # it is not there yet
            con.remove_function(name)
        con.create_function(name, function, [VARCHAR] * arguments, result, null_handling=SPECIAL)


def _read(text: str | None) -> Any:
    # orjson takes the last of a key that stands twice, as every reader of JSON does.
    try:
        return None if text is None else _plain(orjson.loads(text))
    except orjson.JSONDecodeError:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return _instant(value)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return int(value) if abs(value) < _EXACT and value == int(value) else float(value)
    return value


def _instant(text: str) -> str:
    """A text that is a date or a time of ISO-8601 as Braze writes instants: UTC with milliseconds; else as it is."""
    if text[4:5] != "-" or text[7:8] != "-":
        return text
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    return moment.isoformat(timespec="milliseconds")


def _written(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _holds(held: Any, desired: Any) -> bool:
    if isinstance(held, dict) and isinstance(desired, dict):
        return all(key in held and _holds(held[key], inner) for key, inner in desired.items())
    return held is not None and _written(held) == _written(desired)
