"""Copies of the ledger's large files by column (Parquet), for nights and reports to read instead of the text.

The ledger is what counts: a copy can go at any time and is made again. Beside each lies a seal with the hashes of the
file it was made of and of itself, signed, so that a copy that somebody touched is not believed. A ledger without a key
has no copies: whoever may write to its folder could seal one of his own, and reports would repeat it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import orjson

from recon.report.audit.ledger import Ledger, digest, put
from recon.store import sql

LARGE = 10_000
"""Statements from which on a file has a copy."""


def standing(ledger: Ledger, heads: list[dict[str, Any]]) -> dict[int, Path]:
    """The copies that may be believed, by the number of their file; none without a key."""
    if not ledger.key:
        return {}
    hashes = _hashes(ledger, heads)
    found = {}
    for head in heads:
        path = _path(ledger, head)
        if path.exists() and _told(path) == _seal(ledger, hashes.get(head["sequence"]), digest(path)):
            found[head["sequence"]] = path
    return found


def copy(
    con: duckdb.DuckDBPyConnection, ledger: Ledger, heads: list[dict[str, Any]], copied: Mapping[int, Path], last: int
) -> bool:
    """Makes the copies that are missing, up to file number `last`, of the view `held`; returns whether there were any.

    A file that is not what the ledger says gets none, nor does any without a key.
    """
    if not ledger.key:
        return False
    made, hashes = False, _hashes(ledger, heads)
    for head in heads:
        n, path = head["sequence"], _path(ledger, head)
        source = ledger.folder / f"{path.stem}.jsonl"
        if n in copied or n > last or head.get("statements", 0) < LARGE or digest(source) != hashes.get(n):
            continue
        path.parent.mkdir(exist_ok=True)
        _mark(path).unlink(missing_ok=True)
        sql.run(con, "audit/columns", {"n": n, "columns": str(path)})
        put(_mark(path), orjson.dumps(_seal(ledger, hashes[n], digest(path))))
        made = True
    return made


def _path(ledger: Ledger, head: Mapping[str, Any]) -> Path:
    return ledger.folder / "columns" / f"{head['sequence']:06}-{head['run']}.parquet"


def _mark(path: Path) -> Path:
    return path.with_suffix(".json")


def _hashes(ledger: Ledger, heads: list[dict[str, Any]]) -> dict[int, str | None]:
    """Of each file, as the file after it and the head record say."""
    return {head["sequence"] - 1: head["previous"] for head in heads} | ledger.last()


def _seal(ledger: Ledger, source: str | None, sha256: str) -> dict[str, Any]:
    told = {"of": source, "sha256": sha256}
    return told | {"signature": ledger.signature(orjson.dumps(told))}


def _told(path: Path) -> Any:
    try:
        return orjson.loads(_mark(path).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
