"""What `recon doctor` checks: one cheap call per permission, and the machine."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from recon.braze import connect
from recon.braze.calls import CALLS, TRACK, Call
from recon.braze.client import BrazeClient
from recon.braze.errors import KeyRefused, Unreachable
from recon.config.models import Config, WarehouseProfiles
from recon.config.values import REMOTE_SCHEMES
from recon.errors import InputError, ReconError
from recon.intake import event_checks, manifest
from recon.mapping.check import check
from recon.mapping.compiled import compiled
from recon.segment import tables, warehouse
from recon.store import files, refusals, state

_NOBODY = "recon-doctor-nobody"
_CLOCK_SECONDS = 30.0


class Check(NamedTuple):
    """One thing that was looked at. `exit_code` is what a failed one makes `recon doctor` exit with."""

    what: str
    ok: bool
    found: str
    remedy: str = ""
    exit_code: int = 0
    unreachable: bool = False
    """Nothing more can be learned over the network."""
    refused: bool = False
    """Nothing more can be learned with this key."""


def checks(config: Config, also: Iterable[tuple[str, Callable[[], str]]] = ()) -> Iterator[Check]:
    """Looks at everything a night needs, in the order in which a person would mend it; `also` are looks at what layers
    above this one read of the configuration."""
    yield _try("mapping", lambda: _mapped(config))
    for what, look in also:
        yield _try(what, look)
    yield from _inputs(config)
    for what, look in event_checks.looks(config):
        yield _try(what, look)
    yield _disk(config)
    yield _try("state.duckdb", lambda: _state(config))
    yield _placeholders(config)
    rates = connect.pools(config)
    stop = threading.Event()
    with connect.reader(config, rates, stop, attempts=2) as braze:
        first = _try("braze.read_key, attribute catalogue", lambda: _asked(lambda: braze.get("/custom_attributes")))
        yield first
        if first.unreachable:
            return
        if not first.refused:
            yield from _reads(config, braze)
        yield _clock(rates.clock_offset)
    with connect.writer(config, rates, stop, attempts=2) as braze:
        # An empty request is refused as such, after the permission was checked: nothing is written.
        for what, call in _writes(config):
            tried = _try(f"braze.write_key, {what}", lambda call=call: _posted(braze, call.path, {call.array: []}))  # type: ignore[misc]
            yield tried
            if call is TRACK and not tried.ok:
                return  # the others would say the same


def _reads(config: Config, braze: BrazeClient) -> Iterator[Check]:
    """What else the read key must be allowed to do."""
    ids = {"external_ids": [_NOBODY], "fields_to_export": ["external_id"]}
    yield _try("braze.read_key, read back profiles", lambda: _posted(braze, "/users/export/ids", ids))
    if config.braze.export.segment_id:
        # A segment that cannot exist: Braze checks the permission first and starts no export.
        nothing = {"segment_id": "00000000-0000-0000-0000-000000000000", "fields_to_export": ["external_id"]}
        yield _try("braze.read_key, export a segment", lambda: _posted(braze, "/users/export/segment", nothing))
    if any(channel.group_id for channel in compiled(config).channels) or config.identity.merge != "off":
        path = "/subscription/user/status"
        nobody = {"external_id[]": [_NOBODY]}
        yield _try("braze.read_key, subscription groups", lambda: _asked(lambda: braze.get(path, nobody)))


def _writes(config: Config) -> Iterator[tuple[str, Call]]:
    """What the write key must be allowed to do, in words, and the call that does it."""
    yield "write profiles", TRACK
    if config.identity.aliases:
        yield "add aliases", CALLS["alias"]
        yield "identify profiles", CALLS["identify"]
    yield "rename external ids", CALLS["rename"]
    if config.identity.merge != "off":
        yield "merge profiles", CALLS["merge"]
    if config.policy.delete_suppressed:
        yield "delete profiles", CALLS["delete"]


def _try(what: str, look: Callable[[], str]) -> Check:
    try:
        return Check(what, True, look())
    except ReconError as error:
        away, refused = isinstance(error, Unreachable), isinstance(error, KeyRefused)
        return Check(what, False, error.what, error.remedy, error.exit_code, away, refused)


def _mapped(config: Config) -> str:
    mapping = compiled(config)
    check(mapping)
    return f"{len(mapping.cells)} attributes"


def _asked(ask: Callable[[], object]) -> str:
    began = time.monotonic()
    ask()
    return f"allowed ({(time.monotonic() - began) * 1000:.0f} ms)"


def _posted(braze: BrazeClient, path: str, body: Mapping[str, object]) -> str:
    return _asked(lambda: braze.post(path, body, repeatable=True, wait_when_refused=False))


def _inputs(config: Config) -> Iterator[Check]:
    try:
        patterns = manifest.patterns(config)
    except ReconError as error:
        yield Check("inputs", False, error.what, error.remedy, error.exit_code)
        return
    if config.braze.export.files:
        patterns["braze export"] = config.resolve(config.braze.export.files)
    for name, pattern in patterns.items():
        yield _try(name, lambda name=name, pattern=pattern: _newest(name, pattern))  # type: ignore[misc]
    profiles = config.segment.profiles
    if isinstance(profiles, WarehouseProfiles):
        yield _try("warehouse", lambda: _readable(config, profiles))


def _readable(config: Config, profiles: WarehouseProfiles) -> str:
    with warehouse.opened(profiles) as tables:
        tables.check(compiled(config).read)
        return f"{', '.join(table.name for table in tables.tables)} in {profiles.address} can be read"


def _newest(name: str, pattern: str) -> str:
    found = files.discover(pattern)
    if not found:
        raise InputError(f"no file matches {pattern}", "Check the path in recon.yml, or let the unload run first.")
    table = next((each for each in tables.TABLES if each.name == name), None)
    if table and not pattern.startswith(REMOTE_SCHEMES):
        with duckdb.connect() as con:
            for path in (Path(file.url) for file in found if file.url.endswith(".parquet")):
                tables.check_parquet(con, table, path)
    age = datetime.now(UTC) - max(file.modified for file in found)
    size = sum(file.size for file in found) / 1e6
    return f"{len(found):,} files, {size:,.1f} MB, newest {age.total_seconds() / 3600:.1f} h old"


def _placeholders(config: Config) -> Check:
    """Settings that still hold what `recon init` wrote."""
    texts = {
        "braze.read_key": config.braze.read_key.get_secret_value(),
        "braze.write_key": config.braze.write_key.get_secret_value(),
        "braze.export.segment_id": config.braze.export.segment_id or "",
    }
    left = [name for name, text in texts.items() if "replace-me" in text]
    if left:
        return Check("keys", False, f"{', '.join(left)} still hold the placeholder", "Fill them in, in .env.", 2)
    return Check("keys", True, "filled in")


def _disk(config: Config) -> Check:
    folder = config.state_folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's data lies in it
    if not os.access(folder, os.W_OK):
        refusal = refusals.refused(str(folder), "it may not be written")
        return Check("disk", False, refusal.what, refusal.remedy, 2)
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:,.1f} GB free in {folder}"
    # A night of a million profiles takes about 2 GB, most of it while it runs.
    if free < 1e9:
        return Check("disk", False, found, "Free space, or point `state` in recon.yml at a larger disk.", 2)
    return Check("disk", True, found)


def _state(config: Config) -> str:
    if not (config.state_folder / state.NAME).exists():
        return "none yet; the first run makes it"
    state.check(config.state_folder)
    return "can be read"


def _clock(offset: float) -> Check:
    found = f"this machine's clock is within {max(abs(offset), 1):.0f} s of Braze's"
    if abs(offset) > _CLOCK_SECONDS:
        return Check("clock", False, f"this machine's clock is {offset:+.0f} s off Braze's", "Set the clock (NTP).", 2)
    return Check("clock", True, found)
