"""Exports: by identifier at once, by segment as archives written in the background (facts/braze-rest-api §3)."""

from __future__ import annotations

import gzip
import secrets
import shutil
import threading
import time
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from recon.sandbox import formats, people
from recon.sandbox.export_form import MOST_ATTRIBUTES, BadFields, Exporter, wanted_fields
from recon.sandbox.settings import Settings
from recon.sandbox.store import Profile, Store
from recon.sandbox.wire import Answer, BadRequest, Call, Endpoint
from recon.sandbox.world import World

USERS_PER_FILE = 5_000
MOST_IDS = 50
MOST_RUNNING = 100
_LEVEL = 1


@dataclass
class Job:
    """One segment export. `ready_at` is set once its files lie there (epoch seconds)."""

    segment_id: str
    prefix: str
    file: str
    callback: str | None
    url: str | None
    gzip: bool
    ready_at: float | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)


class Exports:
    """Running and finished segment exports; files lie in `DIR/exports`."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder / "exports"
        self.folder.mkdir(exist_ok=True)
        for left in [*self.folder.glob("*.zip"), *self.folder.glob(".*")]:  # of an earlier process: no url leads there
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        self._database = folder / "braze.sqlite"
        self._settings = settings.braze
        self._jobs: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []

    def running(self) -> list[Job]:
        return [job for job in self._jobs.values() if job.ready_at is None and not job.cancelled.is_set()]

    def by_file(self, file: str) -> Job | None:
        """The url-mode export whose archive has this name."""
        return self._jobs.get(file)

    def path(self, job: Job) -> Path:
        return self.folder / job.file

    def start(self, job: Job, exporter: Exporter) -> None:
        self._jobs[job.file] = job
        thread = threading.Thread(target=self._run, args=(job, exporter), name=f"export {job.prefix}", daemon=True)
        self._threads = [t for t in self._threads if t.is_alive()]
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """Cancel what runs and wait for it."""
        for job in self.running():
            job.cancelled.set()
        for thread in self._threads:
            thread.join()

    def _run(self, job: Job, exporter: Exporter) -> None:
        due = time.monotonic() + self._settings.export_delay
        building = self.folder / f".{job.prefix}"
        building.mkdir()
        try:
            with Store(self._database) as store:
                write = self._write_archive if job.url else self._write_bucket
                write(job, building, self._members(store, exporter, job))
            if job.cancelled.wait(max(0.0, due - time.monotonic())):
                return
            self._publish(job, building)
            job.ready_at = time.time()
        except _Cancelled:
            return
        finally:
            shutil.rmtree(building, ignore_errors=True)
        if job.callback:
            _call_back(job)

    def _members(self, store: Store, exporter: Exporter, job: Job) -> Iterator[bytes]:
        """JSON Lines of 5,000 users each; an empty segment still gives one."""
        every, number, some = self._settings.modes.export_duplicates, 0, False
        for page in store.pages(USERS_PER_FILE):
            if job.cancelled.is_set():
                raise _Cancelled
            lines = []
            for user in exporter.users(store, page):
                line = orjson.dumps(user, option=orjson.OPT_APPEND_NEWLINE)
                lines.append(line)
                number += 1
                if every and number % every == 0:
                    lines.append(line)
            some = True
            yield b"".join(lines)
        if not some:
            yield b""

    def _write_archive(self, job: Job, folder: Path, members: Iterator[bytes]) -> None:
        """Url mode: one zip with a member per 5,000 users."""
        with zipfile.ZipFile(folder / job.file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for lines in members:
                archive.writestr(f"{secrets.token_hex(16)}.{self._settings.modes.export_member}", lines)

    def _write_bucket(self, job: Job, folder: Path, members: Iterator[bytes]) -> None:
        """Bucket mode: one object per 5,000 users."""
        for lines in members:
            name = secrets.token_hex(16)
            if job.gzip:
                (folder / f"{name}.gz").write_bytes(gzip.compress(lines, _LEVEL))
            else:
                with zipfile.ZipFile(
                    folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL
                ) as archive:
                    archive.writestr(f"{name}.{self._settings.modes.export_member}", lines)

    def _publish(self, job: Job, building: Path) -> None:
        if job.url:
            (building / job.file).rename(self.path(job))
            return
        # The date folder is the day of completion, which may be the day after the request (§3.2).
        day = datetime.now(UTC).strftime("%Y-%m-%d")
        target = self.folder / "segment-export" / job.segment_id / day / job.prefix
        target.mkdir(parents=True)
        for file in sorted(building.iterdir()):
            file.rename(target / file.name)


class _Cancelled(Exception):
    pass


def _call_back(job: Job) -> None:
    body = orjson.dumps({"success": True, **({"url": job.url} if job.url else {})})
    assert job.callback is not None
    request = urllib.request.Request(job.callback, body, {"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except OSError:
        return  # whether Braze tries again is documented nowhere


# -- endpoints


def export_segment(world: World, call: Call) -> Answer:
    """POST /users/export/segment."""
    body = call.object()
    segment = next((s for s in world.settings.braze.segments if s.id == body.get("segment_id")), None)
    if segment is None:
        raise BadRequest("Invalid segment_id")
    exporter = _exporter(world, body)
    running = world.exports.running()
    if len(running) >= MOST_RUNNING or any(job.segment_id == segment.id for job in running):
        return Answer(429, {"message": "An export of this segment is already running"})
    form = body.get("output_format", "zip")
    if form not in ("zip", "gzip"):
        raise BadRequest("'output_format' must be zip or gzip")
    prefix = f"{uuid.uuid4()}-{int(call.now)}"
    file = f"{prefix}.zip"
    to_url = world.settings.braze.export_to == "url"
    url = f"{call.base_url}/storage/{file}" if to_url else None
    callback = body.get("callback_endpoint")
    job = Job(segment.id, prefix, file, callback if isinstance(callback, str) else None, url, form == "gzip")
    world.exports.start(job, exporter)
    answer: dict[str, Any] = {"message": "success", "object_prefix": prefix}
    return Answer(201, answer | ({"url": url} if url else {}))


def cancel(world: World, call: Call) -> Answer:
    """POST /export/segment/cancel. The answer's body is documented nowhere."""
    segment_id = call.object().get("segment_id")
    for job in world.exports.running():
        if job.segment_id == segment_id:
            job.cancelled.set()
    return Answer(201, {"message": "success"})


