"""Earlier runs: in one row each for `recon status` and `recon history`, and as nights of the report's trend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from recon.report.model import EarlierRun
from recon.store.runs import Runs

_FAILED = ("rejected", "unknown", "not_applied")


def rows(runs: Runs, *, at_work: bool) -> list[dict[str, Any]]:
    """Every run, pruned ones too, oldest first: `run, state, at, started_at, finished_at, seconds, exit_code,
    drifted_cells, to_repair, verified, withheld, failed, states, error, remedy`. A count that the run did not get to is
    None. A run that says it is running, though nobody is `at_work`, was killed: its state is `cut off`."""
    found = [_row(document) for document in runs.history()]
    for row in found[:-1] if at_work else found:
        if row["state"] == "running":
            row["state"] = "cut off"
    return found


def night(document: Mapping[str, Any]) -> EarlierRun:
    """A run as the trend shows it, from its run.json."""
    row = _row(document)
    drift = document["steps"].get("drift", {}).get("result", {})
    return EarlierRun(
        row["run"],
        datetime.fromisoformat(row["started_at"]),
        row["drifted_cells"],
        row["verified"] or 0,
        row["exit_code"] or 0,
        drift.get("attributes", {}).get("by_cause", {}),
        row["withheld"],
    )


def _row(document: Mapping[str, Any]) -> dict[str, Any]:
    steps = {name: step["result"] for name, step in document["steps"].items() if "result" in step}
    drift = steps.get("drift", {})
    states = (steps.get("verify") or steps.get("apply") or {}).get("states", {})
    held = sum(entry["n"] for entry in steps["plan"]["withheld"].values()) if "plan" in steps else None
    return {
        "run": document["run"],
        "state": document["state"],
        "at": document["at"],
        "started_at": document["started_at"],
        "finished_at": document["finished_at"],
        "seconds": round(sum(step.get("seconds", 0) for step in document["steps"].values()), 1),
        "exit_code": document["exit_code"],
        "drifted_cells": drift.get("attributes", {}).get("drifted_cells"),
        "to_repair": drift.get("to_repair"),
        "verified": states.get("verified"),
        "withheld": states.get("withheld", held),
        "failed": sum(states.get(name, 0) for name in _FAILED) if states else None,
        "states": states,
        "error": document["error"],
        "remedy": document["remedy"],
    }
