"""What Braze told of subscription groups, loaded."""

from __future__ import annotations

from pathlib import Path

import duckdb
import orjson

from recon.intake import consent


def test_a_state_that_was_told_twice_is_one_state_and_of_two_the_opt_out_stands(tmp_path: Path) -> None:
    told = [("ann", None, None), ("ann", "g", "subscribed"), ("ann", "g", "unsubscribed"), ("ben", "g", "subscribed")]
    file = tmp_path / "subscription_groups.ndjson"
    rows = [
        {"external_id": who, "group_id": group, "status": status, "channel": "email" if group else None}
        for who, group, status in told
    ]
    for times in (1, 2):
        file.write_bytes(b"\n".join(map(orjson.dumps, rows * times)))
        with duckdb.connect() as con:
            assert consent.load(con, [file], []) == []
            held = con.execute("FROM group_state ORDER BY ALL").fetchall()
        assert held == [
            ("ann", "g", "unsubscribed", "email"),
            ("ann", None, None, None),
            ("ben", "g", "subscribed", "email"),
        ]
