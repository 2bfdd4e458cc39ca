"""One POST of JSON to an address that is a secret: no error that comes from here shows it."""

from __future__ import annotations

import time
from typing import Any

import requests

_TIMEOUT = 10.0
_TRIES = 3
_PAUSE = 1.0
_LONGEST_PAUSE = 10.0


def post(url: str, body: dict[str, Any], *, tries: int = _TRIES) -> str | None:
    """Posts `body`; None once it is taken, else what went wrong, after `tries` where trying again can help."""
    problem, pause = None, 0.0
    for attempt in range(tries):
        time.sleep(pause)
        pause = _PAUSE * 2**attempt
        try:
            # The answer's body is nothing to us; not reading it keeps a slow one from holding the run.
            with requests.post(url, json=body, timeout=_TIMEOUT, allow_redirects=False, stream=True) as answer:
                status, wait = answer.status_code, answer.headers.get("Retry-After", "")
        except requests.Timeout:
            problem = f"no answer within {_TIMEOUT:.0f} seconds"
            continue
        except requests.RequestException as error:
            problem = f"no connection ({type(error).__name__})"
            continue
        if 200 <= status < 300:
            return None
        problem = f"HTTP {status}"
        if status < 500 and status != 429:
            break
        if wait.isdigit():
            pause = min(float(wait), _LONGEST_PAUSE)
    return problem
