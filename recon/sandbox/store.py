"""Profiles of the simulated workspace in one SQLite file.

A profile is one JSON document; what Braze looks profiles up by (external ids, aliases, e-mail, phone) lies beside it in
indexed columns. One `Store` is one connection: give every thread its own. Readers never wait for the writer (WAL).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

Doc = dict[str, Any]

_TABLES = """
create table profiles (
    id integer primary key, braze_id text not null, external_id text, email text collate nocase, phone text,
    updated integer not null, doc blob not null);
create table deprecated_ids (external_id text primary key, profile integer not null) without rowid;
create table aliases (label text, name text, profile integer not null, primary key (label, name)) without rowid;
create table events (profile integer not null, name text not null, time text not null, doc blob not null);
create table purchases (profile integer not null, product_id text not null, time text not null,
    price real not null, quantity integer not null, doc blob not null);
create table attributes (name text primary key, doc blob not null) without rowid;
"""
_INDEXES = """
create unique index if not exists profiles_braze_id on profiles (braze_id);
create unique index if not exists profiles_external_id on profiles (external_id) where external_id is not null;
create index if not exists profiles_email on profiles (email) where email is not null;
create index if not exists profiles_phone on profiles (phone) where phone is not null;
create index if not exists aliases_profile on aliases (profile);
create index if not exists deprecated_ids_profile on deprecated_ids (profile);
create index if not exists events_profile on events (profile, name);
create index if not exists purchases_profile on purchases (profile, product_id);
"""
_CHUNK = 5_000


@dataclass(slots=True)
class Profile:
    """A profile as read: its row, its document, and the indexed values it had then."""

    row: int
    doc: Doc
    external_id: str | None
    email: str | None
    phone: str | None

    @property
    def fields(self) -> Doc:
        return self.doc["fields"]  # type: ignore[no-any-return]

    @property
    def attributes(self) -> Doc:
        return self.doc["custom_attributes"]  # type: ignore[no-any-return]


class Store:
    """The profile store of `DIR/braze.sqlite`."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise FileNotFoundError(path)
        self._open(path)
        self._con.executescript(_INDEXES)

    def _open(self, path: Path) -> None:
        self._con = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=60)
        # A simulator may lose its last moment when the power goes; it may not cost what durability costs.
        self._con.executescript("pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -32768;")

    @classmethod
    def create(cls, path: Path) -> Store:
        """A new, empty store. Its indexes are built when it is next opened, so that a bulk fill is quick."""
        path.unlink(missing_ok=True)
        for tail in ("-wal", "-shm"):
            path.with_name(path.name + tail).unlink(missing_ok=True)
        store = cls.__new__(cls)
        store._open(path)
        store._con.executescript(_TABLES)
        return store

    def close(self) -> None:
        self._con.close()

    def index(self) -> None:
        """Build the indexes that `create` put off; a duplicate external_id or braze_id is an IntegrityError."""
        self._con.executescript(_INDEXES)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- transactions: the applier puts many requests into one

    def begin(self) -> None:
        self._con.execute("begin immediate")

    def commit(self) -> None:
        self._con.execute("commit")

    def rollback(self) -> None:
        if self._con.in_transaction:
            self._con.execute("rollback")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """All or nothing of one request within a transaction."""
        self._con.execute("savepoint request")
        try:
            yield
        except BaseException:
            self._con.execute("rollback to request")
            raise
        finally:
            self._con.execute("release request")

    # -- writing

    def insert(self, profiles: Iterable[Doc]) -> int:
        """Add new profiles (docs/sandbox.md has their form) in bulk; returns how many."""
        feed, total, now = iter(profiles), 0, time.time_ns()
        while chunk := list(islice(feed, _CHUNK)):
            rows: list[tuple[Any, ...]] = []
            aliases: list[tuple[str, str, int]] = []
            (last,) = self._con.execute("select coalesce(max(id), 0) from profiles").fetchone()
            for row, doc in enumerate(chunk, last + 1):
                fields = doc["fields"]
                keys = (doc["external_id"], fields.get("email"), fields.get("phone"))
                rows.append((row, doc["braze_id"], *keys, now, orjson.dumps(doc)))
                aliases.extend((a["alias_label"], a["alias_name"], row) for a in doc["user_aliases"])
            self.begin()
            try:
                self._con.executemany("insert into profiles values (?,?,?,?,?,?,?)", rows)
                self._con.executemany("insert into aliases values (?,?,?)", aliases)
            except sqlite3.Error:
                self.rollback()
                raise
            self.commit()
            total += len(chunk)
        return total

    def add(self, doc: Doc) -> Profile:
        """Add one new profile inside the caller's transaction."""
        fields = doc["fields"]
        keys = (doc["external_id"], fields.get("email"), fields.get("phone"))
        values = (doc["braze_id"], *keys, time.time_ns(), orjson.dumps(doc))
        row = self._con.execute("insert into profiles values (null,?,?,?,?,?,?)", values).lastrowid
        assert row is not None
        for alias in doc["user_aliases"]:
            self._con.execute("insert into aliases values (?,?,?)", (alias["alias_label"], alias["alias_name"], row))
        return Profile(row, doc, *keys)

    def save(self, profile: Profile) -> None:
        """Write a changed document back, and its indexed values where they changed."""
        doc = profile.doc
        keys = (doc["external_id"], doc["fields"].get("email"), doc["fields"].get("phone"))
        if keys != (profile.external_id, profile.email, profile.phone):
            self._con.execute("update profiles set external_id=?, email=?, phone=? where id=?", (*keys, profile.row))
            profile.external_id, profile.email, profile.phone = keys
        self._con.execute(
            "update profiles set doc=?, updated=? where id=?", (orjson.dumps(doc), time.time_ns(), profile.row)
        )

    def remove(self, profile: Profile) -> None:
        """Delete a profile with everything that hangs on it."""
        self._con.execute("delete from profiles where id=?", (profile.row,))
        for table in ("aliases", "deprecated_ids", "events", "purchases"):
            self._con.execute(f"delete from {table} where profile=?", (profile.row,))  # noqa: S608

    def add_alias(self, profile: Profile, label: str, name: str) -> bool:
        """Give `profile` an alias; False if the pair is taken or the profile has this label (§4 alias rules)."""
        if any(a["alias_label"] == label for a in profile.doc["user_aliases"]) or self.by_alias(label, name):
            return False
        self._con.execute("insert into aliases values (?,?,?)", (label, name, profile.row))
        profile.doc["user_aliases"].append({"alias_name": name, "alias_label": label})
        return True

    def drop_alias(self, profile: Profile, label: str, name: str) -> None:
        self._con.execute("delete from aliases where label=? and name=?", (label, name))
        kept = [a for a in profile.doc["user_aliases"] if (a["alias_label"], a["alias_name"]) != (label, name)]
        profile.doc["user_aliases"] = kept

    def deprecate(self, external_id: str, profile: Profile) -> None:
        """Keep `external_id` as a deprecated id of `profile` (rename)."""
        self._con.execute("insert or replace into deprecated_ids values (?,?)", (external_id, profile.row))

    def drop_deprecated(self, external_id: str) -> None:
        self._con.execute("delete from deprecated_ids where external_id=?", (external_id,))

    def move_history(self, source: Profile, target: Profile) -> None:
        """Hand the events, purchases and deprecated ids of `source` to `target` (merge)."""
        for table in ("events", "purchases", "deprecated_ids"):
            self._con.execute(f"update {table} set profile=? where profile=?", (target.row, source.row))  # noqa: S608

    def add_event(self, profile: Profile, name: str, time: str, doc: Doc) -> None:
        self._con.execute("insert into events values (?,?,?,?)", (profile.row, name, time, orjson.dumps(doc)))

    def add_purchase(self, profile: Profile, product_id: str, time: str, price: float, quantity: int, doc: Doc) -> None:
        values = (profile.row, product_id, time, price, quantity, orjson.dumps(doc))
        self._con.execute("insert into purchases values (?,?,?,?,?,?)", values)

    # -- reading

    def _profiles(self, where: str, values: Sequence[Any]) -> list[Profile]:
        found = self._con.execute(f"select id, doc, external_id, email, phone from profiles where {where}", values)  # noqa: S608
        return [Profile(row, orjson.loads(doc), *keys) for row, doc, *keys in found.fetchall()]

    def _one(self, where: str, values: Sequence[Any]) -> Profile | None:
        found = self._profiles(where, values)
        return found[0] if found else None

    def by_row(self, row: int) -> Profile | None:
        return self._one("id=?", (row,))

    def by_external_id(self, external_id: str) -> Profile | None:
        """The profile of a primary or deprecated external id; compared byte by byte."""
        return self._one("external_id=?", (external_id,)) or self._one(
            "id=(select profile from deprecated_ids where external_id=?)", (external_id,)
        )

    def is_deprecated(self, external_id: str) -> bool:
        found = self._con.execute("select 1 from deprecated_ids where external_id=?", (external_id,))
        return found.fetchone() is not None

    def by_alias(self, label: str, name: str) -> Profile | None:
        return self._one("id=(select profile from aliases where label=? and name=?)", (label, name))

    def by_braze_id(self, braze_id: str) -> Profile | None:
        return self._one("braze_id=?", (braze_id,))

    def by_email(self, email: str, *, exact: bool, limit: int = 10_000) -> list[Profile]:
        """Every profile with this e-mail, most recently updated first."""
        found = self._profiles("email=? order by updated desc, id desc limit ?", (email, limit))
        return [p for p in found if p.email == email] if exact else found

    def by_phone(self, phone: str, *, limit: int = 10_000) -> list[Profile]:
        """Every profile with this phone number in stored form, most recently updated first."""
        return self._profiles("phone=? order by updated desc, id desc limit ?", (phone, limit))

    def pages(self, size: int) -> Iterator[list[tuple[int, bytes]]]:
        """All profiles as (row, JSON document), in pages; no snapshot, as Braze's export is none."""
        last = 0
        query = "select id, doc from profiles where id > ? order by id limit ?"
        while page := self._con.execute(query, (last, size)).fetchall():
            last = page[-1][0]
            yield page

    def history(self, rows: list[int]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Of these profiles: (row, name, first, last, count) of events, and (row, product, first, last, count, revenue)
        of purchases."""
        events = (
            "select profile, name, min(time), max(time), count(*) "
            "from events where profile in (select value from json_each(?)) group by 1, 2"
        )
        bought = (
            "select profile, product_id, min(time), max(time), sum(quantity), sum(price * quantity) "
            "from purchases where profile in (select value from json_each(?)) group by 1, 2"
        )
        values = (orjson.dumps(rows).decode(),)
        return self._con.execute(events, values).fetchall(), self._con.execute(bought, values).fetchall()

    def count(self) -> int:
        (n,) = self._con.execute("select count(*) from profiles").fetchone()
        return int(n)

    # -- the catalogue

    def attributes(self) -> list[Doc]:
        return [orjson.loads(doc) for (doc,) in self._con.execute("select doc from attributes order by name")]

    def save_attribute(self, name: str, doc: Doc) -> None:
        self._con.execute("insert or replace into attributes values (?,?)", (name, orjson.dumps(doc)))
