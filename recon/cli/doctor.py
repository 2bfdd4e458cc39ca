"""recon doctor: is everything ready, and if not, what to do."""

from __future__ import annotations

from pathlib import Path

import click

from recon.cli import options, say


@click.command()
@options.config
@options.output
def doctor(config: Path, as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool) -> int:
    """Check configuration, keys, permissions, inputs, disk and clock; changes nothing anywhere."""
    from recon.config.loading import load
    from recon.intake.checks import checks
    from recon.quality import suites

    settings = load(config)
    found = list(checks(settings, suites.looks(settings)))
    if as_json:
        say.document({"checks": [check._asdict() for check in found]})
    elif not quiet:
        for check in found:
            mark = click.style("ok  ", fg="green") if check.ok else click.style("FAIL", fg="red")
            click.echo(f"{mark} {check.what}: {check.found}")
            if check.remedy:
                click.echo(f"     {click.style('next:', bold=True)} {check.remedy}")
    return max((check.exit_code for check in found if not check.ok), default=0)
