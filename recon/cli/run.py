"""recon run: the nightly job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from recon.cli import options, say, say_night
from recon.cli.session import session
from recon.errors import Stopped


@click.command(short_help="The nightly job; with --apply it repairs Braze too.")
@options.config
@options.run_id
@click.option(
    "--from",
    "start_at",
    type=click.Choice(["load", "drift", "plan"]),
    help="Start a pulled run again at this step; needs no network.",
)
@click.option("--apply", "deliver", is_flag=True, help="Deliver the plan to Braze and verify it.")
@click.option("--send-events", "with_events", is_flag=True, help="Then send Segment's own events to Braze.")
@click.option("--forward", "send_home", is_flag=True, help="Then send Braze engagement home to Segment.")
@click.option("--yes", is_flag=True, help="Skip prompts. Approves nothing.")
@options.detailed
@options.output
def run(
    config: Path,
    run_id: str | None,
    start_at: str | None,
    deliver: bool,
    with_events: bool,
    send_home: bool,
    yes: bool,
    detailed: bool,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> int:
    """The nightly job: pull, load, drift, plan and report; with --apply also deliver and verify.

    --send-events then sends Segment's events to Braze, --forward engagement home."""
    new = start_at is None and run_id is None
    with session(config, "recon run", run_id=run_id, new=new, progress=not (no_progress or quiet), watched=True) as job:
        from recon.job import nightly

        ask = deliver and not yes and not as_json and sys.stdin.isatty() and sys.stderr.isatty()
        ended = nightly(
            job,
            deliver=deliver,
            with_events=with_events,
            send_home=send_home,
            agree=_agreed if ask else lambda _: True,
            start_at=start_at or "pull",
        )
        say_night.night(ended, verbose=verbose, as_json=as_json, quiet=quiet)
        found = ended.steps["drift"]["to_repair"]
        return 10 if detailed and found and not ended.exit_code else ended.exit_code


def _agreed(plan: dict[str, Any]) -> bool:
    say.plan(plan, as_json=False, quiet=False)
    try:
        return not plan["price"]["objects"] or click.confirm("Deliver this plan to Braze?", err=True)
    except click.Abort:
        raise Stopped("stopped at the question", "Nothing was sent. `recon apply` delivers the plan.") from None
