"""All runs of a state folder: begun, found, pruned."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from recon.errors import UsageError
from recon.store import log
from recon.store.documents import now_text, versions, write_json
from recon.store.run import Run

_ID = "%Y%m%dT%H%M%SZ"


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
