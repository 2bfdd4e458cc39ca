"""Tells those whom `watch` in recon.yml names how a run ended. It never fails the run: what fails is a warning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from recon.config.watch import Message, Watch
from recon.errors import ReconError, Stopped
from recon.store.job import Job, Work
from recon.watch import messages
from recon.watch.errand import STEPS, errand
from recon.watch.metrics import write, write_errand
from recon.watch.night import Night, night
from recon.watch.post import post


def tell(job: Job, watch: Watch, command: str, error: BaseException | None) -> list[str]:
    """Tells how `command` ended on the run of `job`: by `error`, or by itself. Returns warnings."""
    try:
        code = error.exit_code if isinstance(error, ReconError) else job.run.document["exit_code"]
        ended = night(job, command, 1 if code is None else code, failed=error is not None)
    except Exception as bug:  # a full disk, a torn file: the run has told of it, and its end is what counts
        return [f"nobody could be told how the run ended ({type(bug).__name__}); `recon status` shows it"]
    warnings = _metrics(watch, job, lambda path: write(ended, path)) if watch.metrics else []
    return warnings + _messages(watch, ended, error)


def tell_errand(
    work: Work, watch: Watch, command: str, started_at: datetime, document: dict[str, Any], error: BaseException | None
) -> list[str]:
    """Tells how `command`, which only moves events, ended: by `error`, or by itself with `document` (the step's, and
    `exit_code` where that is not 0). Returns warnings."""
    code = document.get("exit_code", 0) if error is None else error.exit_code if isinstance(error, ReconError) else 1
    ended = errand(work, command, started_at, document, code, failed=error is not None)
    step = STEPS[command]
    warnings = _metrics(watch, work, lambda path: write_errand(ended, step, path)) if watch.metrics else []
    return warnings + _messages(watch, ended, error)


def _messages(watch: Watch, ended: Night, error: BaseException | None) -> list[str]:
    warnings = []
    # Somebody who stopped the run, or an orchestrator about to kill it, does not wait for a second try.
    tries = {"tries": 1} if isinstance(error, (Stopped, KeyboardInterrupt)) else {}
    for name, message, body in (
        ("webhook", watch.webhook, messages.webhook),
        ("slack", watch.slack, messages.slack),
    ):
        if message and _wanted(message, ended):
            problem = post(message.url.get_secret_value(), body(ended), **tries)
            if problem:
                warnings.append(f"watch.{name} was not told: {problem}; check the address that recon.yml names there")
    return warnings


def _metrics(watch: Watch, work: Work, write: Callable[[Path], None]) -> list[str]:
    path = Path(work.config.resolve(watch.metrics or ""))
    try:
        write(path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return [f"watch.metrics: {path} was not written: {why}; make its folder, writable for this user"]
    return []


def _wanted(message: Message, ended: Night) -> bool:
    return message.when == "always" or ended.exit_code != 0
