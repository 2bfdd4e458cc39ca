"""The command line: parses, calls, prints. No logic, and nothing heavy imported before a command runs."""

from __future__ import annotations

import difflib
import importlib
import os
import sys

import click

from recon import __version__
from recon.cli import errors, logs

_COMMANDS = {
    "init": "init:init",
    "doctor": "doctor:doctor",
    "run": "run:run",
    "pull": "steps:pull",
    "load": "steps:load",
    "drift": "steps:drift",
    "plan": "steps:plan",
    "show": "show:show",
    "approve": "approve:approve",
    "apply": "steps:apply",
    "verify": "steps:verify",
    "forward": "forward:forward",
    "send-events": "send_events:send_events",
    "report": "steps:report",
    "audit": "audit:audit",
    "status": "status:status",
    "history": "status:history",
    "schema": "init:schema",
    "sandbox": "sandbox:sandbox",
    "demo": "demo:demo",
}
"""Command → module of this package and name in it, in the order of help."""


class _Commands(click.Group):
    """Commands that are imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"recon.cli.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and (meant := difflib.get_close_matches(args[0], _COMMANDS, 1)):
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{meant[0]}'?")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    epilog="Exit codes: 0 done · 1 a bug · 2 usage or configuration · 3 an input cannot be trusted · "
    "4 something is withheld · 5 delivered in part · 6 a remote side refused or is away · "
    "10 drift (--detailed-exitcode) · 130/143 stopped",
)
@click.version_option(__version__, prog_name="recon")
def recon() -> None:
    """Reconcile Segment customer profiles with Braze: find the drift, repair it under a plan, prove it."""


def main() -> None:
    """The console script."""
    plain = False if os.environ.get("NO_COLOR") else None  # None: colours on a terminal only

    def command() -> object:
        logs.check()
        return recon.main(standalone_mode=False, prog_name="recon", color=plain)

    sys.exit(errors.guarded(command))
