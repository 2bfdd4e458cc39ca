"""What commands print: one JSON document, or a few lines for people. Data goes to stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from recon.cli import logs

if TYPE_CHECKING:
    from recon.job import Ended

Document = Mapping[str, Any]


def document(content: Document) -> None:
    """`--json`: the one document."""
    click.echo(json.dumps({"version": 1, **content}, indent=2, ensure_ascii=False))


def _told(content: Document, as_json: bool, quiet: bool) -> bool:
    if as_json:
        document(content)
    return as_json or quiet


def pulled(content: Document, run: str, *, as_json: bool, quiet: bool) -> None:
    """pull."""
    if _told({"run": run, **content}, as_json, quiet):
        return
    files = sum(content["files"].values())
    click.echo(f"run {run}: pulled {files:,} files, {content['bytes'] / 1e6:,.1f} MB")


def loaded(content: Document, run: str, *, as_json: bool, quiet: bool) -> None:
    """load."""
    if _told({"run": run, **content}, as_json, quiet):
        return
    rows = content["rows"]
    click.echo(f"run {run}: {rows['actual']:,} Braze profiles, {rows['user_traits']:,} trait rows from Segment")
    if content["duplicates_in_export"]:
        click.echo(
            f"  {content['duplicates_in_export']:,} profiles stood twice in the export; the newest of each is used"
        )
    if content["quarantined"]:
        click.echo(f"  {content['quarantined']:,} lines could not be read; they are in quarantine, see the report")
    _warnings(content)


def drift(content: Document, *, as_json: bool, quiet: bool) -> None:
    """drift."""
    if _told(content, as_json, quiet):
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
    _warnings(content)


def counted(count: int, what: str) -> str:
    """`1 profile`, `1,200 profiles`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


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
    if _told(content, as_json, quiet):
        return
    click.echo(f"plan {content['plan']} of run {content['run']}")
    for name, count in content["corrections"].items():
        click.echo(f"  {name:<15} {count:>10,} corrections")
    for line in price(content["price"]):
        click.echo(f"  {line}")
    for name, held in content["withheld"].items():
        click.echo(f"  {click.style('withheld', fg='yellow')}  {name}: {held['n']:,} – {held['reason']}")
        click.echo(f"            let it go with `recon approve {content['plan']} --class {name}`, then `recon apply`")


def approved(content: Document, *, as_json: bool, quiet: bool) -> None:
    """approve."""
    if _told(content, as_json, quiet):
        return
    click.echo(
        f"plan {content['plan']} of run {content['run']}: {content['n']:,} corrections of the class {content['class']} "
        f"approved by {content['by']}; deliver them with `recon apply --run {content['run']}`"
    )


def preview(content: Document, *, as_json: bool, quiet: bool) -> None:
    """apply --dry-run."""
    if _told(content, as_json, quiet):
        return
    if not content["stages"]:
        click.echo("there is nothing to send")
    for stage, counts in content["stages"].items():
        click.echo(
            f"{stage}: would send {counts['corrections']:,} corrections of {counts['profiles']:,} profiles "
            f"in {counts['requests']:,} requests; nothing was sent"
        )


def delivered(step: str, content: Document, *, as_json: bool, quiet: bool) -> None:
    """apply and verify."""
    if _told(content, as_json, quiet):
        return
    states = ", ".join(f"{count:,} {name}" for name, count in content["states"].items() if count) or "nothing to do"
    read = f"; read back: all {content['profiles']:,} profiles, by {content['by']}" if content.get("profiles") else ""
    click.echo(f"{step}: {states} ({content['requests']:,} requests, {content['retries']:,} repeated{read})")


def forwarded(content: Document, *, as_json: bool, quiet: bool) -> None:
    """forward."""
    if _told(content, as_json, quiet):
        return
    if "error" in content:
        click.echo(f"forward: {click.style('failed', fg='red')}: {content['error']}")
        return
    would = "would_send" in content
    sent = f"would send {content['would_send']:,}" if would else f"sent {content['sent']:,}"
    click.echo(f"forward: read {content['read']:,} events, {sent} ({content['requests']:,} requests)")
    for what, why in (("filtered", "filtered_by"), ("quarantined", "quarantined_by")):
        for reason, count in content[why].items():
            click.echo(f"  {what:<12} {count:>10,}  {reason}")
    if content["duplicates"]:
        click.echo(f"  {'duplicates':<12} {content['duplicates']:>10,}")
    if would:
        click.echo("  nothing was sent")


