"""The wide form: columns become the rows that the narrow form would have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from recon.errors import InputError
from recon.segment import wide
from recon.segment.tables import PROFILE_MERGES, TRAIT_COLUMNS, USER_TRAITS, attach
from recon.store import duck


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duck.database(tmp_path / "work.duckdb") as con:
        yield con


def read(con: duckdb.DuckDBPyConnection, path: Path, traits: Sequence[str]) -> list[tuple[Any, ...]]:
    """Converts one file and attaches what came of it; the rows of user_traits."""
    to = path.parent / "converted"
    wide.convert(con, [path], to, traits)
    for table in (USER_TRAITS, PROFILE_MERGES, TRAIT_COLUMNS):
        attach(con, table, sorted((to / table.name).glob("*.parquet")))
    return con.execute("SELECT canonical_segment_id, name, value FROM user_traits ORDER BY ALL").fetchall()


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (pl.Boolean, True, "true"),
        (pl.Int64, -7, "-7"),
        (pl.UInt64, 18446744073709551615, "18446744073709551615"),
        (pl.Float64, 0.1, "0.1"),
        (pl.Float64, 1e22, "1e+22"),
        (pl.Float32, 0.1, "0.1"),
        (pl.Decimal(20, 2), Decimal("12.50"), "12.50"),
        (pl.String, "00123", "00123"),
        (pl.String, "", ""),
        (pl.String, "null", "null"),
        (pl.Date, date(1980, 12, 21), "1980-12-21"),
        (pl.Datetime("us"), datetime(2024, 5, 1, 10), "2024-05-01T10:00:00Z"),
        (pl.Datetime("ns"), datetime(2024, 5, 1, 10), "2024-05-01T10:00:00Z"),
        (pl.Datetime("ns", "UTC"), datetime(2024, 5, 1, 10, 0, 0, 120_000, UTC), "2024-05-01T10:00:00.12Z"),
        (pl.Datetime("us", "Asia/Tokyo"), datetime(2024, 5, 1, 10, tzinfo=UTC), "2024-05-01T10:00:00Z"),
        (pl.List(pl.String), ["a", 'b"c'], '["a","b\\"c"]'),
        (pl.List(pl.Int64), [], "[]"),
        (pl.Struct({"zip": pl.String, "n": pl.Int64}), {"zip": "01234", "n": 1}, '{"zip":"01234","n":1}'),
    ],
)
def test_a_typed_column_gives_the_text_that_the_narrow_form_has(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, kind: Any, value: Any, text: str
) -> None:
    path = tmp_path / "t.parquet"
    schema = {"canonical_segment_id": pl.String, "merged_to": pl.String, "thing": kind}
    rows = [("use_1", None, value), ("use_2", "", None)]
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(path)
    assert read(con, path, ["thing"]) == [("use_1", "thing", text)]


def test_a_column_is_found_by_its_own_name_and_else_in_snake_case(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "canonical_segment_id,merged_to,first_name,Plan Tier,plan_tier,uuid_ts,_internal\nuse_1,,Ann,a,b,t,x\n"
    )
    wanted = ["firstName", "Plan Tier", "uuid_ts", "_internal", "absent"]
    assert read(con, path, wanted) == [("use_1", "Plan Tier", "a"), ("use_1", "firstName", "Ann")]
    names = {row[0] for row in con.execute("SELECT name FROM trait_column").fetchall()}
    assert names == {"firstName", "first_name", "Plan Tier", "plan_tier"}


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("firstName", "first_name"),
        ("Campaign Name", "campaign_name"),
        ("address.street", "address_street"),
        ("userID", "user_id"),
        ("SAMPLE 2 TEXT", "sample_2_text"),
        ("sample___text", "sample_text"),
        ("___$$Base64Encode", "base64_encode"),
        ("already_snake_1", "already_snake_1"),
    ],
)
def test_snake_case_is_segments(name: str, column: str) -> None:
    assert wide.snake(name) == column


def test_who_was_merged_away_has_no_traits_and_points_to_the_winner(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "t.ndjson"
    path.write_text(
        '{"canonical_segment_id": "use_1", "merged_to": "", "city": "Bern", "tags": ["a"]}\n'
        '{"canonical_segment_id": "use_2", "merged_to": "use_1", "city": "Zug"}\n'
        '{"canonical_segment_id": "use_3", "merged_to": null, "city": null}\n'
    )
    assert read(con, path, ["city", "tags"]) == [("use_1", "city", "Bern"), ("use_1", "tags", '["a"]')]
    merges = con.execute("SELECT segment_id, canonical_segment_id, happened_at FROM profile_merges").fetchall()
    assert merges == [("use_2", "use_1", None)]


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_a_wide_table_without_its_merges_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"t.{form}"
    frame = pl.DataFrame({"canonical_segment_id": ["use_1"], "city": ["Bern"]})
    {"csv": frame.write_csv, "ndjson": frame.write_ndjson, "parquet": frame.write_parquet}[form](path)
    with pytest.raises(InputError, match=rf"t\.{form} \(profile_traits\) has no column merged_to"):
        read(con, path, ["city"])
