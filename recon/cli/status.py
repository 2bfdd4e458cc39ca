"""recon status: last runs, what is open, what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recon.cli import options, say

_SHOWN = 10


@click.command()
@options.config
@options.output
def status(config: Path, as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool) -> None:
    """The last runs, and what is open. Works while a run is under way."""
    from recon.config.loading import load
    from recon.store.lock import holder
    from recon.store.runs import Runs

    settings = load(config)
    runs = [_row(run.document) for run in Runs(settings.state_folder).all()][-_SHOWN:]
    busy = holder(settings.state_folder)
    if as_json:
        say.document({"at_work": busy, "runs": runs})
        return
    if quiet:
        return
    if busy:
        click.echo(f"at work: `{busy['command']}`, pid {busy['pid']}, since {busy['since']}")
    if not runs:
        click.echo(f"no run yet in {settings.state_folder}; start one with `recon run`")
        return
    click.echo(
        f"{'run':<20} {'state':<8} {'at':<7} {'exit':>4} "
        f"{'drifted':>11} {'to repair':>10} {'verified':>10} {'seconds':>8}"
    )
    for row in runs:
        code = "" if row["exit_code"] is None else row["exit_code"]
        counts = (row["drifted_cells"], row["to_repair"], row["verified"])
        shown = ["" if count is None else f"{count:,}" for count in counts]
        click.echo(
            f"{row['run']:<20} {row['state']:<8} {row['at'] or '':<7} {code:>4} "
            f"{shown[0]:>11} {shown[1]:>10} {shown[2]:>10} {row['seconds']:>8,.1f}"
        )
    _advise(runs[-1], bool(busy))


def _advise(last: dict[str, Any], busy: bool) -> None:
    if last["error"]:
        click.echo(f"\nthe last run stopped at {last['at']}: {last['error']}")
    if last["remedy"]:
        click.echo(f" {click.style('next:', bold=True)} {last['remedy']}")
    elif last["state"] == "running" and not busy:
        step = last["at"] if last["at"] in ("pull", "load", "drift", "plan", "verify", "forward") else "load"
        resume = "`recon apply --resume`" if last["at"] == "apply" else f"`recon {step}` or a new `recon run`"
        click.echo(f"\nthe last run broke off during {last['at']} without a word (killed?)")
        click.echo(f" {click.style('next:', bold=True)} go on with {resume}; what was sent is in the journal")
    elif last["open"]:
        click.echo(f"\nopen: {last['open']}")


def _row(document: dict[str, Any]) -> dict[str, Any]:
    steps = {name: step["result"] for name, step in document["steps"].items() if "result" in step}
    drift = steps.get("drift", {})
    states = (steps.get("verify") or steps.get("apply") or {}).get("states", {})
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
        "states": states,
        "open": _open(steps, states, document.get("approved", {})),
        "error": document["error"],
        "remedy": document["remedy"],
    }


def _open(steps: dict[str, Any], states: dict[str, int], approved: dict[str, str]) -> str | None:
    plan = steps.get("plan", {"plan": "", "withheld": {}, "price": {"objects": 0}})
    held = {name: entry["n"] for name, entry in plan["withheld"].items()}
    if "apply" not in steps:
        if plan["price"]["objects"] or approved:
            return "a plan waits for `recon apply` (look at it with `recon show plan`)"
        states = {"withheld": sum(held.values())}
    elif states.get("withheld", 0) > sum(count for name, count in held.items() if name not in approved):
        return f"{', '.join(approved)}: approved, and waits for `recon apply`"
    let_go = [f"`recon approve {plan['plan']} --class {name}`" for name in held if name not in approved]
    for state, advice in (
        ("planned", "go on with `recon apply --resume`"),
        ("withheld", f"look at them with `recon show plan`, let them go with {' and '.join(let_go)}"),
        ("unknown", "ask Braze with `recon verify`"),
        ("accepted", "ask Braze with `recon verify`"),
    ):
        if states.get(state):
            return f"{states[state]:,} corrections are {state}; {advice}"
    return None
