"""Finds Currents files, whatever their layout, without listing years of them (facts/braze-currents §1.1).

Braze says that naming may change. So only two things are taken from a key, wherever they stand in it: `event_type=` and
`date=`, the hour at which the event was queued. What has neither is dated by its last change.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from recon.store import files
from recon.store.files import RemoteFile

_TYPE = re.compile(r"(?:^|/)event_type=([^/]+)/")
_DATE = re.compile(r"(?:^|/)date=(\d{4}-\d\d-\d\d(?:-\d\d)?)/")


@dataclass(frozen=True, slots=True)
class CurrentsFile:
    """One file in a bucket or folder."""

    source: RemoteFile
    event_type: str | None
    """From the key; None where it has none: then the file itself says."""
    hour: str
    """`YYYY-MM-DD-HH`, UTC, when its events were queued."""

    @property
    def version(self) -> str:
        """Tells this content of the file from another under the same key."""
        source = self.source
        return source.etag or f"{source.size}-{source.modified.isoformat()}"


def discover(pattern: str, since: datetime, wanted: Callable[[str], bool]) -> list[CurrentsFile]:
    """The files of `pattern` from the hour of `since` on whose type is `wanted`, those of one type together, oldest
    first.

    Where the pattern has `event_type=*` and `date=*`, a bucket's folders of other types and earlier hours are not
    listed. Errors as `store.files.discover`.
    """
    first = hour_of(since)
    found = []
    for source in _listed(pattern, first, wanted):
        kind, date = _TYPE.search(source.url), _DATE.search(source.url)
        hour = date[1] if date else hour_of(source.modified)
        if (hour if len(hour) > len("2026-01-01") else f"{hour}-23") >= first and (kind is None or wanted(kind[1])):
            found.append(CurrentsFile(source, kind[1] if kind else None, hour))
    return sorted(found, key=lambda file: (file.event_type or "", file.hour, file.source.url))


def hour_of(moment: datetime) -> str:
    """An instant as the folders write it."""
    return f"{moment:%Y-%m-%d-%H}"


def _listed(pattern: str, first: str, wanted: Callable[[str], bool]) -> Iterator[RemoteFile]:
    head, slash, below = pattern.partition("/date=*/")
    if not slash or "event_type=" not in head:
        yield from files.discover(pattern)
        return
    for folder in files.folders(head):
        kind = _TYPE.search(f"{folder}/")
        if kind is None or wanted(kind[1]):
            # A day without an hour sorts before its hours, and belongs to the first of them too.
            after = f"{folder}/date={first[:10]}"
            yield from files.discover(f"{glob.escape(folder)}/date=*/{below}", after)
