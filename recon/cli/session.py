"""What every command that works on a run needs: configuration, lock, run folder, signals."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from recon.cli.bars import bars
from recon.errors import Stopped

if TYPE_CHECKING:
    from recon.store.job import Job, Work


@contextmanager
def session(
    config: Path, what: str, *, run_id: str | None = None, new: bool = False, progress: bool = True
) -> Iterator[Job]:
    """A job on the named run, the newest, or a `new` one, with the state folder locked for `what`.

    SIGINT and SIGTERM end it with 130 and 143. While requests are in flight the first signal lets them finish; a second
    one does not wait.
    """
    from recon.config.loading import load
    from recon.store.job import Job
    from recon.store.lock import only_run
    from recon.store.runs import Runs

    settings = load(config)
    with only_run(settings.state_folder, what):
        runs = Runs(settings.state_folder)
        fingerprint = settings.fingerprint()
        run = runs.start(workspace=settings.workspace, config=fingerprint) if new else runs.find(run_id)
        job = Job(settings, run, progress=bars(wanted=progress))
        with _signals(
            job,
            "What Braze answered is in the journal. Go on with `recon apply --resume`, or start anew with `recon run`.",
        ):
            yield job


@contextmanager
def without_run(config: Path, what: str, go_on: str, *, progress: bool = True) -> Iterator[Work]:
    """As `session`, for a command that needs no run; `go_on` says what to do after a signal has ended it."""
    from recon.config.loading import load
    from recon.store.job import Work
    from recon.store.lock import only_run

    settings = load(config)
    with only_run(settings.state_folder, what):
        work = Work(settings, progress=bars(wanted=progress))
        with _signals(work, go_on):
            yield work


@contextmanager
def _signals(job: Work, go_on: str) -> Iterator[None]:
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        waits = job.sending.is_set() and not received
        received.append(number)
        job.stop.set()
        if not waits:
            raise _stopped(number, go_on)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Stopped:
        if received:
            raise _stopped(received[0], go_on) from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stopped(number: int, go_on: str) -> Stopped:
    error = Stopped(f"stopped by {signal.Signals(number).name}", go_on)
    error.exit_code = 128 + number
    return error
