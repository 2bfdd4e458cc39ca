"""Who an event is about: canonical user_ids through Segment's merges, and whom Segment suppresses.

After `recon run` Segment's tables are those of the run. `recon forward` by itself reads identifiers, merges and
suppressions anew, for a suppression of today must hold today; traits and Braze's side it does not need.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from recon.config.models import WarehouseProfiles
from recon.errors import ConfigError
from recon.intake import manifest
from recon.intake.load import attach
from recon.segment import tables, warehouse, wide
from recon.segment.tables import PROFILE_MERGES, SUPPRESSIONS, USER_IDENTIFIERS, USER_TRAITS
from recon.store import files, sql
from recon.store.job import Work
from recon.store.run import Run
from recon.store.sql import text

_TABLES = (USER_IDENTIFIERS, PROFILE_MERGES, SUPPRESSIONS)


def know(con: duckdb.DuckDBPyConnection, work: Work, run: Run | None, room: Path) -> None:
    """Makes `forward_person`: the user_ids that are merged into others, suppressed, or look hashed and are not.

    From the tables that `run` has loaded, else from the sources that recon.yml names, by way of the folder `room`.
    Raises ConfigError, InputError and RemoteError where they are missing or cannot be read.
    """
    if run is None:
        _attach_sources(con, work, room)
    else:
        attach(con, run)
    sql.run(con, "desired/winner")
    sql.run(con, "desired/user_id")
    # Who was most active only Braze's export tells; without it the oldest id stands for the person.
    sql.run(con, "forward/person", keep_newest=work.config.identity.keep == "newest", keep_active=False)


def remember(con: duckdb.DuckDBPyConnection, work: Work) -> None:
    """Makes `own_change`: the changes of consent that recon has sent to Braze, as far as its runs are kept."""
    results = [run.results for run in work.runs.all() if run.results.exists()]
    sql.run(con, "forward/own_change", files=[text(str(path)) for path in results])


def _attach_sources(con: duckdb.DuckDBPyConnection, work: Work, room: Path) -> None:
    config = work.config
    found = (
        _from_warehouse(config.segment.profiles, room) if isinstance(config.segment.profiles, WarehouseProfiles) else {}
    )
    for name, pattern in manifest.patterns(config).items():
        if name != USER_TRAITS.name:
            listed = files.discover(pattern)
            if not listed:
                setting = name if name == manifest.SUPPRESSIONS else f"profiles.{name}"
                raise ConfigError(
                    f"segment.{setting}: no file matches {pattern}",
                    "Check the path, or whether last night's unload wrote its files.",
                )
            found[name] = files.copy(listed, room / "raw" / name, stop=work.stop)
    if wide.PROFILE_TRAITS in found:
        wide.convert(con, found[wide.PROFILE_TRAITS], room, [])
        found[PROFILE_MERGES.name] = sorted((room / PROFILE_MERGES.name).glob("*.parquet"))
    for table in _TABLES:
        raw = found.get(manifest.SUPPRESSIONS if table is SUPPRESSIONS else table.name, [])
        converted, _ = tables.convert(con, table, raw, room / "converted" / table.name)
        tables.attach(con, table, converted)


def _from_warehouse(profiles: WarehouseProfiles, room: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    with warehouse.opened(profiles) as opened:
        opened.check()
        for table in opened.tables:
            if table is not USER_TRAITS:
                target = room / "raw" / table.name / "000000.parquet"
                opened.copy(table, [], target)
                found[table.name] = [target]
    return found
