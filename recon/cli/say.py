"""What commands print: one JSON document, or a few lines for people. Data goes to stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from recon.cli import lines, logs
from recon.report.words import counted

Document = Mapping[str, Any]


def document(content: Document) -> None:
    """`--json`: the one document."""
    click.echo(json.dumps({"version": 1, **content}, indent=2, ensure_ascii=False))


def told(content: Document, as_json: bool, quiet: bool) -> bool:
    """Prints the document if that is asked for; whether there is nothing left to say."""
    if as_json:
        document(content)
    return as_json or quiet


def pulled(content: Document, run: str, *, as_json: bool, quiet: bool) -> None:
    """pull."""
    if told({"run": run, **content}, as_json, quiet):
        return
    files = sum(content["files"].values())
    click.echo(f"run {run}: pulled {files:,} files, {content['bytes'] / 1e6:,.1f} MB")


def loaded(content: Document, run: str, *, as_json: bool, quiet: bool) -> None:
    """load."""
    if told({"run": run, **content}, as_json, quiet):
        return
    rows = content["rows"]
    click.echo(f"run {run}: {rows['actual']:,} Braze profiles, {rows['user_traits']:,} trait rows from Segment")
    if content["duplicates_in_export"]:
        click.echo(
            f"  {content['duplicates_in_export']:,} profiles stood twice in the export; the newest of each is used"
        )
    if content["quarantined"]:
        click.echo(f"  {content['quarantined']:,} lines could not be read; they are in quarantine, see the report")
    warnings(content)


def drift(content: Document, *, as_json: bool, quiet: bool) -> None:
    """drift."""
    if told(content, as_json, quiet):
        return
    profiles, cells = content["profiles"], content["attributes"]
    click.echo(f"{profiles['matched']:,} profiles on both sides", nl=False)
    click.echo(f" ({profiles['missing_in_braze']:,} missing in Braze, {profiles['only_in_braze']:,} only in Braze)")
    click.echo(f"  drifted         {cells['drifted_cells']:>10,} cells of {cells['drifted_profiles']:,} profiles")
    for cause, count in cells["by_cause"].items():
        click.echo(f"    {cause:<13} {count:>10,}")
    alone = cells["drifted_cells"] - cells["to_repair"]
    click.echo(f"  to repair       {cells['to_repair']:>10,} cells; {alone:,} are left alone by rule")
    for audience, moves in content["cohorts"].items():
        click.echo(f"  cohort {audience}: {moves['enter']:,} to enter, {moves['leave']:,} to leave")
    if any(content["subscriptions"].values()):
        click.echo(f"  consent         {sum(content['subscriptions'].values()):>10,} differences")
        for kind, count in content["subscriptions"].items():
            if count:
                click.echo(f"    {kind:<13} {count:>10,}")
    click.echo(f"  duplicates      {sum(content['duplicates'].values()):>10,} pairs")
    for kind, count in content["duplicates"].items():
        if count:
            click.echo(f"    {kind:<13} {count:>10,}")
    warnings(content)


def price(cost: Mapping[str, Any]) -> list[str]:
    """What a plan costs and saves."""
    minutes = "under a minute" if cost["minutes"] < 1 else f"{cost['minutes']:,.0f} minutes at the configured rate"
    return [
        f"Price: {counted(cost['objects'], 'object')}, {counted(cost['requests'], 'request')}, {minutes}, "
        f"{counted(cost['data_points'], 'data point')}.",
        f"Saved: {counted(cost['data_points_avoided'], 'data point')} of what Braze holds already.",
    ]


def totals(counts: Mapping[str, int]) -> str:
    """A plan in one line."""
    line = f"Plan: {counts['add']:,} to add, {counts['change']:,} to change, {counts['remove']:,} to remove"
    if counts["opt_outs"]:
        line += f"; {counted(counts['opt_outs'], 'opt-out')} first"
    for name, words in (("withheld", "withheld"), ("quarantined", "set aside")):
        if counts[name]:
            line += f"; {counts[name]:,} {words}"
    return f"{line}."


def plan(content: Document, *, as_json: bool, quiet: bool) -> None:
    """plan."""
    if told(content, as_json, quiet):
        return
    click.echo(f"plan {content['plan']} of run {content['run']}")
    for name, count in content["corrections"].items():
        click.echo(f"  {name:<15} {count:>10,} correction{'' if count == 1 else 's'}")
    for line in price(content["price"]):
        click.echo(f"  {line}")
    for name, held in content["withheld"].items():
        click.echo(lines.labelled("withheld ", f"{name}: {held['n']:,} – {held['reason']}", colour="yellow", indent=2))
        let_go = f"let it go with `recon approve {content['plan']} --class {name}`, then `recon apply`"
        click.echo(f"{'':12}{lines.broken(let_go, 12)}")


def approved(content: Document, *, as_json: bool, quiet: bool) -> None:
    """approve."""
    if told(content, as_json, quiet):
        return
    click.echo(
        f"plan {content['plan']} of run {content['run']}: {content['n']:,} corrections of the class {content['class']} "
        f"approved by {content['by']}; deliver them with `recon apply --run {content['run']}`"
    )


def preview(content: Document, *, as_json: bool, quiet: bool) -> None:
    """apply --dry-run."""
    if told(content, as_json, quiet):
        return
    if not content["stages"]:
        click.echo("there is nothing to send")
    for stage, counts in content["stages"].items():
        click.echo(
            f"{stage}: would send {counted(counts['corrections'], 'correction')} of "
            f"{counted(counts['profiles'], 'profile')} in {counted(counts['requests'], 'request')}; nothing was sent"
        )


def delivered(step: str, content: Document, *, as_json: bool, quiet: bool) -> None:
    """apply and verify."""
    if told(content, as_json, quiet):
        return
    states = ", ".join(f"{count:,} {name}" for name, count in content["states"].items() if count) or "nothing to do"
    read = (
        f"; read back: all {counted(content['profiles'], 'profile')}, by {content['by']}"
        if content.get("profiles")
        else ""
    )
    click.echo(f"{step}: {states} ({counted(content['requests'], 'request')}, {content['retries']:,} repeated{read})")


def report(content: Document, *, as_json: bool, quiet: bool) -> None:
    """report."""
    if not told(content, as_json, quiet):
        click.echo(content["report"])


def warnings(content: Document) -> None:
    """The document's own."""
    for text in content.get("warnings", ()):
        warning(text)


def warning(text: str) -> None:
    """Something to look at, though the command goes on."""
    if logs.json_lines():
        logs.line("warning", "warning", text=text)
    else:
        click.echo(lines.labelled("warning:", text, colour="yellow", err=True), err=True)
