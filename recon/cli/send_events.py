"""recon send-events: Segment's own events to Braze."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recon.cli import options, say_events
from recon.cli.session import session


@click.command("send-events", short_help="Send Segment's Track calls to Braze as events.")
@options.config
@options.run_id
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@options.output
def send_events(
    config: Path,
    run_id: str | None,
    dry_run: bool,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> int:
    """Send Segment's Track calls to Braze as custom events and purchases, each once."""
    errand: dict[str, Any] = {}
    with session(
        config,
        "recon send-events",
        run_id=run_id,
        progress=not (no_progress or quiet),
        errand=None if dry_run else errand,
    ) as job:
        from recon.deliver.send_events import is_unfinished
        from recon.deliver.send_events import send_events as step

        document = step(job, dry_run=dry_run)
        exit_code = 5 if is_unfinished(document) else 0
        errand |= {**document, "exit_code": exit_code}
        say_events.sent(document, dry_run=dry_run, as_json=as_json, quiet=quiet)
        return exit_code
