"""Writes audit.html, audit.csv and audit.json from the ledger alone, so that they stay true when runs are pruned."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import orjson

from recon.errors import UsageError
from recon.report import channels, drift_report
from recon.report.audit.ledger import Ledger, digest
from recon.report.audit.record import held, record
from recon.report.audit.words import verdict
from recon.report.rows import dicts
from recon.report.words import machine_time
from recon.store import duck, sql
from recon.store.documents import now_text
from recon.store.job import Job
from recon.store.pseudonyms import Pseudonyms

_SHOWN = 50
"""Rows of each table in the HTML; audit.csv has all of them."""
_LISTED = 1_000
"""Rows of each list in audit.json."""


@dataclass(frozen=True)
class Asked:
    """What an audit was asked: from when, as known when, and whether people are called by their ids."""

    since: datetime | None
    as_of: datetime
    reveal: bool


def make(job: Job, *, since: datetime | None, as_of: datetime | None, reveal: bool) -> dict[str, Any]:
    """Records what is missing, writes the three files into runs/<id>/audit/, notes their hashes in the ledger; returns
    audit.json's document, with `files`.

    Raises UsageError where nothing was recorded by `as_of`.
    """
    record(job)
    ledger = Ledger.of(job.config)
    then = (as_of or datetime.now(UTC)).astimezone(UTC)
    heads = [head for head in ledger.heads() if head["recorded_at"] <= machine_time(then)]
    if not heads:
        raise UsageError(
            "no night was recorded for the audit by then", "Run `recon run` first, or ask for a later --as-of."
        )
    asked = Asked(since, then, reveal)
    folder = job.run.folder / "audit"
    folder.mkdir(exist_ok=True)
    with duck.in_memory(folder) as con:
        held(con, ledger, heads[-1]["sequence"])
        _tables(con, job, asked)
        told = _document(con, job, asked, heads)
        sql.run(con, "audit/table", {"table": str(folder / "audit.csv")})
    _durable(folder / "audit.csv")
    (folder / "audit.json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    page = drift_report.environment().get_template("audit.html.j2")
    html = page.render(audit=told, called=_called(job), verdict=verdict(told), shown=_SHOWN, revealed=reveal)
    (folder / "audit.html").write_text(html, encoding="utf-8")
    files = {name: str(folder / name) for name in ("audit.html", "audit.csv", "audit.json")}
    ledger.append(job.run.id, job.run.document["config"], {"steps": None}, len(files), _outputs(job, files))
    return {**told, "files": files}


def _tables(con: duckdb.DuckDBPyConnection, job: Job, asked: Asked) -> None:
    settings = job.config.audit
    asked_for = {
        "now": machine_time(asked.as_of),
        "since": machine_time(asked.since) if asked.since else "",
        "business_days": settings.business_days,
        "holidays": [day.isoformat() for day in settings.holidays],
        "undue_seconds": settings.undue_delay.total_seconds(),
        **({} if asked.reveal else Pseudonyms(job.config).pads()),
    }
    sql.run(con, "audit/report", asked_for, revealed=asked.reveal)


def _document(con: duckdb.DuckDBPyConnection, job: Job, asked: Asked, heads: list[dict[str, Any]]) -> dict[str, Any]:
    called = _called(job)
    counted = [{**row, "name": called(row["field"])} for row in _rows(con, "audit/channels", {})]
    recorded = [head["warning"] for head in heads if "warning" in head]
    looked = [head for head in heads if head.get("messages_until")]
    settings = job.config.audit
    listed = {"most": _LISTED}
    return {
        "version": 1,
        "workspace": job.config.workspace,
        "run": job.run.id,
        "made_at": now_text(),
        "since": machine_time(asked.since) if asked.since else None,
        "as_of": machine_time(asked.as_of),
        "nights": len({head["run"] for head in heads}),
        "recorded_since": heads[0].get("observed_at"),
        "messages_since": looked[0]["messages_since"] if looked else None,
        "messages_until": looked[-1]["messages_until"] if looked else None,
        "ledger": {"sequence": heads[-1]["sequence"], "previous": heads[-1]["previous"]},
        "deadlines": {
            "business_days": settings.business_days,
            "holidays": len(settings.holidays),
            "undue_delay_hours": settings.undue_delay.total_seconds() / 3600,
        },
        "counts": _rows(con, "audit/counts", {})[0],
        "channels": counted,
        "opt_outs": _rows(con, "audit/lines", listed),
        "messages": _rows(con, "audit/message_lines", listed),
        "deletions": _rows(con, "audit/deletion_lines", listed),
        "warnings": [warning for warning in recorded[-1:] if warning],
    }


def _durable(path: Path) -> None:
    """Its hash goes into the ledger: a power cut must not make it look edited."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _called(job: Job) -> Callable[[str], str]:
    return partial(channels.called, known=channels.names(job.config))


def _outputs(job: Job, files: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for path in map(Path, files.values()):
        where = path.relative_to(job.state).as_posix()
        yield {"kind": "output", "field": where, "moment": now_text(), "state": digest(path)}


def _rows(con: duckdb.DuckDBPyConnection, query: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    return dicts(sql.run(con, query, params))
