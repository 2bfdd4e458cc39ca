"""What `recon run` prints: what its steps would, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from recon.cli import say, say_events

if TYPE_CHECKING:
    from recon.job import Ended


def night(ended: Ended, *, verbose: bool, as_json: bool, quiet: bool) -> None:
    """run. What it warns of is said even to who wants to hear errors only."""
    for text in ended.warnings:
        say.warning(text)
    steps = ended.steps
    run = steps["drift"]["run"]
    content = {"run": run, "exit_code": ended.exit_code, "report": ended.report, **steps}
    if say.told(content, as_json, quiet):
        return
    click.echo(f"run {run}")
    if verbose and "load" in steps:
        say.loaded(steps["load"], run, as_json=False, quiet=False)
    say.drift(steps["drift"], as_json=False, quiet=False)
    say.plan(steps["plan"], as_json=False, quiet=False)
    for step in ("apply", "verify"):
        if step in steps:
            say.delivered(step, steps[step], as_json=False, quiet=False)
    if "send_events" in steps:
        say_events.sent(steps["send_events"], dry_run=False, as_json=False, quiet=False)
    if "forward" in steps:
        say_events.forwarded(steps["forward"], as_json=False, quiet=False)
    click.echo(f"report: {ended.report}")
