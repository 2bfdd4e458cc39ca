"""recon audit: who was opted out, who was messaged all the same, and whether the record of it is untouched."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from recon.cli import options, say_audit
from recon.cli.session import session

_WHEN = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z"])


@click.group(invoke_without_command=True, short_help="Who opted out, and who was messaged all the same.")
@options.config
@click.option("--since", type=_WHEN, metavar="TIME", help="Only what happened from then on; UTC.")
@click.option("--as-of", type=_WHEN, metavar="TIME", help="As it was known then; UTC.")
@click.option("--reveal", is_flag=True, help="External ids instead of pseudonyms.")
@options.output
@click.pass_context
def audit(
    context: click.Context,
    config: Path,
    since: datetime | None,
    as_of: datetime | None,
    reveal: bool,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> None:
    """Who is opted out since when, where they could still be reached, what was sent to them after it, what was repaired
    and proven: audit.html, audit.csv and audit.json."""
    if context.invoked_subcommand:
        return
    with session(config, "recon audit", progress=not (no_progress or quiet)) as job:
        from recon.report.audit.make import make

        say_audit.made(make(job, since=_utc(since), as_of=_utc(as_of), reveal=reveal), as_json=as_json, quiet=quiet)


@audit.command()
@options.config
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@options.output
def verify(
    config: Path,
    folder: Path | None,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> int:
    """Check that nobody has touched the audit's ledger and the reports made of it; FOLDER is a copy of the ledger.

    Exit 3 says that something was touched, and where.
    """
    from recon.config.loading import load
    from recon.report.audit.ledger import Ledger
    from recon.report.audit.verify import verify as check
    from recon.store.runs import Runs

    settings = load(config)
    own = Ledger.of(settings)
    found = (
        check(Ledger(folder, own.key)) if folder else check(own, Runs(own.folder.parent).history(), own.folder.parent)
    )
    say_audit.verified(found, as_json=as_json, quiet=quiet)
    return 3 if found["problems"] else 0


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
