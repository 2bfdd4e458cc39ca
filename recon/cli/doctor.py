"""recon doctor: is everything ready, and if not, what to do."""

from __future__ import annotations

from pathlib import Path

import click

from recon.cli import lines, options, say


@click.command(short_help="Check keys, permissions, inputs, disk and clock.")
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
            click.echo(f"{mark} {lines.broken(f'{check.what}: {check.found}', 5)}")
            if check.remedy:
                click.echo(lines.labelled("next:", check.remedy, indent=5))
    return max((check.exit_code for check in found if not check.ok), default=0)
