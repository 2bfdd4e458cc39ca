"""docs/cli.md, made from the commands' own help: `python tests/project/cli_page.py > docs/cli.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from recon.cli import recon

_INTRODUCTION = """\
# Commands

What `--help` says, command by command. `make docs` writes this page.

Data goes to stdout, everything else to stderr. Progress bars appear on a terminal only, and so do questions;
`NO_COLOR` is kept. [Operations](operations.md) has the exit codes.
"""


def commands(command: click.Command = recon, name: str = "recon") -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, groups before what is in them."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from commands(found, f"{name} {inner}")


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for name, command in commands():
        context = click.Context(command, info_name=name, terminal_width=100)
        text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        parts.append(f"## {name}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
