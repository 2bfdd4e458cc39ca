"""raw/manifest.json: which inputs a run read, so that a later `apply` can tell whether one of them changed."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson

from recon.braze.bucket import newest_export
from recon.config.models import Config, WarehouseProfiles
from recon.config.values import REMOTE_SCHEMES
from recon.errors import ConfigError
from recon.segment import warehouse
from recon.segment.warehouse import Version
from recon.store import files
from recon.store.documents import write_json
from recon.store.files import RemoteFile
from recon.store.run import Run

SUPPRESSIONS = "suppressions"


def patterns(config: Config) -> dict[str, str]:
    """Input name → path or glob, for every file input that the configuration names."""
    profiles = config.segment.profiles
    found = {}
    if not isinstance(profiles, WarehouseProfiles):
        found = {name: config.resolve(getattr(profiles, name)) for name in type(profiles).model_fields}
    if config.segment.suppressions:
        found[SUPPRESSIONS] = config.resolve(config.segment.suppressions)
    return found


def sources(config: Config) -> dict[str, list[RemoteFile]]:
    """The files behind each input; ConfigError for one that matches none."""
    found = {}
    for name, pattern in patterns(config).items():
        found[name] = files.discover(pattern)
        if not found[name]:
            raise ConfigError(
                f"segment.{name if name == SUPPRESSIONS else 'profiles.' + name}: no file matches {pattern}",
                "Check the path, or whether last night's unload wrote its files.",
            )
    return found


def identity(file: RemoteFile) -> dict[str, Any]:
    """What tells a version of a file apart without reading it."""
    return {"url": file.url, "size": file.size, "modified": file.modified.isoformat(), "etag": file.etag}


def identity_of_table(version: Version) -> dict[str, Any]:
    """What tells a version of a warehouse's table apart without reading it."""
    return {"url": version.url, "rows": version.rows, "newest": version.newest}


def write(run: Run, entries: dict[str, list[tuple[dict[str, Any], Path]]], extra: dict[str, Any]) -> None:
    """Writes the manifest: per input its files with where they came from, size, SHA-256 and path below raw/."""
    flat = [(name, about, path) for name, listed in entries.items() for about, path in listed]
    with ThreadPoolExecutor(2) as pool:
        hashes = list(pool.map(lambda item: sha256(item[2]), flat))
    inputs: dict[str, list[dict[str, Any]]] = {name: [] for name in entries}
    for (name, about, path), digest in zip(flat, hashes, strict=True):
        inputs[name].append({**about, "sha256": digest, "path": path.relative_to(run.raw).as_posix()})
    write_json(run.raw / "manifest.json", {"version": 1, "inputs": inputs, **extra})


def read(run: Run) -> dict[str, Any]:
    """The manifest of a run."""
    return dict(orjson.loads((run.raw / "manifest.json").read_bytes()))


def paths(run: Run, name: str) -> list[Path]:
    """The files of one input in the run's folder."""
    return [run.raw / entry["path"] for entry in read(run)["inputs"].get(name, [])]


def columns_left(run: Run, name: str) -> list[str]:
    """Of an input that came from a warehouse, the columns that pull had no use for; else none."""
    return [column for entry in read(run)["inputs"].get(name, []) for column in entry.get("columns_left", [])]


def changed(config: Config, run: Run) -> list[str]:
    """Inputs that are no longer as this run read them, named by their setting."""
    before = read(run)["inputs"]
    now = {name: [identity(file) for file in files.discover(pattern)] for name, pattern in patterns(config).items()}
    if config.braze.export.files:
        export = newest_export(files.discover(config.resolve(config.braze.export.files)))
        now["braze_export"] = [identity(file) for file in export.files]
    profiles = config.segment.profiles
    if isinstance(profiles, WarehouseProfiles):
        with warehouse.opened(profiles) as tables:
            now |= {table.name: [identity_of_table(tables.version(table))] for table in tables.tables}
    return [name for name, listed in now.items() if not _same(listed, before.get(name, []))]


def is_local(config: Config) -> bool:
    """Whether every input lies on this machine."""
    named = [*patterns(config).values(), *([config.braze.export.files] if config.braze.export.files else [])]
    remote = any(pattern.startswith(REMOTE_SCHEMES) for pattern in named)
    return not remote and not isinstance(config.segment.profiles, WarehouseProfiles)


def _same(now: list[dict[str, Any]], then: list[dict[str, Any]]) -> bool:
    return len(now) == len(then) and all(a.items() <= b.items() for a, b in zip(now, then, strict=True))


def sha256(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