def events_sent(content: Document, *, dry_run: bool, as_json: bool, quiet: bool) -> None:
    """send-events."""
    if _told(content, as_json, quiet):
        return
    if "error" in content:
        click.echo(f"send-events: {click.style('failed', fg='red')}: {content['error']}")
        return
    click.echo(f"{content['read']:,} Track calls read; {content['duplicates']:,} were sent before or stand there twice")
    for reason, count in content["filtered_by"].items():
        click.echo(f"  not sent        {count:>10,} {reason}")
    if dry_run:
        click.echo(f"  would send      {content['sent']:>10,} events and purchases; nothing was sent")
    else:
        click.echo(f"  sent            {content['sent']:>10,} events and purchases in {content['requests']:,} requests")
    for state in ("quarantined", "rejected", "unknown"):
        if content[state]:
            click.echo(f"  {state:<15} {content[state]:>10,}")
    if content["properties_left_out"]:
        click.echo(f"  left out        {content['properties_left_out']:>10,} properties that Braze does not take")
    if content["not_sent"]:
        click.echo(f"  listed in {content['not_sent']}")


def report(content: Document, *, as_json: bool, quiet: bool) -> None:
    """report."""
    if not _told(content, as_json, quiet):
        click.echo(content["report"])


def audit(content: Document, *, as_json: bool, quiet: bool) -> None:
    """audit."""
    if _told(content, as_json, quiet):
        return
    counts = content["counts"]
    click.echo(
        f"{counts['opted_out']:,} opt-outs of {counts['people']:,} people; {counts['reachable']:,} not held by Braze"
    )
    click.echo(f"  messages after an opt-out   {counts['messages']:>10,}")
    click.echo(f"  past a deadline             {counts['past_deadline']:>10,}")
    click.echo(f"  deletions not done          {counts['not_deleted']:>10,}")
    for text in content["warnings"]:
        warning(text)
    click.echo(content["files"]["audit.html"])


def verified(content: Document, *, as_json: bool, quiet: bool) -> None:
    """audit verify. What was touched is said even to who wants to hear errors only."""
    if _told(content, as_json, quiet and not content["problems"]):
        return
    for problem in content["problems"]:
        line = f", line {problem['line']}" if problem["line"] else ""
        click.echo(f"{problem['file']}{line}: {problem['what']}", err=True)
    if content["problems"]:
        click.echo("The audit has been touched. Compare it with your copy of the ledger.", err=True)
        return
    signed = f", {content['signed']:,} signed" if content["signed"] else ", not signed"
    click.echo(f"untouched: {content['statements']:,} statements in {content['files']:,} files{signed}")


def night(ended: Ended, *, verbose: bool, as_json: bool, quiet: bool) -> None:
    """run. What it warns of is said even to who wants to hear errors only."""
    for text in ended.warnings:
        warning(text)
    steps = ended.steps
    run = steps["drift"]["run"]
    content = {"run": run, "exit_code": ended.exit_code, "report": ended.report, **steps}
    if _told(content, as_json, quiet):
        return
    click.echo(f"run {run}")
    if verbose and "load" in steps:
        loaded(steps["load"], run, as_json=False, quiet=False)
    drift(steps["drift"], as_json=False, quiet=False)
    plan(steps["plan"], as_json=False, quiet=False)
    for step in ("apply", "verify"):
        if step in steps:
            delivered(step, steps[step], as_json=False, quiet=False)
    if "send_events" in steps:
        events_sent(steps["send_events"], dry_run=False, as_json=False, quiet=False)
    if "forward" in steps:
        forwarded(steps["forward"], as_json=False, quiet=False)
    click.echo(f"report: {ended.report}")


def _warnings(content: Document) -> None:
    for text in content.get("warnings", ()):
        warning(text)


def warning(text: str) -> None:
    """Something to look at, though the command goes on."""
    if logs.json_lines():
        logs.line("warning", "warning", text=text)
    else:
        click.echo(f"{click.style('warning:', fg='yellow')} {text}", err=True)
