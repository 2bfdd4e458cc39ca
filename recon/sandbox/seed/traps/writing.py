"""Writes the trap people: their rows in Segment's tables, their profiles in Braze, and their part of the truth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recon.sandbox.seed.traps import TRAPS
from recon.sandbox.seed.traps.trap import MONTH, Row, Trap
from recon.store import sql

if TYPE_CHECKING:
    import duckdb


def _minified(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def segment(con: duckdb.DuckDBPyConnection, tables: Path, now: datetime) -> None:
    """Write `traps.parquet` into each of the three tables under `tables`."""
    traits = [
        {**vars(row), "under": trap.profile(row.under)}
        for trap in TRAPS
        for row in (*(Row(name, value) for name, value in trap.traits.items()), *trap.rows)
    ]
    identifiers = [
        {"under": trap.profile(i.under), "type": i.type, "value": i.value, "hours_ago": i.hours_ago}
        for trap in TRAPS
        for i in trap.identifiers
    ]
    identifiers += [
        {"under": trap.profile(trap.id_under), "type": "user_id", "value": trap.user_id, "hours_ago": 2 * MONTH}
        for trap in TRAPS
        if trap.user_id is not None and not trap.stranger
    ]
    merges = [
        {"winner": trap.profile(winner), "loser": trap.profile(loser)}
        for trap in TRAPS
        for winner, loser in trap.merges
    ]
    for name, table, rows in (
        ("trap_traits", "user_traits", traits),
        ("trap_identifiers", "user_identifiers", identifiers),
        ("trap_merges", "profile_merges", merges),
    ):
        params = {"rows": json.dumps(rows), "now": now, "file": str(tables / table / "traps.parquet")}
        sql.run(con, f"sandbox/{name}", params)


def _profile(trap: Trap, external_id: str | None, alias: str | None, mark: str = "") -> dict[str, Any]:
    digest = hashlib.md5((trap.name + mark).encode(), usedforsecurity=False)
    return {
        "braze_id": digest.hexdigest()[:24],
        "external_id": external_id,
        "user_aliases": [{"alias_name": alias, "alias_label": "segment_anonymous_id"}] if alias else [],
        "random_bucket": int.from_bytes(digest.digest()[-4:]) % 10_000,
        "created_at": "2024-01-01T00:00:00.000Z",
        "fields": {"email_subscribe": "subscribed", "push_subscribe": "subscribed"},
        "custom_attributes": {},
        "time_attributes": [],
        "groups": {},
    }


def _profiles(trap: Trap) -> Iterator[dict[str, Any]]:
    """The person's own profile, then the duplicates of it, which hold nothing."""
    if trap.fields is not None:
        profile = _profile(trap, trap.user_id, trap.alias)
        profile["fields"] |= trap.fields
        profile["custom_attributes"] = dict(trap.attributes)
        profile["time_attributes"] = list(trap.times)
        profile["groups"] = dict(trap.groups)
        yield profile
    for twin in trap.twins:
        yield _profile(trap, twin, None, " " + twin)
    for loose in trap.loose:
        yield _profile(trap, None, loose, " alias " + loose)


def braze() -> Iterator[dict[str, Any]]:
    """The traps that Braze holds, as recon.sandbox.store takes them."""
    return (profile for trap in TRAPS for profile in _profiles(trap))


def _consents(trap: Trap) -> Iterator[dict[str, Any]]:
    """The trap's rows of the truth about subscriptions; a twin has no address."""
    for consent in trap.consents:
        own = consent.external_id == ""
        fields = (trap.fields or {}) if own else {}
        address = {"email": fields.get("email"), "sms": fields.get("phone")}.get(consent.channel)
        yield {**vars(consent), "external_id": trap.user_id if own else consent.external_id, "address": address}


def _changes(trap: Trap) -> Iterator[dict[str, Any]]:
    for number, change in enumerate(trap.changes):
        yield {
            **vars(change),
            "id": hashlib.md5(f"{trap.name} change {number}".encode(), usedforsecurity=False).hexdigest(),
            "user_id": _profile(trap, None, None)["braze_id"],
            "external_id": trap.user_id if change.external_id == "" else change.external_id,
            "told_channel": change.channel if change.told_channel == "" else change.told_channel,
        }


def truth(con: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Add what recon must find in the trap people to the gathered truth (sql/sandbox/truth_start.sql)."""
    drifted = [
        {
            "external_id": trap.user_id,
            "attribute": cell.attribute,
            "desired": _minified(cell.desired),
            "actual": None if cell.actual is None else _minified(cell.actual),
            "cause": cell.cause,
        }
        for trap in TRAPS
        for cell in trap.finds
    ]
    moves = [{"external_id": trap.user_id, **vars(move)} for trap in TRAPS for move in trap.moves]
    gone = [t for t in TRAPS if t.fields is None and t.user_id is not None]
    strangers = sum(t.stranger for t in TRAPS)
    params = {
        "now": now,
        "drifted": json.dumps(drifted),
        "moves": json.dumps(moves),
        "missing": json.dumps([{"canonical_segment_id": t.profile(), "external_id": t.user_id} for t in gone]),
        "suppressed": json.dumps([t.suppressed_as or t.user_id for t in TRAPS if t.suppressed]),
        "consents": json.dumps([row for t in TRAPS for row in _consents(t)]),
        "changes": json.dumps([row for t in TRAPS for row in _changes(t)]),
        "segment": len(TRAPS) - strangers,
        "pairs": json.dumps([vars(pair) for t in TRAPS for pair in t.pairs]),
        "braze": sum(1 for _ in braze()),
        "matched": sum(t.fields is not None and t.user_id is not None for t in TRAPS) - strangers,
        "only_in_braze": strangers,
        "nulls_kept": sum(t.nulls_kept for t in TRAPS),
    }
    sql.run(con, "sandbox/truth_traps", params)
