"""Errors as people see them: what happened, to what, what next; and the contract's exit codes."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import click

from recon.cli import lines, logs
from recon.errors import ReconError


def guarded(command: Callable[[], Any]) -> int:
    """Runs `command` and returns the exit code; no traceback reaches a person unless --debug asks for it."""
    debug = "--debug" in sys.argv
    try:
        code = command()
    except ReconError as error:
        if debug:
            traceback.print_exc()
        return _tell(error.what, error.remedy, error.exit_code)
    except click.ClickException as error:
        if logs.json_lines():
            logs.line("error", "usage", text=error.format_message(), exit_code=2)
        else:
            error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return _tell("stopped", "", 130)
    except BrokenPipeError:
        return 0
    except Exception as error:
        if debug:
            traceback.print_exc()
        from recon.store import refusals

        if refusal := refusals.told(error):
            return _tell(refusal.what, refusal.remedy, refusal.exit_code)
        return _tell(
            f"recon has a bug ({type(error).__name__})",
            "Run the command again with --debug and report what it prints; check it for personal data first.",
            1,
        )
    return code if isinstance(code, int) else 0


def _tell(what: str, remedy: str, code: int) -> int:
    if "--json" in sys.argv:
        click.echo(json.dumps({"version": 1, "error": what, "remedy": remedy, "exit_code": code}, indent=2))
    if logs.json_lines():
        logs.line("error", "failed", text=what, next=remedy, exit_code=code)
        return code
    plain = False if os.environ.get("NO_COLOR") else None
    click.echo(lines.labelled("error:", what, colour="red", err=True), err=True, color=plain)
    if remedy:
        click.echo(lines.labelled("next:", remedy, indent=1, err=True), err=True, color=plain)
    return code
