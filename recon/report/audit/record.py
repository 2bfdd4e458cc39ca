"""Records what nights knew about opt-outs: only what is new or has changed is added to the ledger.

What is recorded is decided by the ledger alone, so a kill before the file is there costs nothing: the next recording
makes up for it; and one after it doubles nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson

from recon.errors import ReconError
from recon.report.audit import columns
from recon.report.audit.ledger import COLUMNS, Ledger, unreadable
from recon.report.audit.messages import find_messages
from recon.report.words import machine_time
from recon.store import duck, sql
from recon.store.job import Job
from recon.store.pseudonyms import Pseudonyms
from recon.store.run import Run
from recon.store.state import reading

LAST = 999_999
"""The highest number that a file of the ledger can have."""

_STEPS = ("drift", "apply", "verify")


def record(job: Job) -> None:
    """Adds every run to the ledger that it does not know yet, or that has gone on since, oldest first.

    Raises InputError where the ledger cannot be read.
    """
    ledger = Ledger.of(job.config)
    known = {(head["run"], orjson.dumps(head["steps"])) for head in ledger.heads()}
    for run in job.runs.all():
        document = run.document
        steps = {name: document["steps"][name]["started_at"] for name in _STEPS if _done(document, name)}
        if not (run.drift / "opted_out.parquet").exists() or "drift" not in steps:
            continue
        if (run.id, orjson.dumps(steps)) in known:
            continue
        with duck.in_memory(job.state) as con:
            about = _news(con, job, ledger, run)
            [(count,)] = sql.run(con, "audit/fresh").fetchall()
            told = ledger.append(run.id, document["config"], {"steps": steps, **about}, count, _statements(con))
        run.note(audit=told)


def held(con: duckdb.DuckDBPyConnection, ledger: Ledger, last: int = LAST) -> None:
    """Makes the view `held` of everything that the ledger says, up to its file number `last`.

    Raises InputError where it cannot be read.
    """
    heads = ledger.heads()
    copies = columns.standing(ledger, heads)
    _view(con, ledger, copies, last)
    if columns.copy(con, ledger, heads, copies, last):
        _view(con, ledger, columns.standing(ledger, heads), last)


def _view(con: duckdb.DuckDBPyConnection, ledger: Ledger, copies: Mapping[int, Path], last: int) -> None:
    numbered = [(int(path.name[:6]), path) for path in ledger.files()]
    wanted = {n: path for n, path in numbered if n <= last}
    files = [str(path) for n, path in wanted.items() if n not in copies]
    named = [sql.text(str(path)) for n, path in copies.items() if n in wanted]
    try:
        sql.run(con, "audit/held", {"files": files}, has_files=bool(files), copies=named)
    except duckdb.InvalidInputException:
        raise unreadable("a line is no statement") from None


def _done(document: Mapping[str, Any], step: str) -> bool:
    return "result" in document["steps"].get(step, {})


def _news(con: duckdb.DuckDBPyConnection, job: Job, ledger: Ledger, run: Run) -> dict[str, Any]:
    """Makes the table `fresh` of what `run` adds; returns what the head says about it."""
    observed_at = run.document["steps"]["drift"]["result"]["observed_at"]
    at = machine_time(datetime.fromisoformat(observed_at))
    heads = ledger.heads()
    files = {name: str(run.drift / f"{name}.parquet") for name in ("opted_out", "deletion")}
    about: dict[str, Any] = {"observed_at": at, "messages_since": None, "messages_until": None, "warning": None}
    held(con, ledger)
    if any(head.get("observed_at", "") > at for head in heads):
        sql.run(con, "audit/nothing_fresh")
    else:
        sql.run(con, "audit/night", {**files, **Pseudonyms(job.config).pads()})
        sql.run(con, "audit/changed", {"at": at})
    corrections = run.plan / "corrections.parquet"
    with reading(con, job.state) as there:
        if there and corrections.exists():
            sql.run(con, "audit/delivered", {"corrections": str(corrections), "run": run.id})
    try:
        sql.run(con, "audit/standing", files)
        about |= find_messages(con, job, heads)
    except ReconError as error:  # what happened tonight is recorded all the same; messages are looked for again
        about["warning"] = f"messages were not looked for: {error.what}"
    return about


def _statements(con: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    found = sql.run(con, "audit/statements")
    while rows := found.fetchmany(10_000):
        for row in rows:
            yield {name: value for name, value in zip(COLUMNS, row, strict=True) if value is not None}
