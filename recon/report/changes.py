"""What differs between two values of the plan, piece by piece, where they are arrays or objects."""

from __future__ import annotations

from typing import Any

import orjson

from recon.braze.redact import redact
from recon.report.masks import plain


def parts(before: str | None, after: str) -> list[dict[str, Any]]:
    """The pieces that change between two JSON texts: `sign` (+ ~ -), `key` (of an object), `before`, `after`.

    Empty where the two are not both arrays or both objects. No address and no phone number is in them.

    An object is merged into what Braze holds (design §5): keys that are not sent survive, and are not told.
    """
    old, new = (orjson.loads(text or "null") for text in (before, after))
    if isinstance(old, list) and isinstance(new, list):
        found = [_part("+", None, None, each) for each in new if each not in old]
        found += [_part("-", None, each, None) for each in old if each not in new]
        return found
    if isinstance(old, dict) and isinstance(new, dict):
        added = [_part("+", key, None, value) for key, value in new.items() if key not in old]
        return added + [
            _part("~", key, old[key], value) for key, value in new.items() if key in old and old[key] != value
        ]
    return []


def _part(sign: str, key: str | None, before: Any, after: Any) -> dict[str, Any]:
    return {"sign": sign, "key": None if key is None else redact(key), "before": _text(before), "after": _text(after)}


def _text(value: Any) -> str | None:
    return None if value is None else plain(orjson.dumps(value).decode())
