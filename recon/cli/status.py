"""recon status and recon history: how the runs ended, what is open, and what to type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recon.cli import lines, options, say

_SHOWN = 10
_BAR = 20
_LEAST = 8
_INDENT = 6
_HEADS = {"exit_code": "exit", "drifted_cells": "drifted", "to_repair": "to repair"}


@click.command()
@options.config
@options.output
def status(config: Path, as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool) -> None:
    """The last runs, what is open, and the commands that close it. Works while a run is under way."""
    from recon.config.loading import load
    from recon.report import past
    from recon.report.engagement import engagement
    from recon.report.standing import standing
    from recon.store.job import Job
    from recon.store.lock import holder
    from recon.store.runs import Runs

    settings = load(config)
    runs = Runs(settings.state_folder)
    busy = holder(settings.state_folder)
    rows = past.rows(runs, at_work=bool(busy))[-_SHOWN:]
    # While somebody is at work what is open changes by the second, and is theirs.
    found = standing(Job(settings, runs.find(None))) if runs.all() and not busy else []
    events = {} if busy else engagement(settings.state_folder)
    if as_json:
        say.document({"at_work": busy, "open": found, "events": events, "runs": rows})
        return
    if quiet:
        return
    if busy:
        click.echo(f"at work: `{busy['command']}`, pid {busy['pid']}, since {busy['since']}")
    for command, told in events.items():
        _events(command, told)
    if not rows:
        click.echo(f"no run yet in {settings.state_folder}; start one with `recon run`")
        return
    for item in found:
        _open(item)
    if not found and not busy:
        click.echo(click.style("nothing is open", fg="green"))
    click.echo()
    _table(rows)


@click.command(short_help="Every run there has been, one line each.")
@options.config
@options.output
def history(config: Path, as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool) -> None:
    """Every run there has been, one line each: what drifted, what was repaired, how it ended."""
    from recon.config.loading import load
    from recon.report import past
    from recon.store.lock import holder
    from recon.store.runs import Runs

    settings = load(config)
    rows = past.rows(Runs(settings.state_folder), at_work=bool(holder(settings.state_folder)))
    if as_json:
        say.document({"runs": rows})
    elif quiet:
        return
    elif not rows:
        click.echo(f"no run yet in {settings.state_folder}; start one with `recon run`")
    else:
        _table(rows, trend=True)


def _open(item: dict[str, Any]) -> None:
    if item["urgent"]:
        mark = click.style("OPT-OUTS WAIT", fg="white", bg="red", bold=True)
        click.echo(f"{mark} {lines.broken(item['what'], _INDENT)}")
    else:
        mark = click.style("open:", fg="yellow", bold=True)
        click.echo(f"{mark} {lines.broken(item['what'], _INDENT)}")
    for line in item["details"]:
        click.echo(f"{'':{_INDENT}}{lines.broken(line, _INDENT)}")
    if item["commands"]:
        commands = ", then ".join(f"`{command}`" for command in item["commands"])
        click.echo(lines.labelled("next:", commands, indent=_INDENT))


def _events(command: str, told: dict[str, Any]) -> None:
    left = [
        f"{count:,} {name.replace('_', ' ')}" for name, count in told.items() if name not in ("last", "sent") and count
    ]
    click.echo(f"{command}: last {told['last']}, {told['sent']:,} sent" + (f"; {', '.join(left)}" if left else ""))
    if left:
        click.echo(f"      {click.style('next:', bold=True)} `recon {command}` tries again what can be tried")


def _table(rows: list[dict[str, Any]], *, trend: bool = False) -> None:
    names = [
        "exit_code",
        "drifted_cells",
        "to_repair",
        "verified",
        *(("withheld", "failed") if trend else ("seconds",)),
    ]
    heads = ["run", "state", "at", *(_HEADS.get(name, name) for name in names)]
    cells = [
        [row["run"], row["state"], row["at"] or "", *("" if row[name] is None else f"{row[name]:,}" for name in names)]
        for row in rows
    ]
    told = lines.table(heads, cells, left=3)
    room = min(_BAR, (lines.width() or 1000) - len(told[0]) - 2)
    most = max((row["drifted_cells"] or 0 for row in rows), default=0)
    for line, row in zip(told, [None, *rows], strict=True):
        share = (row["drifted_cells"] or 0) / most if row and trend and most and room >= _LEAST else 0
        click.echo(f"{line}  {'▇' * round(room * share)}".rstrip())
