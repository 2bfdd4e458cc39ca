"""What a run does, as events for whoever collects logs: names and numbers, nothing about people.

Nothing is shown unless a handler is put on the logger `recon`; the command line does so for RECON_LOG=json.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

LOGGER = logging.getLogger("recon")
LOGGER.addHandler(logging.NullHandler())


def event(name: str, *, level: int = logging.INFO, **members: Any) -> None:
    """Logs the event `name`; `members` go into the line as they are."""
    LOGGER.log(level, name, extra={"members": members})


def numbers(result: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a step's result, in its own shape; texts and lists are left out."""
    found: dict[str, Any] = {}
    for key, value in result.items():
        if isinstance(value, Mapping):
            if inner := numbers(value):
                found[key] = inner
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[key] = value
    return found
