"""What `recon doctor` checks of events: files of Currents and of Segment, and the source that takes Track calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from recon.config.models import Config, Currents, Tracking
from recon.currents import discover
from recon.errors import InputError, RemoteError
from recon.segment import track_files
from recon.segment.tracking import BatchRefused, TrackingClient, Unavailable
from recon.store import files
from recon.store.files import RemoteFile


def looks(config: Config) -> Iterator[tuple[str, Callable[[], str]]]:
    """Each thing that the configuration names, and what tells how it is; raises ReconError where it is not well."""
    currents, tracking, events = config.currents, config.segment.tracking, config.events
    if currents is not None:
        yield "currents.files", lambda: _currents(config, currents)
    if events is not None:
        since = datetime.now(UTC) - events.since
        pattern = config.resolve(events.files)
        yield "events.files", lambda: _readable(pattern, track_files.discover(pattern, since))
    if currents is not None and tracking is not None:
        yield "segment.tracking", lambda: _source(tracking)


def _currents(config: Config, currents: Currents) -> str:
    pattern = config.resolve(currents.files)
    listed = discover.discover(pattern, datetime.now(UTC) - currents.since, lambda _: True)
    return _readable(pattern, [file.source for file in listed])


def _readable(pattern: str, found: list[RemoteFile]) -> str:
    """Says what was found, once the newest of it could be read: a right to list is none to read."""
    if not found:
        raise InputError(f"no file of the last days matches {pattern}", "Check the path, or whether files still come.")
    newest = max(found, key=lambda file: file.modified)
    files.read(newest)
    age = datetime.now(UTC) - newest.modified
    return f"{len(found):,} files, newest {age.total_seconds() / 3600:.1f} h old, can be read"


def _source(tracking: Tracking) -> str:
    """Sends a request without events: a key that is refused shows, one that Segment does not know need not."""
    with TrackingClient(tracking.url, tracking.write_key.get_secret_value(), connections=1, attempts=2) as client:
        try:
            client.send([], 0)
        except Unavailable as error:
            raise RemoteError(error.what, "Check segment.tracking.url, the network, and any proxy between.") from error
        except BatchRefused:
            return "reachable; it takes no request without events, so the key shows with the first one"
    return "reachable, and the write key is not refused (Segment says the same to a key that it does not know)"
