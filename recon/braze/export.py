"""Asks Braze to export a segment, waits for it, and fetches it (facts/braze-rest-api §3.2)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from recon.braze import archive
from recon.braze.client import BrazeClient
from recon.braze.download import Progress, download
from recon.braze.errors import ExportNotReady, ExportToBucket, UnexpectedAnswer
from recon.braze.fields import checked
from recon.errors import InputError, UsageError

_PATH = "/users/export/segment"
_MOST_NAMES = 500
_BUSY_FIRST, _BUSY_LAST = 2.0, 60.0

DEADLINE = 2 * 3600.0
"""Seconds to wait for an export: 20 million users may take more than one hour, and links live four."""


@dataclass(frozen=True, slots=True)
class ExportJob:
    """An export that Braze is preparing."""

    segment_id: str
    object_prefix: str
    url: str = field(repr=False)
    """Signed: whoever has it has the file. Never for logs or messages."""


def start_export(
    client: BrazeClient,
    segment_id: str,
    fields: Iterable[str],
    custom_attributes: Iterable[str],
    *,
    deadline: float = DEADLINE,
) -> ExportJob:
    """Ask for an export of `segment_id` with standard `fields` and the named `custom_attributes`.

    Above 500 names, which is Braze's limit, all custom attributes are asked for. Where another export of the segment
    is running (429) its end is waited for, up to `deadline` seconds. Needs `users.export.segment`. Raises
    ExportToBucket when Braze answers without a link, ExportNotReady, UnexpectedAnswer (unknown segment) and whatever
    the client raises.
    """
    wanted = checked(fields)
    names = list(dict.fromkeys(custom_attributes))
    body: dict[str, object] = {"segment_id": segment_id, "fields_to_export": wanted, "output_format": "zip"}
    if len(names) > _MOST_NAMES:
        body["fields_to_export"] = list(dict.fromkeys([*wanted, "custom_attributes"]))
    elif names and "custom_attributes" not in wanted:
        body["custom_attributes_to_export"] = names
    ends = time.monotonic() + deadline
    wait = _BUSY_FIRST
    while (answer := client.post(_PATH, body, repeatable=True, wait_when_refused=False)).status == 429:
        left = ends - time.monotonic()
        if left <= 0:
            raise ExportNotReady(
                f"another export of segment {segment_id} was still running after {deadline / 60:,.0f} minutes",
                "Give recon a segment of its own, or cancel the other export in Braze.",
            )
        client.pause(min(wait, left))
        wait = min(_BUSY_LAST, 2 * wait)
    client.expect(
        answer, f"POST {_PATH}", "Check braze.export.segment_id: Braze shows it as API identifier of a segment."
    )
    prefix, url = answer.body.get("object_prefix"), answer.body.get("url")
    if not url and prefix:
        raise ExportToBucket(
            f"Braze writes this workspace's exports to your own bucket (export {prefix}), so there is no link to fetch",
            "Set `braze.export.files` instead of segment_id, for example "
            f"s3://<bucket>/segment-export/{segment_id}/*/*/*.zip, and let the nightly export be asked for beforehand.",
        )
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise UnexpectedAnswer(f"Braze answered POST {_PATH} with neither a link nor an object_prefix")
    return ExportJob(segment_id, str(prefix or "export"), url)


def fetch(
    client: BrazeClient,
    job: ExportJob,
    folder: Path,
    *,
    deadline: float = DEADLINE,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[Path]:
    """Wait for `job` and put its archive into `folder`; returns the paths, one today.

    The file appears under its name only when it is complete and sound on the outside. A broken archive is fetched once
    more. After `deadline` seconds nothing new is begun. Raises ExportNotReady, Unavailable, InputError (broken twice),
    UsageError (disk full) and Stopped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ends = time.monotonic() + deadline
    stem = re.sub(r"[^\w.-]", "_", job.object_prefix)
    part = folder / f"{stem}.part"
    for last_try in (False, True):
        try:
            download(client, job.url, part, name=f"export {job.object_prefix}", ends=ends, on_progress=on_progress)
        except OSError as error:
            raise UsageError(
                f"cannot write {part}: {error.strerror}", "Make room, or set `state` in recon.yml to another disk."
            ) from error
        problem = archive.broken(part)
        if problem is None:
            break
        if last_try:
            damaged = part.rename(folder / f"{stem}.broken")
            raise InputError(
                f"the export archive {damaged} is damaged: {problem}; it was fetched twice",
                "Run recon pull again: it asks Braze for a new export.",
            )
    return [part.rename(folder / f"{stem}{archive.suffix(part)}")]
