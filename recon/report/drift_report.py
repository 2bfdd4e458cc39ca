"""Writes `report.html` of a run: one file that loads nothing, drawn by the templates in reports/."""

from __future__ import annotations

import base64
import hashlib
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from recon.errors import UsageError
from recon.report import glossary, view, words
from recon.report.model import ReportData
from recon.store import assets


@cache
def environment() -> jinja2.Environment:
    """The templates in reports/, with the filters and words that they use."""
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
    script = (assets.folder("reports") / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals.update(
        percent=words.percent, glossary=glossary, script=Markup(script), script_hash=f"sha256-{digest}"
    )
    return environment


def render(data: ReportData) -> str:
    """The report as HTML. The same data gives the same text, byte for byte."""
    return environment().get_template("drift.html.j2").render(data=data, view=view.of(data))


def write(data: ReportData, to: Path) -> Path:
    """Write the report of `data` to the file `to` and return it; one that reveals is for its owner only."""
    return put(render(data), to, mode=0o600 if data.revealed else 0o666)


def put(page: str, to: Path, *, mode: int = 0o666) -> Path:
    """Write `page` to the file `to`, with `mode` less the umask, and return it.

    A reader never sees half a report: the file appears whole, or not at all. Raises UsageError if it cannot be written.
    """
    half = to.with_name(f".{to.name}.part")
    try:
        half.unlink(missing_ok=True)  # what a kill left over has the mode of another file
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(page)
        half.replace(to)
    except OSError as error:
        with suppress(OSError):
            half.unlink()
        raise UsageError(
            f"cannot write the report {to}: {error.strerror}",
            "Make the folder writable or free some disk, then run `recon report`.",
        ) from error
    return to
