"""What `recon status` tells of events: how far `forward` and `send-events` have got, and what is open of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from recon.store import sql
from recon.store.state import reading


def engagement(state: Path) -> dict[str, dict[str, Any]]:
    """By command, the time of its last entry (`last`, ISO, UTC) and counts; without those that never ran.

    Empty while another command has the state database open, and where a kill came before its tables. `sent` of
    send-events are the objects that its ledger still remembers.
    """
    with duckdb.connect() as con, reading(con, state) as there:
        if not there:
            return {}
        try:
            row = sql.run(con, "report/events").fetchone()
        except duckdb.CatalogException:
            return {}
    assert row is not None
    home = dict(zip(("last", "sent", "quarantined", "damaged_files", "refused_files"), row[:5], strict=True))
    out = dict(zip(("last", "sent", "rejected", "unknown", "in_doubt"), row[5:], strict=True))
    found = {"forward": home, "send-events": out}
    return {
        name: told | {"last": datetime.fromtimestamp(told["last"], UTC).isoformat(timespec="seconds")}
        for name, told in found.items()
        if told["last"] is not None
    }
