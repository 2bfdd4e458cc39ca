"""Long lines on a terminal: broken between words, and never within a command that somebody may want to copy."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Sequence

import click

_COMMAND = re.compile(r"`[^`]+`")
_KEPT = "\x00"
_LEAST = 40


def width(*, err: bool = False) -> int | None:
    """Columns of the terminal that is written to; None where it is none: a file or a pipe gets lines as they are."""
    stream = sys.stderr if err else sys.stdout
    return max(shutil.get_terminal_size().columns, _LEAST) if stream.isatty() else None


def broken(text: str, indent: int, *, err: bool = False) -> str:
    """`text` for a place `indent` columns from the left: what does not fit goes on under its beginning."""
    room = width(err=err)
    if room is None:
        return text
    whole = _COMMAND.sub(lambda found: found.group().replace(" ", _KEPT), text)
    parts: list[str] = []
    for line in whole.splitlines():
        parts += textwrap.wrap(line, room - indent, break_long_words=False, break_on_hyphens=False) or [""]
    return f"\n{' ' * indent}".join(parts).replace(_KEPT, " ")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> list[str]:
    """Lines of a table, as narrow as its content: the first `left` columns to the left, the others to the right."""
    wide = [max(map(len, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        placed = [
            cell.ljust(room) if number < left else cell.rjust(room)
            for number, (cell, room) in enumerate(zip(cells, wide, strict=True))
        ]
        return " ".join(placed)

    return [line(cells) for cells in (head, *rows)]


def labelled(label: str, text: str, *, colour: str | None = None, indent: int = 0, err: bool = False) -> str:
    """`label` in bold or its colour, and `text` beside it."""
    styled = click.style(label, bold=True) if colour is None else click.style(label, fg=colour)
    return f"{' ' * indent}{styled} {broken(text, indent + len(label) + 1, err=err)}"
