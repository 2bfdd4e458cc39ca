"""What commands print about events: forward, send-events."""

from __future__ import annotations

import click

from recon.cli.say import Document, told


def forwarded(content: Document, *, as_json: bool, quiet: bool) -> None:
    """forward."""
    if told(content, as_json, quiet):
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


def sent(content: Document, *, dry_run: bool, as_json: bool, quiet: bool) -> None:
    """send-events."""
    if told(content, as_json, quiet):
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
