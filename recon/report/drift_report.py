"""Writes `report.html` of a run: one file that loads nothing, drawn by the templates in reports/."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path

import jinja2

from recon.errors import UsageError
from recon.report import glossary, view, words
from recon.report.model import ReportData
from recon.store import assets


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets.folder("reports")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=words.visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (
        words.number,
        words.duration,
        words.day,
        words.short_day,
        words.clock,
        words.machine_time,
        words.shorten,
    )
    environment.filters.update({each.__name__: each for each in filters})
    environment.globals.update(percent=words.percent, glossary=glossary)
    return environment


def render(data: ReportData) -> str:
    """The report as HTML. The same data gives the same text, byte for byte."""
    return _environment().get_template("drift.html.j2").render(data=data, view=view.of(data))


def write(data: ReportData, to: Path) -> Path:
    """Write the report of `data` to the file `to` and return it.

    A reader never sees half a report: the file appears whole, or not at all. Raises UsageError if it cannot be written.
    """
    half = to.with_name(f".{to.name}.part")
    try:
        half.write_text(render(data), encoding="utf-8")
        half.replace(to)
    except OSError as error:
        with suppress(OSError):
            half.unlink()
        raise UsageError(
            f"cannot write the report {to}: {error.strerror}",
            "Make the folder writable or free some disk, then run `recon report`.",
        ) from error
    return to
