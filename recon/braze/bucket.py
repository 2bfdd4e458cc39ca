"""Exports that Braze wrote to the workspace's own bucket: which of them is the newest (facts/braze-rest-api §3.2).

The layout is `segment-export/<segment id>/<YYYY-MM-dd>/<object_prefix>/<random name>.zip`; object_prefix is
`<uuid>-<unix seconds>`, and the date folder is the day of completion.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from recon.store.files import RemoteFile

_PREFIX = re.compile(r"[0-9A-Fa-f-]+-(\d{9,})")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class NewestExport:
    """The files of one export, and what was passed over."""

    object_prefix: str | None
    """None where no file lies in an object_prefix folder: then all files are taken as one export."""
    day: date | None
    """The date folder: the day the export was completed, UTC."""
    files: tuple[RemoteFile, ...]
    left_out: tuple[str, ...]
    """The older object_prefixes that the pattern matched as well."""


def newest_export(files: Sequence[RemoteFile]) -> NewestExport:
    """Keep only the newest export among `files` (contract/rulings.md): by the time in its object_prefix, not by date
    folder, which may be a day late, nor by file time, which copying changes."""
    exports: dict[str, list[RemoteFile]] = {}
    for file in files:
        exports.setdefault(_prefix(file) or "", []).append(file)
    dated = sorted(filter(None, exports), key=lambda prefix: (_seconds(prefix), prefix))
    if not dated:
        return NewestExport(None, None, tuple(files), ())
    newest = dated[-1]
    chosen = tuple(exports[newest])
    return NewestExport(newest, max(filter(None, map(_day, chosen)), default=None), chosen, tuple(dated[:-1]))


def _prefix(file: RemoteFile) -> str | None:
    """The object_prefix that `file` belongs to: its folder, or its own name as `recon.braze.export.fetch` gives it."""
    path = PurePosixPath(file.url)
    return next((name for name in (path.parent.name, path.stem) if _PREFIX.fullmatch(name)), None)


def _seconds(prefix: str) -> int:
    found = _PREFIX.fullmatch(prefix)
    return int(found[1]) if found else 0


def _day(file: RemoteFile) -> date | None:
    name = PurePosixPath(file.url).parent.parent.name
    try:
        return date.fromisoformat(name) if _DAY.fullmatch(name) else None
    except ValueError:
        return None
