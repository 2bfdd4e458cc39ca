"""The command line as a whole: its page, and how light it is to start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from cli_page import commands, page

DOCS = Path(__file__).parents[2] / "docs"
HEAVY = {
    "duckdb",
    "great_expectations",
    "jinja2",
    "numpy",
    "pandas",
    "polars",
    "pydantic",
    "requests",
    "rich",
    "sqlglot",
    "starlette",
}


def test_the_page_of_commands_says_what_help_says() -> None:
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == page(), "run: make docs"


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_and_option_has_a_help_text(name: str) -> None:
    command = dict(commands())[name]
    assert command.help
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["demo", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = f"""if True:
        import sys
        from recon.cli import main
        sys.argv = ["recon", *{arguments}]
        try:
            main()
        except SystemExit:
            print("modules", *sorted({{name.partition(".")[0] for name in sys.modules}}))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = done.stdout.splitlines()[-1].split()
    assert modules[0] == "modules"
    assert "click" in modules
    assert HEAVY.intersection(modules) == set()
