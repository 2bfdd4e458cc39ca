"""Fetches one file from a signed storage link: waits until it exists, resumes where it broke off."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from recon.braze.client import BrazeClient
from recon.braze.errors import ExportNotReady, Unavailable
from recon.braze.failures import connection_failure
from recon.errors import UsageError

_CHUNK = 1 << 20
_POLL_FIRST, _POLL_LAST, _POLL_GROWTH = 1.0, 30.0, 1.5
_FAILURES_IN_A_ROW = 8
_TIMEOUT = (5.0, 60.0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How a download goes. `total` is None as long as the file does not exist, or where its size is not told."""

    ready: bool
    received: int
    total: int | None
    waited: float
    """Seconds since the download was asked for."""


@dataclass(slots=True)
class _Part:
    """What is on disk so far, and how to ask for the rest of the very same file."""

    path: Path
    received: int = 0
    total: int | None = None
    validator: str | None = None

    def restart(self) -> None:
        self.received, self.total, self.validator = 0, None, None


def download(
    client: BrazeClient,
    url: str,
    to: Path,
    *,
    name: str,
    ends: float,
    on_progress: Callable[[Progress], None] | None = None,
) -> None:
    """Stream `url` into `to` (anew). 403 means not there yet; any other 4xx is final (facts/braze-rest-api §3.2).

    `ends` is the time.monotonic() after which waiting is given up. `name` is what messages call the file: the url is
    signed and never shown. No key goes to the storage. Raises ExportNotReady, Unavailable, UsageError (disk full),
    Stopped.
    """
    began = time.monotonic()
    part = _Part(to)
    failures, poll = 0, _POLL_FIRST
    host = urlsplit(url).netloc.rpartition("@")[2]
    with requests.Session() as session:
        # Without this, requests would look for a password of the storage host in .netrc.
        session.auth = _no_auth
        while True:
            before = part.received
            try:
                done, status = _once(session, url, part, lambda: _report(on_progress, part, began, True), client)
            except (requests.RequestException, HTTPError) as error:
                done, status, trouble = False, 0, connection_failure(error).what
            else:
                trouble = f"HTTP {status}"
            if done:
                return
            left = ends - time.monotonic()
            if status == 403 and not part.received:
                _report(on_progress, part, began, False)
                if left <= 0:
                    raise _not_ready(name, time.monotonic() - began)
                client.pause(max(0.0, min(poll, left)))
                poll = min(_POLL_LAST, poll * _POLL_GROWTH)
                continue
            if 400 <= status < 500 and status not in (408, 416, 429):
                raise ExportNotReady(
                    f"the storage {host} refused {name} after {part.received:,} bytes (HTTP {status})",
                    "Links live four hours. Run recon pull again: it asks for a new export.",
                )
            failures = 1 if part.received > before else failures + 1
            if failures >= _FAILURES_IN_A_ROW or left <= 0:
                raise Unavailable(
                    f"could not download {name} from {host}: {trouble}, {part.received:,} bytes received",
                    "Run recon pull again later; check the network if it happens again.",
                )
            client.pause(max(0.0, min(2.0**failures / 2, _POLL_LAST, left)))


def _once(
    session: requests.Session, url: str, part: _Part, report: Callable[[], None], client: BrazeClient
) -> tuple[bool, int]:
    """One GET: (complete, HTTP status). What was received is kept in `part`, also when the connection breaks."""
    headers = {"Accept-Encoding": "identity"}
    if part.received and part.validator:
        headers |= {"Range": f"bytes={part.received}-", "If-Range": part.validator}
    with session.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
        status = response.status_code
        if status == 416:
            part.restart()
            return False, status
        if status not in (200, 206):
            return False, status
        if status == 206 and not response.headers.get("Content-Range", "").startswith(f"bytes {part.received}-"):
            part.restart()
            return False, status
        if status == 200:
            part.restart()
            length = response.headers.get("Content-Length", "")
            part.total = int(length) if length.isdecimal() else None
            part.validator = _validator(response.headers)
            _check_room(part)
        with part.path.open("ab" if part.received else "wb") as file:
            file.truncate(part.received)
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                file.write(chunk)
                part.received += len(chunk)
                report()
                client.pause(0)
        return part.total is None or part.received == part.total, status


def _validator(headers: Mapping[str, str]) -> str | None:
    """What proves on resuming that the file is still the same: a strong ETag, else its date (RFC 9110 §13.1.5)."""
    etag = headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified")


def _check_room(part: _Part) -> None:
    free = shutil.disk_usage(part.path.parent).free
    if part.total is not None and part.total > free:
        raise UsageError(
            f"the export needs {part.total:,} bytes, and {free:,} are free in {part.path.parent}",
            "Make room, or set `state` in recon.yml to a larger disk.",
        )


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _report(on_progress: Callable[[Progress], None] | None, part: _Part, began: float, ready: bool) -> None:
    if on_progress is not None:
        on_progress(Progress(ready, part.received, part.total, time.monotonic() - began))


def _not_ready(name: str, waited: float) -> ExportNotReady:
    return ExportNotReady(
        f"{name} was not there after {waited / 60:,.0f} minutes",
        "Braze tells of a failed export only by e-mail: look there. For a large base give it a bucket of your own and "
        "set `braze.export.files`, or split the segment by random_bucket; links live four hours, so waiting longer "
        "than that is of no use.",
    )
