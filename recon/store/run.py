"""One run's folder: what the run received, made and said, readable on disk.

runs/<id>/raw/            as received, with manifest.json
          work.duckdb     typed tables and drift; may be deleted and made again from raw/
          drift/*.parquet plan/plan.json plan/corrections.parquet results.parquet report.html
          run.json        steps with times and results, versions, how it ended
"""

from __future__ import annotations

import logging
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from recon.errors import ReconError, Stopped, UsageError
from recon.store import log, refusals
from recon.store.documents import now_text, write_json
from recon.store.steps import STEPS


@dataclass(frozen=True)
class Run:
    """One run's folder. `id` sorts by time."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    @property
    def work(self) -> Path:
        return self.folder / "work.duckdb"

    @property
    def tables(self) -> Path:
        """`work`, which has to be there; UsageError where it was tidied away."""
        if not self.work.exists():
            raise UsageError(
                f"run {self.id} has no tables any more: only the last two runs keep them",
                f"Make them again with `recon load --run {self.id}`, then `recon drift --run {self.id}`.",
            )
        return self.work

    def drop_tables(self) -> None:
        """Removes work.duckdb, and the log that a killed process left beside it."""
        for path in (self.work, self.work.with_name(f"{self.work.name}.wal")):
            path.unlink(missing_ok=True)

    @property
    def drift(self) -> Path:
        return self.folder / "drift"

    @property
    def plan(self) -> Path:
        return self.folder / "plan"

    @property
    def results(self) -> Path:
        return self.folder / "results.parquet"

    @property
    def document(self) -> dict[str, Any]:
        """run.json."""
        return dict(orjson.loads((self.folder / "run.json").read_bytes()))

    def note(self, **members: Any) -> None:
        """Sets members of run.json, durably: a reader sees the old or the new document, never half of one."""
        write_json(self.folder / "run.json", {**self.document, **members})

    def result(self, step: str) -> dict[str, Any]:
        """What `step` said (the members of its --json document); an error that names the missing step."""
        done = self.document["steps"].get(step, {})
        if "result" not in done:
            remedy = f"Run `recon {step} --run {self.id}` first."
            if step != "pull" and "result" not in self.document["steps"].get("pull", {}):
                remedy = (
                    "Name an earlier run with `--run ID` (`recon status` lists them), or start anew with `recon run`."
                )
            raise UsageError(f"run {self.id} has no finished `{step}`", remedy)
        return dict(done["result"])

    @contextmanager
    def after(self, name: str) -> Iterator[dict[str, Any]]:
        """More work on a finished step: what is put into the yielded dict is added to its result, whatever comes of it.

        A failure is the run's, and the step stays finished.
        """
        added: dict[str, Any] = {}
        try:
            yield added
        except BaseException as error:
            self._failed(error, steps=self._with(name, added), at=name)
            raise
        self.note(steps=self._with(name, added))

    def _with(self, name: str, added: dict[str, Any]) -> dict[str, Any]:
        steps: dict[str, Any] = self.document["steps"]
        steps[name]["result"] |= added
        return steps

    def _failed(self, error: BaseException, **members: Any) -> None:
        """Notes what ended the run, and `members` with it."""
        known = isinstance(error, ReconError)
        with suppress(OSError):  # on a full disk the first error is the one to tell
            self.note(
                **members,
                state="stopped" if isinstance(error, (Stopped, KeyboardInterrupt)) else "failed",
                error=str(error) if known else f"a bug in recon ({type(error).__name__})",
                remedy=getattr(error, "remedy", "Run the step again with --debug and report what it prints."),
                exit_code=getattr(error, "exit_code", 130 if isinstance(error, KeyboardInterrupt) else 1),
            )

    def finish(self, exit_code: int) -> None:
        """Notes that the run ended, and how."""
        state = self.document["state"]
        ended = "done" if state in ("open", "running") else state
        self.note(finished_at=now_text(), exit_code=exit_code, state=ended)
        log.event("run_ended", run=self.id, state=ended, exit_code=exit_code)

    def broke_off(self, error: BaseException) -> None:
        """Notes what ended the run between two steps; within one, the step has noted it."""
        if self.document["state"] == "open":
            self._failed(error)

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """Times a step and keeps what it puts into the yielded dict as its result; forgets the steps after it.

        A step that fails leaves its error in run.json, for `recon status`.
        """
        document = self.document
        later = STEPS[STEPS.index(name) :]
        steps = {key: value for key, value in document["steps"].items() if key not in later}
        began, cpu = time.monotonic(), _cpu_seconds()
        entry: dict[str, Any] = {"started_at": now_text()}
        self.note(steps={**steps, name: entry}, state="running", at=name, error=None, remedy=None, exit_code=None)
        log.event("step_started", run=self.id, step=name)
        result: dict[str, Any] = {}
        try:
            yield result
        except BaseException as caught:
            error = refusals.told(caught) or caught
            entry["seconds"] = round(time.monotonic() - began, 3)
            self._failed(error, steps={**steps, name: entry})
            log.event("step_failed", level=logging.ERROR, run=self.id, step=name, seconds=entry["seconds"])
            if error is caught:
                raise
            raise error from caught
        entry |= {
            "seconds": round(time.monotonic() - began, 3),
            "cpu_seconds": round(_cpu_seconds() - cpu, 3),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
            "result": result,
        }
        self.note(steps={**steps, name: entry}, state="open", at=name)
        told = {key: entry[key] for key in ("seconds", "cpu_seconds", "peak_mb")}
        log.event("step_ended", run=self.id, step=name, **told, counts=log.numbers(result))


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
