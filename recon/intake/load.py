"""load: what was pulled, as tables of work.duckdb; what cannot be read goes to quarantine with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import orjson

from recon.braze import load as braze_load
from recon.braze.catalogue import CatalogueAttribute
from recon.errors import InputError, UsageError
from recon.intake import consent, fresh_traits, manifest
from recon.intake.fresh_traits import FRESH_TRAITS
from recon.intake.originals import readable_inputs
from recon.mapping import macros
from recon.mapping.compiled import Compiled, compiled
from recon.segment import tables, wide
from recon.segment.tables import PROFILE_MERGES, SUPPRESSIONS, TABLES, TRAIT_COLUMNS, USER_TRAITS, Table
from recon.store import duck, sql
from recon.store.job import Job
from recon.store.lines import Reject
from recon.store.run import Run

_INPUT = {SUPPRESSIONS.name: manifest.SUPPRESSIONS}


def load(job: Job) -> dict[str, Any]:
    """Makes `actual` and checks Segment's tables; returns row counts for run.json."""
    job.run.result("pull")
    job.run.drop_tables()
    mapping = mapping_of(job)
    shutil.rmtree(job.run.folder / "converted", ignore_errors=True)
    with job.run.step("load") as result, readable_inputs(job.run), duck.database(job.run.work) as con:
        rejects: list[Reject] = []
        for table in (*TABLES, SUPPRESSIONS):
            raw = manifest.paths(job.run, _INPUT.get(table.name, table.name))
            with job.progress.bar(f"load {table.name}", len(raw), "files") as advance:
                rejects += tables.convert(con, table, raw, _converted(job.run, table))[1]
                advance(len(raw))
        wide_rows, more = _wide(job, con, mapping)
        rejects += more
        duplicates, more = _actual(job, con, mapping)
        rejects += more
        told = [manifest.paths(job.run, name) for name in (consent.GROUP_STATES, consent.STATE_CHANGES)]
        rejects += consent.load(con, *told)
        attach(con, job.run, with_events=False)
        fresh = fresh_traits.convert(con, job.run, mapping.read, job.run.folder / "converted" / FRESH_TRAITS)
        rejects += fresh.rejects
        _quarantine(con, rejects)
        result |= {
            "rows": {
                name: _rows(con, name) for name in ("actual", *(table.name for table in TABLES), SUPPRESSIONS.name)
            }
            | wide_rows,
            "fresh_traits": fresh.rows,
            "duplicates_in_export": duplicates,
            "quarantined": len(rejects),
            "warnings": mapping.warnings,
        }
        _refuse_empty(result["rows"])
        sql.run(con, "checkpoint")
    shutil.rmtree(job.run.folder / "unpacked", ignore_errors=True)
    return result


def mapping_of(job: Job) -> Compiled:
    """The mapping under the attribute catalogue that this run pulled."""
    path = job.run.raw / "custom_attributes.json"
    if not path.exists():
        raise UsageError(f"run {job.run.id} has pulled nothing", f"Run `recon pull --run {job.run.id}` first.")
    return compiled(job.config, [CatalogueAttribute(**entry) for entry in orjson.loads(path.read_bytes())])


def attach(con: duckdb.DuckDBPyConnection, run: Run, *, with_events: bool = True) -> None:
    """Makes Segment's tables of a loaded run readable on `con`, and the mapping's macros and words.

    Among the rows of `user_traits` are the newer ones that events have brought, unless what the tables themselves say
    is asked for.
    """
    macros.define(con)
    for table in (*TABLES, SUPPRESSIONS, TRAIT_COLUMNS):
        raw = manifest.paths(run, _INPUT.get(table.name, table.name))
        parquet = [path for path in raw if path.suffix == ".parquet"]
        if table is USER_TRAITS and with_events:
            parquet += (run.folder / "converted" / FRESH_TRAITS).glob("*.parquet")
        tables.attach(con, table, parquet + sorted(_converted(run, table).glob("*.parquet")))


def _converted(run: Run, table: Table) -> Path:
    return run.folder / "converted" / table.name


def _wide(job: Job, con: duckdb.DuckDBPyConnection, mapping: Compiled) -> tuple[dict[str, int], list[Reject]]:
    """The wide form's table, where it is the input, as those of the narrow form; its rows, and what is unreadable."""
    raw = manifest.paths(job.run, wide.PROFILE_TRAITS)
    if not raw:
        return {}, []
    with job.progress.bar(f"load {wide.PROFILE_TRAITS}", len(raw), "files") as advance:
        found = wide.convert(
            con,
            raw,
            job.run.folder / "converted",
            mapping.read,
            manifest.columns_left(job.run, wide.PROFILE_TRAITS),
        )
        advance(len(raw))
    return {wide.PROFILE_TRAITS: found.rows}, found.rejects


def _actual(job: Job, con: duckdb.DuckDBPyConnection, mapping: Compiled) -> tuple[int, list[Reject]]:
    archives = manifest.paths(job.run, "braze_export")
    found = braze_load.members(archives)
    if not found:
        raise InputError(
            f"the export in {job.run.raw / 'braze'} holds no file",
            "Fetch it again with `recon pull`; nothing was pushed.",
        )
    with job.progress.bar("unpack the export", None, "bytes") as advance:
        unpacked = braze_load.unpack(found, job.run.folder / "unpacked", advance)
    with job.progress.bar("load the export", len(unpacked), "files") as advance:
        rejects = braze_load.load(con, unpacked, [member.label for member in found], mapping.held)
        advance(len(unpacked))
    attach(con, job.run)
    return braze_load.one_row_each(con), rejects


def _quarantine(con: duckdb.DuckDBPyConnection, rejects: list[Reject]) -> None:
    sql.run(con, "load/quarantine", {"rejects": sql.rows(reject._asdict() for reject in rejects)})


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = sql.run(con, "load/rows", table=sql.ident(table)).fetchone()
    return int(row[0]) if row else 0


def _refuse_empty(rows: dict[str, int]) -> None:
    may_be_empty = {SUPPRESSIONS.name, PROFILE_MERGES.name}
    if wide.PROFILE_TRAITS in rows:  # of which only the traits of the mapping are in user_traits
        may_be_empty.add(USER_TRAITS.name)
    for name, count in rows.items():
        if count == 0 and name not in may_be_empty:
            what = "the Braze export" if name == "actual" else f"Segment's table {name}"
            raise InputError(
                f"{what} is empty",
                "An empty side would read as a base that vanished. Check last night's unload or export.",
            )
