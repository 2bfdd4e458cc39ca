"""pull: both sides into the run's folder, exactly as received. Nothing is parsed here."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from recon.braze import bucket, catalogue, connect, export
from recon.braze.client import BrazeClient
from recon.braze.download import Progress as Downloaded
from recon.config.models import WarehouseProfiles
from recon.errors import ConfigError
from recon.intake import consent, fresh_traits, manifest, originals
from recon.mapping.check import check
from recon.mapping.compiled import Compiled, compiled
from recon.segment import warehouse
from recon.store import files
from recon.store.documents import write_json
from recon.store.duck import disk_errors
from recon.store.job import Job

FIELDS = ("braze_id", "external_id", "created_at", "user_aliases")
"""Of every profile, whatever the mapping; the mapping adds its own."""

_OUTSIDE = (consent.STATE_CHANGES, fresh_traits.FRESH_TRAITS)
"""Inputs that are none of Segment's tables."""

Entries = list[tuple[dict[str, Any], Path]]


def pull(job: Job) -> dict[str, Any]:
    """Fetches Segment's tables, Braze's attribute catalogue and an export; returns counts for run.json."""
    with job.run.step("pull") as result, disk_errors(job.run.folder):
        result |= _pulled(job)
    return result


def _pulled(job: Job) -> dict[str, Any]:
    config = job.config
    # Before anything remote: neither a wrong path nor a wrong expression should cost an export.
    found = manifest.sources(config)
    found[consent.STATE_CHANGES] = consent.state_change_files(config)
    found[fresh_traits.FRESH_TRAITS] = fresh_traits.discover(config)
    mapping = compiled(config)
    check(mapping)
    with connect.reader(config, connect.pools(config), job.stop) as braze:
        job.run.raw.mkdir(exist_ok=True)
        attributes = catalogue.fetch_attributes(braze)
        write_json(job.run.raw / "custom_attributes.json", [asdict(attribute) for attribute in attributes])
        entries: dict[str, Entries] = {}
        for name, listed in found.items():
            with job.progress.bar(f"copy {name}", sum(file.size for file in listed), "bytes") as advance:
                room = job.run.raw / name if name in _OUTSIDE else job.run.raw / "segment" / name
                copied = files.copy(listed, room, stop=job.stop, on_progress=advance)
            entries[name] = [(manifest.identity(file), path) for file, path in zip(listed, copied, strict=True)]
        if isinstance(config.segment.profiles, WarehouseProfiles):
            entries |= _warehouse(job, config.segment.profiles, mapping)
        copies = {path: str(about["url"]) for listed in entries.values() for about, path in listed}
        with originals.named(lambda: copies):
            tables = {name: [path for _, path in listed] for name, listed in entries.items()}
            states = consent.pull_group_states(job, braze, mapping, tables)
        entries[consent.GROUP_STATES] = [({"url": "braze /subscription/user/status"}, path) for path in states]
        entries["braze_export"], about = _export(job, braze, mapping)
        manifest.write(job.run, entries, {"export": about})
        return {
            "files": {name: len(listed) for name, listed in entries.items()},
            "bytes": sum(path.stat().st_size for listed in entries.values() for _, path in listed),
            "custom_attributes": len(attributes),
            "requests": braze.traffic.requests,
            "retries": braze.traffic.retries,
        }


def _warehouse(job: Job, profiles: WarehouseProfiles, mapping: Compiled) -> dict[str, Entries]:
    with warehouse.opened(profiles) as tables:
        tables.check(mapping.read)
        versions = {table: tables.version(table) for table in tables.tables}
        # One sync loads all tables, and those of rare events have old rows on a good day too.
        loaded = max((version.loaded for version in versions.values() if version.loaded), default=None)
        entries: dict[str, Entries] = {}
        for table, version in versions.items():
            target = job.run.raw / "segment" / table.name / "000000.parquet"
            with job.progress.bar(f"read {table.name}", version.rows, "rows") as advance:
                read = tables.copy(table, mapping.read, target)
                advance(version.rows)
            about = manifest.identity_of_table(version)
            about["columns_left"] = [name for name in tables.columns(table) if name not in read]
            entries[table.name] = [(about | ({"modified": loaded.isoformat()} if loaded else {}), target)]
    return entries


def _export(job: Job, braze: BrazeClient, mapping: Compiled) -> tuple[Entries, dict[str, Any]]:
    config = job.config
    if config.braze.export.files:
        pattern = config.resolve(config.braze.export.files)
        listed = files.discover(pattern)
        if not listed:
            raise ConfigError(
                f"braze.export.files: no file matches {pattern}", "Check the path, or whether the export was made."
            )
        chosen = bucket.newest_export(listed)
        with job.progress.bar("copy the export", sum(file.size for file in chosen.files), "bytes") as advance:
            copied = files.copy(chosen.files, job.run.raw / "braze", stop=job.stop, on_progress=advance)
        entries = [(manifest.identity(file), path) for file, path in zip(chosen.files, copied, strict=True)]
        about = {
            "from": "files",
            "object_prefix": chosen.object_prefix,
            "day": chosen.day.isoformat() if chosen.day else None,
            "left_out": list(chosen.left_out),
        }
        return entries, about

    held = mapping.held
    with job.progress.bar("export from Braze", None, "bytes") as advance:
        done = 0

        def report(progress: Downloaded) -> None:
            nonlocal done
            advance(progress.received - done)
            done = progress.received

        asked = export.start_export(
            braze,
            config.braze.export.segment_id or "",
            [*FIELDS, *(each.attribute for each in held if each.standard)],
            [each.attribute for each in held if not each.standard],
        )
        archives = export.fetch(braze, asked, job.run.raw / "braze", on_progress=report)
    about = {"from": "api", "segment_id": asked.segment_id, "object_prefix": asked.object_prefix}
    return [({"url": f"braze export {asked.object_prefix}"}, path) for path in archives], about
