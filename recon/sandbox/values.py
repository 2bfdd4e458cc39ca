"""The engine of custom attributes: what Braze keeps of a value that is sent (facts/braze-rest-api §2.5).

`stored` is pure. It raises `Ignored` where Braze drops the update without a word: the old value stays.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import orjson

from recon.sandbox import formats
from recon.sandbox.settings import Modes

LONGEST = 255
LARGEST = 100_000  # bytes of a nested object
LIMIT = 25  # elements of an array, unless the catalogue says otherwise

ABSENT: Any = object()
T = TypeVar("T")


class Ignored(Exception):
    """Braze drops this update silently. The text says why, for the sandbox's own reader."""


class Kept(NamedTuple):
    """What is stored: `value` (ABSENT = removed), and whether its type is time."""

    value: Any
    is_time: bool = False


def forced_type(data_type: str) -> str | None:
    """The type that the dashboard forces ("string", "number", …), None for a detected one."""
    if "(Automatically Detected)" in data_type:
        return None
    kind = data_type.strip().lower()
    return "time" if kind in ("date", "time") else kind


def type_name(value: Any, is_time: bool) -> str:
    """The type that the catalogue names for a stored value."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int | float):
        return "Number"
    if isinstance(value, dict):
        return "Object"
    if isinstance(value, list):
        return "Object Array" if value and isinstance(value[0], dict) else "Array"
    return "Time" if is_time else "String"


def stored(current: Any, value: Any, *, kind: str | None, limit: int | None, merge: bool, modes: Modes) -> Kept:
    """What the attribute holds after `value` is sent; `current` is what it holds now (ABSENT if nothing).

    `kind` is the forced type, `limit` the catalogue's array_length, `merge` the object's `_merge_objects`.
    """
    if value is None:
        return Kept(ABSENT)
    if isinstance(value, str):
        return _text(value, kind, modes)
    if isinstance(value, bool | int | float):
        return _scalar(value, kind)
    if isinstance(value, list):
        return Kept(_array(value, kind, limit or LIMIT, modes))
    if kind != "object":
        if set(value) == {"$time"}:
            return _time(value["$time"], kind)
        if set(value) == {"inc"} and kind in (None, "number"):
            return Kept(_increment(current, value["inc"]))
        if value and set(value) <= {"add", "remove"} and kind in (None, "array"):
            return Kept(_change_array(current, value, limit or LIMIT))
    return Kept(_nested(current, value, kind, merge))


def _text(value: str, kind: str | None, modes: Modes) -> Kept:
    if kind in (None, "time"):
        if instant := formats.time(value):
            return Kept(formats.iso(instant), True)
        if kind == "time":
            raise Ignored("not a time")
    elif kind == "boolean":
        return Kept(_boolean(value))
    elif kind == "number":
        return Kept(_number(value))
    elif kind != "string":
        raise Ignored(f"a string cannot become {kind}")
    if len(value) > LONGEST and modes.long_strings != "keep":
        if modes.long_strings == "ignore":
            raise Ignored("longer than 255 characters")
        value = value[:LONGEST]
    return Kept(value)


def _scalar(value: bool | int | float, kind: str | None) -> Kept:
    if kind is None:
        return Kept(value)
    if kind == "string":
        return Kept(str(value).lower() if isinstance(value, bool) else str(value))
    if kind == "boolean":
        return Kept(_boolean(value))
    if kind == "number" and not isinstance(value, bool):
        return Kept(value)
    raise Ignored(f"a {type_name(value, False).lower()} cannot become {kind}")


def _time(value: Any, kind: str | None) -> Kept:
    instant = formats.time(value) if isinstance(value, str) else None
    if instant is None or kind not in (None, "time"):
        raise Ignored("not a time")
    return Kept(formats.iso(instant), True)


def _boolean(value: Any) -> bool:
    word = str(value).lower()
    if word in ("1", "true", "t"):
        return True
    if word in ("0", "false", "f"):
        return False
    raise Ignored("not a boolean")


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        raise Ignored("not a number") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise Ignored("not a number")
    return number


def _increment(current: Any, by: Any) -> int:
    start = 0 if current is ABSENT else current
    for n in (start, by):
        if not isinstance(n, int) or isinstance(n, bool):
            raise Ignored("only integers are incremented")
    return int(start + by)


# -- arrays


def _same(item: Any) -> tuple[bool, Any]:
    return isinstance(item, bool), item


def _check_scalars(items: list[Any]) -> None:
    for item in items:
        if item is None or isinstance(item, dict | list) or (isinstance(item, str) and len(item) > LONGEST):
            raise Ignored("an array holds only scalars of at most 255 characters")


def _array(items: list[Any], kind: str | None, limit: int, modes: Modes) -> list[Any]:
    if items and all(isinstance(item, dict) for item in items):
        if kind not in (None, "object array"):
            raise Ignored(f"an array of objects cannot become {kind}")
        return _checked_size([_object(item) for item in items])
    if kind not in (None, "array") and not (kind == "object array" and not items):
        raise Ignored(f"an array cannot become {kind}")
    _check_scalars(items)
    unique = list({_same(item): item for item in items}.values())
    return unique[:limit] if modes.long_arrays == "first" else unique[-limit:]


def _change_array(current: Any, change: dict[str, Any], limit: int) -> list[Any]:
    items = [] if current is ABSENT else current
    add, remove = (v if isinstance(v, list) else [v] for v in (change.get("add", []), change.get("remove", [])))
    if not isinstance(items, list):
        raise Ignored("add and remove need an array")
    _check_scalars(items + add + remove)
    gone = {_same(item) for item in remove}
    kept = {_same(item): item for item in items}
    for item in add:  # an element that is added again moves to the end; beyond the limit the oldest go
        kept.pop(_same(item), None)
        kept[_same(item)] = item
    return [item for key, item in kept.items() if key not in gone][-limit:]


# -- nested objects


def _checked_size(value: T) -> T:
    if len(orjson.dumps(value)) > LARGEST:
        raise Ignored("an object may have at most 100 KB")
    return value


def _nested(current: Any, value: dict[str, Any], kind: str | None, merge: bool) -> Any:
    if _is_operator(value):
        if kind not in (None, "object array"):
            raise Ignored(f"$add, $update and $remove do not fit {kind}")
        return _checked_size(_operate(current, value, merge))
    if kind not in (None, "object"):
        raise Ignored(f"an object cannot become {kind}")
    if merge and isinstance(current, dict):
        return _checked_size(_merged(current, value))
    return _checked_size(_object(value))


def _is_operator(value: dict[str, Any]) -> bool:
    return bool(value) and set(value) <= {"$add", "$update", "$remove"}


def _object(value: dict[str, Any]) -> dict[str, Any]:
    """A nested object as kept. One bad key or value anywhere drops the whole update."""
    return {_key(key): _leaf(item) for key, item in value.items()}


def _key(key: str) -> str:
    if not key or len(key) > LONGEST or any(c in key for c in " .$"):
        raise Ignored(f"the nested key {key[:40]!r} is not allowed")
    return key


def _leaf(value: Any) -> Any:
    if value is None:
        raise Ignored("null inside an object")
    if isinstance(value, str) and len(value) > LONGEST:
        raise Ignored("a nested string of more than 255 characters")
    if isinstance(value, list):
        return [_leaf(item) for item in value]
    if isinstance(value, dict):
        return _time(value["$time"], None).value if "$time" in value else _object(value)
    return value


def _merged(current: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    result = dict(current)
    for key, item in value.items():
        old = result.get(_key(key), ABSENT)
        if isinstance(item, dict) and _is_operator(item):
            result[key] = _operate(old, item, True)
        elif isinstance(item, dict) and isinstance(old, dict) and "$time" not in item:
            result[key] = _merged(old, item)
        else:
            result[key] = _leaf(item)
    return result


def _listed(value: Any) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in items):
        raise Ignored("$add, $update and $remove hold objects")
    return items


def _operate(current: Any, change: dict[str, Any], merge: bool) -> list[Any]:
    """$remove, $update and $add on an array of objects, in this order."""
    items = [] if current is ABSENT else current
    if not isinstance(items, list):
        raise Ignored("$add, $update and $remove need an array of objects")
    for gone in _listed(change.get("$remove", [])):
        key, wanted = gone.get("$identifier_key"), gone.get("$identifier_value")
        items = [item for item in items if not (isinstance(item, dict) and _matches(item, key, wanted))]
    for update in _listed(change.get("$update", [])):
        key, wanted, new = (update.get(name) for name in ("$identifier_key", "$identifier_value", "$new_object"))
        if not isinstance(new, dict):
            raise Ignored("$update needs a $new_object")
        fresh = [] if merge else [_object(new)]
        items = [
            item if not _matches(item, key, wanted) else (_merged(item, new) if merge else fresh[0]) for item in items
        ]
    return [*items, *(_object(item) for item in _listed(change.get("$add", [])))]


def _matches(item: Any, key: Any, wanted: Any) -> bool:
    return isinstance(item, dict) and key in item and item[key] == wanted
