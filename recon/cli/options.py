"""Options that commands share, in bundles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def config(command: Command) -> Command:
    """`config`: the path of recon.yml."""
    return click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path),
        default=Path("recon.yml"),
        show_default=True,
        help="The configuration.",
    )(command)


def run_id(command: Command) -> Command:
    """`run_id`: which run; the newest by default."""
    return click.option("--run", "run_id", metavar="ID", help="Which run; the newest if not given.")(command)


def output(command: Command) -> Command:
    """`as_json`, `verbose`, `quiet`, `no_progress`, `debug`."""
    bundle = (
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
        click.option("-v", "--verbose", is_flag=True, help="Say more."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        click.option("--no-progress", is_flag=True, help="No progress bars."),
        click.option("--debug", is_flag=True, help="Tracebacks with errors."),
    )
    for option in reversed(bundle):
        command = option(command)
    return command


def detailed(command: Command) -> Command:
    """`detailed`: exit 10 where drift is found."""
    return click.option("--detailed-exitcode", "detailed", is_flag=True, help="Exit 10 if there is drift to repair.")(
        command
    )
