"""The tables of a small shop in the forms that recon reads besides narrow files: wide ones, and PostgreSQL's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from postgresql_server import Server
from shop_world import TABLES, Shop, write_rows

TIMES = ("timestamp", "received_at", "uuid_ts")
KEYS = ("canonical_segment_id", "merged_to")

Row = dict[str, Any]


def wide_rows(shop: Shop) -> tuple[tuple[str, ...], list[Row]]:
    """The columns and rows of profile_traits, as Segment's own models would make it of a shop's narrow tables: the
    newest value of each trait with the profile that is left, the merged-away ones with NULLs (facts/segment §1.5)."""
    into = {row["segment_id"]: row["canonical_segment_id"] for row in shop.tables["profile_merges"]}
    old = datetime(1970, 1, 1, tzinfo=UTC)
    rows: dict[str, Row] = {}
    for row in [*shop.tables["user_identifiers"], *shop.tables["profile_merges"]]:
        rows.setdefault(row["canonical_segment_id"], {})
    for row in sorted(shop.tables["user_traits"], key=lambda row: row["timestamp"] or old):
        profile = into.get(row["canonical_segment_id"], row["canonical_segment_id"])
        rows.setdefault(profile, {})[row["name"]] = row["value"]
    names = tuple(sorted({name for traits in rows.values() for name in traits}))
    empty = dict.fromkeys(names)
    found = [{"canonical_segment_id": profile, "merged_to": "", **empty, **traits} for profile, traits in rows.items()]
    found += [{"canonical_segment_id": lost, "merged_to": kept, **empty} for lost, kept in into.items()]
    return (*KEYS, *names), found


def write_wide(shop: Shop, form: str) -> None:
    """The wide form in files of the kind `form`; every column is text."""
    shop.config["segment"]["profiles"] = {}
    shop.write_table("user_identifiers", form)
    columns, rows = wide_rows(shop)
    folder = shop.folder / "segment" / "profile_traits"
    folder.mkdir(parents=True, exist_ok=True)
    for part in (0, 1):
        write_rows(folder / f"part-{part}.{form}", columns, rows[part::2])
    shop.config["segment"]["profiles"]["profile_traits"] = f"segment/profile_traits/*.{form}"


def write_warehouse(shop: Shop, server: Server, *, wide: bool = False) -> str:
    """The shop's tables in a schema of PostgreSQL, which recon.yml then names. Returns the schema."""
    schema = f"space_{shop.mark}"
    server.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    for name in ("user_identifiers",) if wide else TABLES:
        types = {column: "timestamptz" if column in TIMES else "text" for column in TABLES[name]}
        server.write(schema, name, types, shop.tables[name])
    if wide:
        columns, rows = wide_rows(shop)
        server.write(schema, "profile_traits", dict.fromkeys(columns, "text"), rows)
    use_warehouse(shop, server.uri(), schema)
    return schema


def use_warehouse(shop: Shop, uri: str, schema: str) -> None:
    """recon.yml names this warehouse."""
    shop.variables["WAREHOUSE_URL"] = uri
    shop.config["segment"]["profiles"] = {"warehouse": "${WAREHOUSE_URL}", "schema": schema}
