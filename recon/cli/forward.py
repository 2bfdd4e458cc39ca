"""recon forward: Braze engagement home to Segment."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from recon.cli import options, say_events
from recon.cli.session import without_run


def _since(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """An age such as 30d or 36h, or a day or hour, in UTC where it names no zone."""
    if value is None:
        return None
    if age := re.fullmatch(r"(\d{1,5})([dh])", value):
        return datetime.now(UTC) - timedelta(**{{"d": "days", "h": "hours"}[age[2]]: int(age[1])})
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write an age such as 30d or 36h, or a day such as 2026-11-01, in UTC") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command(short_help="Send Braze engagement home to Segment.")
@options.config
@click.option("--dry-run", is_flag=True, help="Count what would be sent, and send nothing.")
@click.option(
    "--since",
    callback=_since,
    metavar="AGE|DAY",
    help="Read all files from then on again (30d, 2026-11-01); what was sent is not sent again.",
)
@options.output
def forward(
    config: Path,
    dry_run: bool,
    since: datetime | None,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> None:
    """Send Braze engagement home to Segment: Currents files become Track events, each sent once."""
    go_on = "What Segment answered is in the ledger. Go on with `recon forward`."
    errand: dict[str, Any] = {}
    with without_run(
        config,
        "recon forward",
        go_on,
        progress=not (no_progress or quiet),
        errand=None if dry_run else errand,
    ) as work:
        from recon.deliver.forward import forward as step

        errand |= step(work, since=since, dry_run=dry_run)
        say_events.forwarded(errand, as_json=as_json, quiet=quiet)