def export_ids(world: World, call: Call) -> Answer:
    """POST /users/export/ids: up to 50 profiles at once; the order is the store's, not the request's."""
    body = call.object()
    exporter = _exporter(world, body)
    found, unknown, asked = _look_up(world, body)
    page = [(row, orjson.dumps(profile.doc)) for row, profile in sorted(found.items())]
    answer: dict[str, Any] = {"users": exporter.users(world.store, page), "message": "success"}
    if unknown:
        answer["invalid_user_ids"] = unknown
    return Answer(201, answer, objects=asked)


def _exporter(world: World, body: dict[str, Any]) -> Exporter:
    modes = world.settings.braze.modes
    try:
        wanted = wanted_fields(body, modes)
    except BadFields as error:
        raise BadRequest(str(error)) from None
    names = body.get("custom_attributes_to_export")
    if names is not None and (not isinstance(names, list) or len(names) > MOST_ATTRIBUTES):
        raise BadRequest(f"'custom_attributes_to_export' must be an array of at most {MOST_ATTRIBUTES} names")
    only = None if names is None or "custom_attributes" in wanted else set(map(str, names))
    return Exporter(wanted, only, world.catalogue.dropped(), modes)


def _look_up(world: World, body: dict[str, Any]) -> tuple[dict[int, Profile], list[str], int]:
    """(profiles by row, external ids that matched nobody, how many identifiers were asked for)."""
    store, modes = world.store, world.settings.braze.modes
    ids, aliases = body.get("external_ids") or [], body.get("user_aliases") or []
    if not isinstance(ids, list) or not isinstance(aliases, list):
        raise BadRequest("'external_ids' and 'user_aliases' must be arrays")
    if len(ids) + len(aliases) > MOST_IDS:
        raise BadRequest(f"max number of external_ids and aliases per request is {MOST_IDS}")
    found: dict[int, Profile] = {}
    unknown: list[str] = []

    def take(profiles: list[Profile]) -> None:
        found.update({p.row: p for p in profiles})

    for value in ids:
        wanted = people.external_id(value, modes)
        profile = store.by_external_id(wanted) if wanted else None
        if profile is None:
            unknown.append(str(value))
        else:
            take([profile])
    for value in aliases:  # how an alias that matches nobody is reported is not known: it is left out
        pair = people.alias(value)
        if pair and (profile := store.by_alias(*pair)):
            take([profile])
    singles: dict[str, Callable[[str], list[Profile]]] = {
        "braze_id": lambda v: [p for p in [store.by_braze_id(v)] if p],
        "email_address": lambda v: store.by_email(v, exact=modes.email_lookup == "exact"),
        "phone": lambda v: store.by_phone(formats.phone(v) or ""),
        "device_id": lambda v: [],  # the sandbox keeps no devices
    }
    given = [name for name in singles if body.get(name) is not None]
    if len(given) + bool(ids or aliases) != 1:
        raise BadRequest("one of external_ids, user_aliases, braze_id, device_id, email_address or phone is required")
    for name in given:
        if not isinstance(body[name], str):
            raise BadRequest(f"'{name}' must be a string")
        take(singles[name](body[name]))
    return found, unknown, len(ids) + len(aliases) + len(given)


ENDPOINTS = {
    ("POST", "/users/export/segment"): Endpoint(export_segment, "users.export.segment", "export_segment"),
    ("POST", "/users/export/ids"): Endpoint(export_ids, "users.export.ids", "export_ids"),
    ("POST", "/export/segment/cancel"): Endpoint(cancel, "segments.list", "general"),
}
