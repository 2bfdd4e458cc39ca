"""What the sandbox was asked, and what Segment received: `DIR/received.sqlite`.

Rows are gathered in memory and written together; reading writes them first. Keys are never kept, only their names.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

SMALL = 4096  # bytes of a body that is always kept
_GATHERED = 2_000
DAY = 24 * 3600
_TABLES = """
pragma journal_mode = wal; pragma synchronous = off;
create table if not exists requests (n integer primary key, time real, method text, path text, query text,
    status integer, request_id text, key text, objects integer, size integer, fault text, body blob);
create table if not exists events (n integer primary key, received_at real, message_id text, type text,
    user_id text, event text, dropped text, body blob);
create table if not exists seen (message_id text primary key, at real) without rowid;
"""
_REQUEST = ("n", "time", "method", "path", "query", "status", "request_id", "key", "objects", "size", "fault", "body")
_EVENT = ("n", "received_at", "message_id", "type", "user_id", "event", "dropped", "body")


class RequestLog:
    """One connection, used by the event loop's thread only."""

    def __init__(self, path: Path) -> None:
        self._con = sqlite3.connect(path, isolation_level=None)
        self._con.executescript(_TABLES)
        self._waiting: list[tuple[Any, ...]] = []

    def close(self) -> None:
        self.flush()
        self._con.close()

    def note(self, request: tuple[Any, ...]) -> None:
        """One request: (time, method, path, query, status, request_id, key name, objects, size, fault, body)."""
        self._waiting.append(request)
        if len(self._waiting) >= _GATHERED:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._con.execute("begin")
            self._con.executemany("insert into requests values (null,?,?,?,?,?,?,?,?,?,?,?)", self._waiting)
            self._con.execute("commit")
            self._waiting.clear()

    def requests(self, path: str | None = None, after: int = 0) -> Iterator[dict[str, Any]]:
        """Logged requests in order, those after number `after`, of paths like `path` (a shell pattern)."""
        self.flush()
        query = "select * from requests where n > ? and path glob ? order by n"
        for row in self._con.execute(query, (after, path or "*")):
            request = dict(zip(_REQUEST, row, strict=True))
            if request["body"] is not None:
                request["body"] = bytes(request["body"]).decode("utf-8", "replace")
            yield request

    def clear(self) -> None:
        """Forget requests; what Segment received stays."""
        self._waiting.clear()
        self._con.execute("delete from requests")

    # -- Segment

    def repeated(self, message_ids: list[str], now: float) -> set[str]:
        """Which of these messageIds were seen in the last 24 hours (facts/segment §3.4)."""
        query = "select message_id from seen where at > ? and message_id in (select value from json_each(?))"
        found = self._con.execute(query, (now - DAY, orjson.dumps(message_ids).decode()))
        return {row[0] for row in found}

    def receive(self, events: list[tuple[dict[str, Any], bytes, str | None]], now: float) -> None:
        """Keep a batch: (event, its JSON, why it was dropped or None)."""
        rows, seen = [], []
        for event, body, dropped in events:
            text = [value if isinstance(value := event.get(k), str) else None for k in ("type", "userId", "event")]
            message_id = event.get("messageId")
            rows.append((now, message_id, *text, dropped, body))
            if dropped is None:
                seen.append((message_id, now))
        self._con.execute("begin")
        self._con.executemany("insert into events values (null,?,?,?,?,?,?,?)", rows)
        self._con.executemany("insert or replace into seen values (?,?)", seen)
        self._con.execute("commit")

    def events(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """What Segment received, in order; `dropped` says why an event came to nothing, None if it was taken."""
        for row in self._con.execute("select * from events where n > ? order by n", (after,)):
            event = dict(zip(_EVENT, row, strict=True))
            event["body"] = orjson.loads(event["body"])
            yield event


def new_message_id() -> str:
    """What Segment gives an event that came without a messageId: a blind repeat is a second event."""
    return f"api-{uuid.uuid4()}-{time.time_ns()}"
