"""Every way in which the sandbox can fail, and every endpoint that recon uses: what the matrix is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recon.braze import endpoints
from recon.braze.calls import CALLS, TRACK, Call
from recon.sandbox.faults import KINDS

VARIANTS: dict[str, dict[str, Any]] = {
    "400": {"kind": "status", "status": 400},
    "401": {"kind": "status", "status": 401},
    "403": {"kind": "status", "status": 403},
    "404": {"kind": "status", "status": 404},
    "413": {"kind": "status", "status": 413},
    "429": {"kind": "status", "status": 429},
    "429-bare": {"kind": "status", "status": 429, "headers": False},
    "429-after": {"kind": "status", "status": 429, "retry_after": 0.1},
    "429-after-bare": {"kind": "status", "status": 429, "headers": False, "retry_after": 0.1},
    "500": {"kind": "status", "status": 500},
    "500-done": {"kind": "status", "status": 500, "applied": True},
    "502": {"kind": "status", "status": 502},
    "503": {"kind": "status", "status": 503},
    "504": {"kind": "status", "status": 504},
    "504-done": {"kind": "status", "status": 504, "applied": True},
    "hang": {"kind": "hang"},
    "hang-done": {"kind": "hang", "applied": True},
    "drop": {"kind": "drop"},
    "drop-done": {"kind": "drop", "applied": True},
    "broken_json": {"kind": "broken_json"},
    "cut": {"kind": "cut"},
    "half": {"kind": "half"},
    "error_strings": {"kind": "error_strings"},
    "never_ready": {"kind": "never_ready"},
    "expired": {"kind": "expired"},
    "sound": {},
}
"""By name; `sound` is none."""

STORAGE_ONLY = ("never_ready", "expired")
ENDING = ("401", "403", "404")
"""What ends a delivery: the key, the permission or the address is wrong."""
REFUSING = ("400", "413")
"""What refuses a request for good: Braze has not done it, and will not."""
ANYWHERE = [name for name in VARIANTS if name not in STORAGE_ONLY]

STORAGE = "/storage/*"
WRITES = list(dict.fromkeys([TRACK.path, *(call.path for call in CALLS.values())]))
DELIVERY_READS = ["/users/export/ids", "/subscription/user/status"]
PULL_READS = ["/custom_attributes", "/subscription/user/status", "/users/export/segment", STORAGE]


def took_effect(name: str) -> bool:
    """Whether a request that failed in this way was carried out."""
    options = VARIANTS[name]
    return bool(options.get("applied")) or options.get("kind") not in ("status", "hang", "drop")


def is_overcome(call: Call, name: str) -> bool:
    """Whether what is sent by `call` ends as it should although this happens once."""
    if name in REFUSING:
        return call is TRACK  # there are two objects in the request, and each may be taken alone
    passes = name in ("sound", "502", "503") or name.startswith("429")
    return passes or call.converges or took_effect(name)


def used_endpoints() -> set[str]:
    """The endpoints that recon's code names, outside the list of all."""
    package = Path(endpoints.__file__).parents[1]
    sources = [
        path.read_text()
        for path in package.rglob("*.py")
        if path != Path(endpoints.__file__) and package / "sandbox" not in path.parents
    ]
    return {path for path in endpoints._ENDPOINTS if any(f'"{path}"' in source for source in sources)}


def kinds_without_a_case() -> set[str]:
    """Kinds of faults that the sandbox knows and no variant uses."""
    return set(KINDS) - {options["kind"] for options in VARIANTS.values() if options}


def squares(kinds: list[str], paths: list[str]) -> list[dict[str, str]]:
    """Nights, each a kind by path, so that every path meets every kind once: in a night each fails in its own way."""
    apart = max(len(kinds) // len(paths), 1)
    return [
        {path: kinds[(night + apart * place) % len(kinds)] for place, path in enumerate(paths)}
        for night in range(len(kinds))
    ]
