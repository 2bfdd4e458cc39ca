"""A whole night against the sandbox, measured: seconds, CPU seconds and peak memory of every step.

    python tests/bench/night.py [--profiles 1000000] [--folder bench-night]

The folder is seeded anew; the sandbox runs as a process of its own, so its work is not recon's. Where a
step has a floor, the floor is measured in the same run: hand-written code that does the bare minimum. Quote ratios and
CPU seconds; on a shared machine wall seconds say little.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from recon.sandbox.server import running

_FLOORS = Path(__file__).with_name("floors.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("bench-night"))
    asked = parser.parse_args()
    world = asked.folder / str(asked.profiles)
    began = time.monotonic()
    # In a process of its own, for a child's peak memory counts from its parent's.
    subprocess.run(
        [sys.executable, "-m", "recon", "sandbox", "seed", str(world), "--profiles", str(asked.profiles), "-q"],
        check=True,
    )
    print(f"seeded {asked.profiles:,} people in {time.monotonic() - began:,.0f} s")
    shutil.rmtree(world / ".recon", ignore_errors=True)
    with running(world) as sandbox:
        environ = {**os.environ, "SANDBOX_URL": sandbox.url}
        command = [sys.executable, "-m", "recon", "run", "--apply", "--yes", "--json", "-c", str(world / "recon.yml")]
        began = time.monotonic()
        done = subprocess.run(command, env=environ, capture_output=True, text=True)
        whole = time.monotonic() - began
    if done.returncode not in (0, 4, 5):
        sys.exit(done.stdout + done.stderr)
    [run] = (world / ".recon" / "runs").iterdir()
    steps = json.loads((run / "run.json").read_text())["steps"]
    floors = json.loads(
        subprocess.run([sys.executable, str(_FLOORS), str(run)], check=True, capture_output=True, text=True).stdout
    )
    print(f"\n| {'step':<8} | {'wall s':>8} | {'CPU s':>8} | {'floor CPU s':>11} | {'ratio':>6} | {'peak MB':>8} |")
    print(f"|{'-' * 10}|{'-' * 9}:|{'-' * 9}:|{'-' * 12}:|{'-' * 7}:|{'-' * 9}:|")
    for name, step in steps.items():
        floor = floors.get(name)
        shown = (f"{floor:11,.1f}", f"{step['cpu_seconds'] / floor:6.2f}") if floor else (" " * 11, " " * 6)
        wall, cpu, peak = step["seconds"], step["cpu_seconds"], step["peak_mb"]
        print(f"| {name:<8} | {wall:8,.1f} | {cpu:8,.1f} | {shown[0]} | {shown[1]} | {peak:8,} |")
    held = steps["verify"]["result"]["states"]["verified"]
    print(f"\nwhole night {whole:,.1f} s, exit code {done.returncode}; repaired and verified: {held:,}")


if __name__ == "__main__":
    main()
