"""The single steps: pull, load, drift, plan, apply, verify, report."""

from __future__ import annotations

from pathlib import Path

import click

from recon.cli import options, say
from recon.cli.session import session


@click.command(short_help="Fetch both sides into a run's folder, as received.")
@options.config
@options.run_id
@options.output
def pull(
    config: Path, run_id: str | None, as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool
) -> None:
    """Fetch both sides into a run's folder, exactly as received; a new run unless --run names one."""
    with session(config, "recon pull", run_id=run_id, new=run_id is None, progress=not (no_progress or quiet)) as job:
        from recon.intake.pull import pull as step

        say.pulled(step(job), job.run.id, as_json=as_json, quiet=quiet)


@click.command(short_help="Turn what was pulled into tables.")
@options.config
@options.run_id
@options.output
def load(
    config: Path, run_id: str | None, as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool
) -> None:
    """Turn what was pulled into tables; unreadable lines go to quarantine."""
    with session(config, "recon load", run_id=run_id, progress=not (no_progress or quiet)) as job:
        from recon.intake.load import load as step

        say.loaded(step(job), job.run.id, as_json=as_json, quiet=quiet)


@click.command()
@options.config
@options.run_id
@options.detailed
@options.output
def drift(
    config: Path,
    run_id: str | None,
    detailed: bool,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> int:
    """Compare what Braze should hold with what it holds."""
    with session(config, "recon drift", run_id=run_id, progress=not (no_progress or quiet)) as job:
        from recon.drift.find import find

        document = find(job)
        say.drift(document, as_json=as_json, quiet=quiet)
        return 10 if detailed and document["to_repair"] else 0


@click.command(short_help="Turn the drift into corrections, with price and brakes.")
@options.config
@options.run_id
@options.detailed
@options.output
def plan(
    config: Path,
    run_id: str | None,
    detailed: bool,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> int:
    """Turn the drift into corrections, with their price and what the brakes hold back."""
    with session(config, "recon plan", run_id=run_id, progress=not (no_progress or quiet)) as job:
        from recon.plan.make import make

        document = make(job)
        say.plan(document, as_json=as_json, quiet=quiet)
        return 10 if detailed and document["corrections"] else 0


@click.command()
@options.config
@options.run_id
@click.option("--resume", is_flag=True, help="Go on with a delivery that was stopped.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Deliver to the first N profiles only.")
@click.option("--only", type=click.Choice(["suppress", "identity", "attributes", "delete"]), help="One stage only.")
@options.output
def apply(
    config: Path,
    run_id: str | None,
    resume: bool,
    dry_run: bool,
    limit: int | None,
    only: str | None,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> int:
    """Deliver the plan to Braze. What was answered before is never sent again."""
    with session(config, "recon apply", run_id=run_id, progress=not (no_progress or quiet), watched=not dry_run) as job:
        from recon.deliver.apply import apply as step
        from recon.deliver.apply import preview
        from recon.report.verdict import exit_code

        if dry_run:
            say.preview(preview(job, limit=limit, only=only), as_json=as_json, quiet=quiet)
            return 0
        document = step(job, limit=limit, only=only, resume=resume)
        code = exit_code({"apply": document})
        job.run.finish(code)
        say.delivered("apply", document, as_json=as_json, quiet=quiet)
        return code


@click.command(short_help="Read back what was pushed, and say whether it holds.")
@options.config
@options.run_id
@options.output
def verify(
    config: Path, run_id: str | None, as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool
) -> int:
    """Read back what was pushed, and say of each correction whether it holds."""
    with session(config, "recon verify", run_id=run_id, progress=not (no_progress or quiet), watched=True) as job:
        from recon.deliver.verify import verify as step
        from recon.report.verdict import exit_code

        document = step(job)
        code = exit_code({"verify": document})
        job.run.finish(code)
        say.delivered("verify", document, as_json=as_json, quiet=quiet)
        return code


@click.command(short_help="Write report.html of a run, and index.html of all runs.")
@options.config
@options.run_id
@click.option("--reveal", is_flag=True, help="Show identifiers as they are, in report.revealed.html.")
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@options.output
def report(
    config: Path,
    run_id: str | None,
    reveal: bool,
    open_it: bool,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> None:
    """Write report.html of a run, whatever the run got to, and index.html of all runs."""
    with session(config, "recon report", run_id=run_id, progress=not (no_progress or quiet)) as job:
        from recon.report.collect import report as step

        document = step(job, reveal=reveal)
        say.report(document, as_json=as_json, quiet=quiet)
        if open_it:
            click.launch(document["report"])
