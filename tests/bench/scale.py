"""A world of files, step by step, each in a process of its own: seconds, CPU seconds, peak memory and floors.

    python tests/bench/files_world.py WORLD --profiles 1000000
    python tests/bench/scale.py WORLD

The drift step is split into its parts. What was found is compared with the truth of the world.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from files_world import GROUP_STATES

from recon.sandbox.seed.truth import fingerprint
from recon.sandbox.server import running

_FLOORS = Path(__file__).with_name("floors.py")
_PARTS, _PULLED = "--parts", "--pulled"


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _drift_in_parts() -> None:
    """`recon drift` in this process, its parts timed from outside; the last line on stderr has them as JSON."""
    from recon.cli import main
    from recon.store import sql

    parts: dict[str, list[float]] = {}
    really: Callable[..., Any] = sql.run

    def timed(con: Any, name: str, *args: Any, **context: Any) -> Any:
        wall, cpu = time.monotonic(), _cpu()
        done = really(con, name, *args, **context)
        spent = parts.setdefault(_part(name), [0.0, 0.0])
        spent[0] += time.monotonic() - wall
        spent[1] += _cpu() - cpu
        return done

    sql.run = timed
    sys.argv = ["recon", *sys.argv[2:]]
    try:
        main()
    finally:
        print(json.dumps(parts), file=sys.stderr)


def _pull(states: Path) -> None:
    """`recon pull` in this process, with the states in subscription groups taken from a file instead of Braze."""
    from recon.cli import main
    from recon.intake import consent

    def from_file(job: Any, *_: Any) -> list[Path]:
        return [Path(shutil.copy(states, job.run.raw / f"{consent.GROUP_STATES}.ndjson"))]

    consent.pull_group_states = from_file
    sys.argv = ["recon", *sys.argv[3:]]
    main()


def _part(query: str) -> str:
    if query.startswith("drift/duplicate"):
        return "duplicates"
    if query.startswith("drift/subscription"):
        return "consent"
    if "cohort" in query or "member" in query:
        return "cohorts"
    return {"desired": "desired", "drift": "attributes"}.get(query.partition("/")[0], "other")


def _recon(world: Path, url: str, step: str) -> list[str]:
    command = [sys.executable, "-m", "recon"]
    if step == "drift":
        command = [sys.executable, __file__, _PARTS]
    elif step == "pull":
        command = [sys.executable, __file__, _PULLED, str(world / GROUP_STATES)]
    done = subprocess.run(
        [*command, step, "-q", "-c", str(world / "recon.yml")],
        env={**os.environ, "SANDBOX_URL": url},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stderr.splitlines()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    parser.add_argument(
        "--free", action="store_true", help="remove the world's inputs once they are copied into the run"
    )
    parser.add_argument("--no-floors", action="store_true")
    asked = parser.parse_args()
    world = asked.world.resolve()
    shutil.rmtree(world / ".recon", ignore_errors=True)
    with running(world) as sandbox:
        _recon(world, sandbox.url, "pull")
    if asked.free:
        shutil.rmtree(world / "segment")
        shutil.rmtree(world / "braze")
    parts = {}
    for step in ("load", "drift", "plan"):
        said = _recon(world, "http://127.0.0.1:9", step)
        if step == "drift":
            parts = json.loads(said[-1])
    [run] = (world / ".recon" / "runs").iterdir()
    steps = json.loads((run / "run.json").read_text())["steps"]
    floors = {}
    if not asked.no_floors:
        done = subprocess.run([sys.executable, str(_FLOORS), str(run)], check=True, capture_output=True, text=True)
        floors = json.loads(done.stdout)
    print(f"| {'step':<14} | {'wall s':>8} | {'CPU s':>8} | {'floor CPU s':>11} | {'ratio':>6} | {'peak MB':>8} |")
    print(f"|{'-' * 16}|{'-' * 9}:|{'-' * 9}:|{'-' * 12}:|{'-' * 7}:|{'-' * 9}:|")

    def show(name: str, wall: float, cpu: float, floor: float | None, peak: str) -> None:
        against = (f"{floor:11,.1f}", f"{cpu / floor:6.2f}") if floor else (" " * 11, " " * 6)
        print(f"| {name:<14} | {wall:8,.1f} | {cpu:8,.1f} | {against[0]} | {against[1]} | {peak:>8} |")

    for name in ("load", "drift", "plan"):
        step = steps[name]
        show(name, step["seconds"], step["cpu_seconds"], floors.get(name), f"{step['peak_mb']:,}")
        if name == "drift":
            for part, (wall, cpu) in parts.items():
                show(f"- {part}", wall, cpu, floors.get(part), "")
    truth, found = json.loads((world / "truth.json").read_text()), steps["drift"]["result"]
    for name in ("profiles", "attributes", "cohorts", "duplicates", "subscriptions"):
        told = {key: found[name].get(key) for key in truth[name]}
        _judge(name, told, truth[name])
    for name, (file, columns) in _HASHED.items():
        _judge(f"{name} one by one", _hash(run / "drift" / file, columns), truth[name])


# What the truth has hashes of, in the order of their rows (recon/sandbox/seed/truth.py).
_HASHED = {
    "cells": ("attribute.parquet", ("external_id", "attribute", "desired", "actual", "cause")),
    "consents": ("subscription.parquet", ("external_id", "channel", "group_id", "desired", "actual", "kind")),
}


def _hash(file: Path, columns: tuple[str, ...]) -> str:
    order = ["external_id", "channel", "group_id"] if "channel" in columns else ["external_id", "attribute"]
    rows = pl.scan_parquet(file).select(columns).sort(order, nulls_last=False).collect(engine="streaming")
    return fingerprint(rows.iter_rows())


def _judge(name: str, found: Any, truth: Any) -> None:
    print(f"{name}: {'as the truth says' if found == truth else f'NOT as the truth says: {found} {truth}'}")


if __name__ == "__main__":
    if sys.argv[1:2] == [_PARTS]:
        _drift_in_parts()
    elif sys.argv[1:2] == [_PULLED]:
        _pull(Path(sys.argv[2]))
    else:
        main()
