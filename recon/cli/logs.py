"""RECON_LOG=json: what goes to stderr are lines of JSON, for whoever collects logs."""

from __future__ import annotations

import json
import os
import time

import click

from recon.errors import UsageError

_about: dict[str, str] = {}
"""What every line says besides its own: which run, once there is one."""


def check() -> None:
    """A command begins. Raises UsageError if RECON_LOG names a form of log that there is not."""
    _about.clear()
    if os.environ.get("RECON_LOG", "") not in ("", "text", "json"):
        raise UsageError("RECON_LOG names no form of log", "Set it to json or text, or not at all.")


def json_lines() -> bool:
    """Whether stderr is for machines."""
    return os.environ.get("RECON_LOG") == "json"


def about(run: str) -> None:
    """Every line from here on names this run."""
    _about["run"] = run


def set_up() -> None:
    """Shows events on stderr, if they are wanted, and nothing if not."""
    import logging

    from recon.store.log import LOGGER

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            members = getattr(record, "members", {})
            line(record.levelname.lower(), record.getMessage(), at=record.created, **members)

    LOGGER.handlers = [logging.NullHandler()]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.INFO)
    if json_lines():
        LOGGER.addHandler(Lines())


def line(level: str, event: str, *, at: float | None = None, **members: object) -> None:
    """One line: `time`, `level`, `event` and `members`."""
    moment = time.time() if at is None else at
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1000):03}Z"
    told = {"time": stamp, "level": level, "event": event, **_about, **members}
    click.echo(json.dumps(told, ensure_ascii=False), err=True)
