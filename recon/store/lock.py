"""One run at a time: a lock that the system releases when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from recon.errors import UsageError


@contextmanager
def only_run(state: Path, what: str) -> Iterator[None]:
    """Holds `state`/lock for the length of `what` (a command, for people to read); refuses if another holds it."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's data lies in it
    with (state / "lock").open("a+") as file:
        if not _taken(file):
            raise UsageError(
                f"another recon is at work in {state}: {_holder(state)}",
                "Wait for it to end (`recon status` shows how far it is); this command did nothing.",
            )
        file.truncate(0)
        file.write(
            json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds"), "command": what})
        )
        file.flush()
        yield
        file.truncate(0)


def _taken(file: TextIO) -> bool:
    """Whether the lock could be had; asked a few times, for `recon status` holds it for a moment to look."""
    for _ in range(5):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.05)
    return False


def holder(state: Path) -> dict[str, str | int] | None:
    """Who holds the lock (`pid`, `since`, `command`), None if nobody does."""
    path = state / "lock"
    if not path.exists():
        return None
    with path.open() as file:  # for reading: who only looks need not be allowed to write
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            try:
                who: dict[str, str | int] = json.loads(path.read_text())
            except ValueError:
                return {"pid": 0, "since": "?", "command": "starting"}
            return who
    return None


def _holder(state: Path) -> str:
    who = holder(state) or {}
    return f"`{who.get('command', 'recon')}` with pid {who.get('pid', '?')}, started {who.get('since', '?')}"
