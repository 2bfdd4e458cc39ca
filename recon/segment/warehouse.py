"""Profiles Sync tables straight from PostgreSQL over ADBC: Arrow batches that DuckDB writes to Parquet.

The user needs USAGE on the schema and SELECT on the tables. Errors never repeat what is secret in the URI.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from recon.config.models import WarehouseProfiles
from recon.errors import ConfigError, InputError, RemoteError
from recon.segment import wide
from recon.segment.refusals import explained
from recon.segment.tables import TABLES, USER_IDENTIFIERS, USER_TRAITS, Table
from recon.store import sql
from recon.store.sql import Sql, ident

if TYPE_CHECKING:
    from adbc_driver_postgresql.dbapi import Cursor

_CONNECT_SECONDS = 10
_PROFILE_TRAITS = Table(wide.PROFILE_TRAITS, wide.KEYS)
# Segment's pages spell one table in two ways (facts/segment §1.4).
_OTHER_NAMES = {USER_IDENTIFIERS.name: "user_identifier"}
# When the loader touched a row; the first of these that a table has.
_LOADED = ("uuid_ts", "etl_ts", "received_at")


@dataclass(frozen=True)
class Column:
    """One column: how its values travel (sql/load/warehouse/columns.sql), and whether this user may read it."""

    form: str
    readable: bool


@dataclass(frozen=True)
class Version:
    """What a table is at one moment: its address without user and password, its rows, its newest load time as text."""

    url: str
    rows: int
    newest: str | None

    @property
    def loaded(self) -> datetime | None:
        """The newest load time, UTC; None where the table has none that can be read."""
        try:
            moment = datetime.fromisoformat(self.newest or "")
        except ValueError:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class Warehouse:
    """The tables of one schema, as of one moment. Made by `opened`."""

    def __init__(self, cursor: Cursor, profiles: WarehouseProfiles) -> None:
        self._cursor = cursor
        self._profiles = profiles
        self._relations = self._looked_up()

    @property
    def tables(self) -> list[Table]:
        """The tables to read: the narrow ones if there is a user_traits, else the wide form's."""
        if USER_TRAITS.name in self._relations:
            return list(TABLES)
        return [_PROFILE_TRAITS, USER_IDENTIFIERS]

    def columns(self, table: Table) -> list[str]:
        """All columns that `table` has."""
        return list(self._relations[self._relation(table)])

    def check(self, traits: Sequence[str] = ()) -> None:
        """Refuses tables that are missing, lack a column, or may not be read: ConfigError, InputError, RemoteError."""
        for table in self.tables:
            columns, where = self._relations[self._relation(table)], self._url(table)
            missing = [name for name in table.required if name not in columns]
            if missing:
                raise InputError(
                    f"{where} has no column {', '.join(missing)}; it has {', '.join(list(columns)[:20])}",
                    f"{table.name} needs the columns {', '.join(table.required)}. Look at Segment's Selective Sync.",
                )
            hidden = [name for name in self._selected(table, traits) if not columns[name].readable]
            if hidden:
                raise RemoteError(
                    f"{where}: this user may not read {', '.join(hidden)}",
                    "Give it leave to read Segment's tables; docs/operations.md shows the grants.",
                )

    def version(self, table: Table) -> Version:
        """Rows and newest load time of `table`."""
        name = next((name for name in _LOADED if name in self.columns(table)), None)
        newest = Sql(f"max({ident(name)})") if name else Sql("NULL")
        [(rows, loaded)] = self._rows("version", newest=newest, relation=ident(self._relation(table)))
        return Version(self._url(table), rows, loaded)

    def copy(self, table: Table, traits: Sequence[str], target: Path) -> list[str]:
        """Writes `table` into the Parquet file `target`: the columns of the narrow form or, wide, those of `traits`.

        Returns the names of those columns.
        Nearly a million narrow rows for each second of a core, in 200 MB or so whatever the size of the table.
        """
        relation, names = self._relation(table), self._selected(table, traits)
        columns = self._relations[relation]
        selected = [(ident(name), Sql(columns[name].form)) for name in names]
        with explained(self._profiles.address):
            self._cursor.execute(self._query("table", relation=ident(relation), selected=selected))
            target.parent.mkdir(parents=True, exist_ok=True)
            with duckdb.connect() as con:
                con.register("stream", self._cursor.fetch_arrow())
                sql.run(con, "load/warehouse/write", {"target": str(target)})
        return names

    def _selected(self, table: Table, traits: Sequence[str]) -> list[str]:
        there = self.columns(table)
        if table is _PROFILE_TRAITS:
            return list(dict.fromkeys([*wide.KEYS, *wide.columns_of(traits, there).values()]))
        return [name for name in (*table.required, *table.optional) if name in there]

    def _relation(self, table: Table) -> str:
        return next(name for name in _names(table) if name in self._relations)

    def _url(self, table: Table) -> str:
        return f"{self._profiles.address} {self._profiles.schema_name}.{self._relation(table)}"

    def _looked_up(self) -> dict[str, dict[str, Column]]:
        """Segment's tables and their columns; ConfigError or RemoteError if they are not all there."""
        schema = self._profiles.schema_name
        relations: dict[str, dict[str, Column]] = {}
        for relation, name, form, readable in self._rows("columns", [schema]):
            relations.setdefault(relation, {})[name] = Column(form, readable)
        schemas = dict(self._rows("schemas"))
        if schema not in schemas:
            near = get_close_matches(schema, schemas, n=3, cutoff=0.5)
            raise ConfigError(
                f"segment.profiles: {self._profiles.address} has no schema {schema}"
                + (f"; did you mean {' or '.join(near)}?" if near else ""),
                "Profiles Sync names the schema after the profile space; write that name under `schema`.",
            )
        if not schemas[schema]:
            raise RemoteError(
                f"segment.profiles: this user may not use the schema {schema} of {self._profiles.address}",
                "Give it USAGE on that schema; docs/operations.md shows the grants.",
            )
        wanted = TABLES if USER_TRAITS.name in relations else (_PROFILE_TRAITS, USER_IDENTIFIERS)
        missing = [table.name for table in wanted if not any(name in relations for name in _names(table))]
        if missing:
            either = f" and no {USER_TRAITS.name}" if wide.PROFILE_TRAITS in missing else ""
            raise ConfigError(
                f"segment.profiles: {self._profiles.address} {schema} has no {', '.join(missing)}{either}",
                f"recon reads {', '.join(table.name for table in TABLES)} or, wide, {wide.PROFILE_TRAITS} and "
                f"{USER_IDENTIFIERS.name}. Enable them in Segment's Selective Sync.",
            )
        return relations

    def _query(self, name: str, **context: Any) -> str:
        # ADBC takes a plain str only.
        return str(sql.render(f"load/warehouse/{name}", schema=ident(self._profiles.schema_name), **context))

    def _rows(self, name: str, parameters: Sequence[str] | None = None, **context: Any) -> list[tuple[Any, ...]]:
        with explained(self._profiles.address):
            self._cursor.execute(self._query(name, **context), parameters)
            found: list[tuple[Any, ...]] = self._cursor.fetch_polars().rows()
        return found


@contextmanager
def opened(profiles: WarehouseProfiles) -> Iterator[Warehouse]:
    """The warehouse in one read-only transaction: all that is read in it is of one moment (facts/segment §1.6).

    RemoteError for a warehouse that cannot be reached or refuses, ConfigError for a schema or table that is not there.
    """
    from adbc_driver_postgresql import dbapi

    uri = profiles.warehouse.get_secret_value()
    if "connect_timeout=" not in uri:
        uri += f"{'&' if '?' in uri else '?'}connect_timeout={_CONNECT_SECONDS}"
    with explained(profiles.address):
        connection = dbapi.connect(uri)
    with closing(connection), closing(connection.cursor()) as cursor:
        with explained(profiles.address):
            for statement in sql.render("load/warehouse/begin").split(";"):
                if statement.strip():
                    cursor.execute(statement)
        yield Warehouse(cursor, profiles)


def _names(table: Table) -> tuple[str, ...]:
    return (table.name, *([_OTHER_NAMES[table.name]] if table.name in _OTHER_NAMES else []))
