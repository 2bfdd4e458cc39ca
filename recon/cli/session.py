"""What every command that works on a run needs: configuration, lock, run folder, signals."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from recon.cli import logs, say
from recon.cli.bars import bars
from recon.errors import Stopped

if TYPE_CHECKING:
    from recon.store.job import Job, Work
    from recon.store.run import Run


@contextmanager
def session(
    config: Path,
    what: str,
    *,
    run_id: str | None = None,
    new: bool = False,
    progress: bool = True,
    watched: bool = False,
    errand: dict[str, Any] | None = None,
) -> Iterator[Job]:
    """A job on the named run, the newest, or a `new` one, with the state folder locked for `what`. If it is `watched`,
    those whom recon.yml names under `watch` are told how the run ended; with an `errand`, how that did, from what the
    command puts there.

    SIGINT and SIGTERM end it with 130 and 143. While requests are in flight the first signal lets them finish; a second
    one does not wait.
    """
    from recon.config.loading import load
    from recon.store import state
    from recon.store.job import Job
    from recon.store.lock import only_run
    from recon.store.runs import Runs

    settings = load(config)
    logs.set_up()
    with only_run(settings.state_folder, what):
        state.check(settings.state_folder)
        runs = Runs(settings.state_folder)
        fingerprint = settings.fingerprint()
        run = runs.start(workspace=settings.workspace, config=fingerprint) if new else runs.find(run_id)
        logs.about(run.id)
        job = Job(settings, run, progress=bars(wanted=progress))
        with _watched(job, what) if watched else _errand(job, what, errand):
            try:
                with _signals(job, lambda: _remedy(run)):
                    yield job
            except Stopped as error:
                if run.document["state"] == "stopped":
                    run.note(error=error.what, remedy=error.remedy)  # for `recon status` to say the same
                raise


@contextmanager
def _watched(job: Job, what: str) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        _tell(job, what, error)
        raise
    _tell(job, what, None)


def _tell(job: Job, what: str, error: BaseException | None) -> None:
    if job.config.watch:
        from recon.watch.tell import tell

        for warning in tell(job, job.config.watch, what, error):
            say.warning(warning)


@contextmanager
def _errand(work: Work, what: str, document: dict[str, Any] | None) -> Iterator[None]:
    started_at = datetime.now(UTC)
    try:
        yield
    except BaseException as error:
        _tell_errand(work, what, started_at, document, error)
        raise
    _tell_errand(work, what, started_at, document, None)


def _tell_errand(
    work: Work, what: str, started_at: datetime, document: dict[str, Any] | None, error: BaseException | None
) -> None:
    if work.config.watch and document is not None:
        from recon.watch.tell import tell_errand

        for warning in tell_errand(work, work.config.watch, what, started_at, document, error):
            say.warning(warning)


@contextmanager
def without_run(
    config: Path, what: str, go_on: str, *, progress: bool = True, errand: dict[str, Any] | None = None
) -> Iterator[Work]:
    """As `session`, for a command that needs no run; `go_on` says what to do after a signal has ended it."""
    from recon.config.loading import load
    from recon.store import state
    from recon.store.job import Work
    from recon.store.lock import only_run

    settings = load(config)
    logs.set_up()
    with only_run(settings.state_folder, what):
        state.check(settings.state_folder)
        work = Work(settings, progress=bars(wanted=progress))
        with _errand(work, what, errand), _signals(work, lambda: go_on):
            yield work


@contextmanager
def _signals(job: Work, remedy: Callable[[], str]) -> Iterator[None]:
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        waits = job.sending.is_set() and not received
        received.append(number)
        job.stop.set()
        if not waits:
            raise _stopped(number, remedy())

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Stopped:
        if received:
            raise _stopped(received[0], remedy()) from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stopped(number: int, remedy: str) -> Stopped:
    error = Stopped(f"stopped by {signal.Signals(number).name}", remedy)
    error.exit_code = 128 + number
    return error


def _remedy(run: Run) -> str:
    from recon.store.steps import go_on

    document = run.document
    if document["state"] not in ("running", "stopped"):
        return "Run the same command again."
    sent = "What Braze answered is in the journal." if "apply" in document["steps"] else "Nothing was sent."
    command = go_on(run.id, document["at"])
    anew = "tart anew with `recon run`."
    return f"{sent} S{anew}" if command == "recon run" else f"{sent} Go on with `{command}`, or s{anew}"
