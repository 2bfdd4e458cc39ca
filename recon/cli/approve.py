"""recon approve: a person's word for what a plan withholds."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from recon.cli import options, say
from recon.cli.session import session


@click.command(short_help="Let a plan send what it withholds in one class.")
@click.argument("plan")
@click.option("--class", "name", required=True, metavar="CLASS", help="The withheld class, such as merge.")
@click.option("--by", metavar="NAME", help="Who approves; the user of this machine if not given.")
@options.config
@options.output
def approve(
    plan: str,
    name: str,
    by: str | None,
    config: Path,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> None:
    """Let PLAN (its id, or its run) send what it withholds in one class. Another plan needs another approval."""
    with session(config, "recon approve", progress=False) as job:
        from recon.plan.approval import approve as step

        say.approved(step(job, plan, name, by or getpass.getuser()), as_json=as_json, quiet=quiet)
