"""Run folders: what a run received, made and said, readable on disk.

runs/<id>/raw/            as received, with manifest.json
          work.duckdb     typed tables and drift; may be deleted and made again from raw/
          drift/*.parquet plan/plan.json plan/corrections.parquet results.parquet report.html
          run.json        steps with times and results, versions, how it ended
"""

from __future__ import annotations

import logging
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from recon.errors import ReconError, Stopped, UsageError
from recon.store import log, refusals
from recon.store.documents import now_text, versions, write_json
from recon.store.steps import STEPS

_ID = "%Y%m%dT%H%M%SZ"


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


class Runs:
    """All run folders of one state folder."""

    def __init__(self, state: Path) -> None:
        self.folder = state / "runs"
        self._pruned = state / "history"

    def start(self, *, workspace: str, config: str) -> Run:
        """A new run; `config` is the configuration's fingerprint.

        Its id sorts after all others, also where the clock was set back: the newest run is the one that counts.
        """
        base = datetime.now(UTC).strftime(_ID)
        newest = self.all()[-1:]
        if newest and newest[0].id >= base:
            after = datetime.strptime(newest[0].id[:16], _ID) + timedelta(seconds=1)
            base = after.strftime(_ID)
        for suffix in ("", *(f"-{n}" for n in range(2, 100))):
            folder = self.folder / f"{base}{suffix}"
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                continue
            break
        write_json(
            folder / "run.json",
            {
                "version": 1,
                "run": folder.name,
                "workspace": workspace,
                "config": config,
                "started_at": now_text(),
                "finished_at": None,
                "state": "open",
                "at": None,
                "exit_code": None,
                "error": None,
                "remedy": None,
                "versions": versions(),
                "steps": {},
            },
        )
        log.event("run_started", run=folder.name, workspace=workspace)
        return Run(folder)

    def all(self) -> list[Run]:
        """Oldest first."""
        if not self.folder.is_dir():
            return []
        return [Run(folder) for folder in sorted(self.folder.iterdir()) if (folder / "run.json").exists()]

    def history(self) -> list[dict[str, Any]]:
        """The run.json of every run there has been, pruned ones too; oldest first."""
        gone = sorted(self._pruned.glob("*.json")) if self._pruned.is_dir() else []
        return [orjson.loads(path.read_bytes()) for path in gone] + [run.document for run in self.all()]

    def tidy(self, keep: timedelta) -> None:
        """Removes runs older than `keep`, but keeps their run.json; and of all but the last two the tables that can be
        made again from raw/.

        The newest run stays whatever its age: it is what the next night is compared with. Needs the lock: a folder
        without a run.json is what a kill has left over.
        """
        for folder in self.folder.iterdir():
            if not (folder / "run.json").exists():
                shutil.rmtree(folder)
        runs = self.all()
        oldest = datetime.now(UTC) - keep
        for run in runs[:-1]:
            if datetime.fromisoformat(run.document["started_at"]) < oldest:
                self._pruned.mkdir(exist_ok=True)
                (run.folder / "run.json").replace(self._pruned / f"{run.id}.json")
                shutil.rmtree(run.folder)
        for run in runs[:-2]:
            run.drop_tables()
            for name in ("converted", "unpacked", "spill"):
                shutil.rmtree(run.folder / name, ignore_errors=True)

    def find(self, run_id: str | None) -> Run:
        """The named run, or the newest."""
        runs = self.all()
        if run_id is None:
            if not runs:
                raise UsageError(f"there is no run in {self.folder}", "Start one with `recon run` or `recon pull`.")
            return runs[-1]
        for run in runs:
            if run.id == run_id:
                return run
        raise UsageError(f"there is no run {run_id} in {self.folder}", "`recon status` lists the runs.")


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
