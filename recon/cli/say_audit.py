"""What commands print about the audit."""

from __future__ import annotations

import click

from recon.cli.say import Document, told, warning


def made(content: Document, *, as_json: bool, quiet: bool) -> None:
    """audit."""
    if told(content, as_json, quiet):
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
    if told(content, as_json, quiet and not content["problems"]):
        return
    for problem in content["problems"]:
        line = f", line {problem['line']}" if problem["line"] else ""
        click.echo(f"{problem['file']}{line}: {problem['what']}", err=True)
    if content["problems"]:
        click.echo("The audit has been touched. Compare it with your copy of the ledger.", err=True)
        return
    signed = f", {content['signed']:,} signed" if content["signed"] else ", not signed"
    click.echo(f"untouched: {content['statements']:,} statements in {content['files']:,} files{signed}")
