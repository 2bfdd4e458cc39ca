"""Segment's tables from files: what a field means in each form, and what is refused."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recon.errors import InputError
from recon.segment.tables import SUPPRESSIONS, USER_IDENTIFIERS, USER_TRAITS, attach, convert
from recon.store import duck

HEADER = "canonical_segment_id,name,value,seq,received_at,uuid_ts,timestamp"


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duck.database(tmp_path / "work.duckdb") as con:
        yield con


# DuckDB hands a TIMESTAMPTZ over only where pytz is installed, so moments are read as microseconds.
MOMENT = "epoch_us(happened_at)"


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def read(
    con: duckdb.DuckDBPyConnection, path: Path, columns: str = "canonical_segment_id, name, value"
) -> list[tuple[Any, ...]]:
    files, rejects = convert(con, USER_TRAITS, [path], path.parent / "converted")
    assert rejects == []
    attach(con, USER_TRAITS, files)
    return con.execute(f"SELECT {columns} FROM user_traits ORDER BY seq").fetchall()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("", None),
        ('""', ""),
        ("null", "null"),
        ("NULL", "NULL"),
        ("NaN", "NaN"),
        ("\\N", "\\N"),
        ("00123", "00123"),
        ("1e5", "1e5"),
        (" padded ", " padded "),
        ("true", "true"),
        ('"say ""hi"", twice"', 'say "hi", twice'),
        ('"two\nlines"', "two\nlines"),
        ("O'Brien", "O'Brien"),
        ('"{""a"":[1,2]}"', '{"a":[1,2]}'),
        ("2024-05-01", "2024-05-01"),
        ("東京", "東京"),
    ],
)
def test_a_csv_field_is_its_text_and_only_an_unquoted_empty_one_is_null(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, field: str, value: str | None
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{HEADER}\nuse_1,first,x,1,,,\nuse_1,city,{field},2,,,\n", encoding="utf-8")
    assert read(con, path)[1] == ("use_1", "city", value)


def test_a_csv_may_have_a_mark_windows_line_ends_more_columns_and_another_order(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    header = "extra,value,name,canonical_segment_id,seq,received_at,uuid_ts,timestamp"
    path.write_bytes(("\ufeff" + f"{header}\r\ne,Bern,city,use_1,1,,,2024-05-01T10:00:00Z\r\n").encode())
    assert read(con, path, f"canonical_segment_id, name, value, {MOMENT}") == [
        ("use_1", "city", "Bern", micros(datetime(2024, 5, 1, 10, tzinfo=UTC)))
    ]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ('"Bern"', "Bern"),
        ('""', ""),
        ("null", None),
        ('"null"', "null"),
        ("7", "7"),
        ("7.50", "7.5"),
        ("12345678901234567890", "12345678901234567890"),
        ("true", "true"),
        ('["a","b"]', '["a","b"]'),
        ('{"a":1}', '{"a":1}'),
        ('"\\u00e9\\n"', "é\n"),
        ('"00123"', "00123"),
    ],
)
def test_a_json_text_is_its_text_and_anything_else_its_json(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, member: str, value: str | None
) -> None:
    path = tmp_path / "t.ndjson"
    rest = '"seq": "1", "received_at": null, "uuid_ts": null, "timestamp": null'
    path.write_text(f'{{"canonical_segment_id": "use_1", "name": "city", "value": {member}, {rest}}}\n')
    assert read(con, path) == [("use_1", "city", value)]


def test_a_member_that_is_absent_from_some_lines_is_null_there(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "t.ndjson.gz"
    first = (
        '{"canonical_segment_id":"use_1","name":"a","value":"x","seq":"1","received_at":"","uuid_ts":"","timestamp":""}'
    )
    second = '{"canonical_segment_id":"use_1","name":"b","seq":"2"}'
    path.write_bytes(gzip.compress(f"{first}\n\n{second}".encode()))
    assert read(con, path) == [("use_1", "a", "x"), ("use_1", "b", None)]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-01T10:00:00Z", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("2024-05-01T10:00:00+02:00", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("2024-05-01 10:00:00", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("2024-05-01 10:00:00.123456", datetime(2024, 5, 1, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2024-05-01", datetime(2024, 5, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_without_a_zone_are_utc_and_what_is_no_time_is_none(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, moment: datetime | None
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{HEADER}\nuse_1,city,Bern,1,,,{text}\n")
    assert read(con, path, MOMENT) == [(moment and micros(moment),)]


def test_identifiers_need_no_seq(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_text("canonical_segment_id,type,value,timestamp\nuse_1,user_id,00123,2024-05-01\n")
    files, _ = convert(con, USER_IDENTIFIERS, [path], tmp_path / "converted")
    attach(con, USER_IDENTIFIERS, files)
    assert con.execute("SELECT value, seq FROM user_identifiers").fetchall() == [("00123", None)]


def test_suppressions_keep_ids_to_the_letter(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text('user_id,suppressed_at\n00123,2024-05-01\n" id ",\nnull,\n1e5,\n')
    files, rejects = convert(con, SUPPRESSIONS, [path], tmp_path / "converted")
    attach(con, SUPPRESSIONS, files)
    assert rejects == []
    found = {row[0] for row in con.execute("SELECT user_id FROM suppression").fetchall()}
    assert found == {"00123", " id ", "null", "1e5"}


def test_a_missing_column_is_named_with_what_is_there(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("canonical_segment_id,name,val\n")
    with pytest.raises(InputError, match=r"t\.csv.*no column value, seq.*it has canonical_segment_id, name, val"):
        convert(con, USER_TRAITS, [path], tmp_path / "converted")


@pytest.mark.parametrize("name", ["t.csv", "t.ndjson", "t.parquet", "t.csv.gz", "t.ndjson.gz"])
def test_a_file_without_a_byte_is_named(con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        convert(con, USER_TRAITS, [path], tmp_path / "converted")


@pytest.mark.parametrize("name", ["t.csv.gz", "t.ndjson.gz"])
def test_a_gz_that_is_none_is_named(con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"canonical_segment_id,name\n")
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        convert(con, USER_TRAITS, [path], tmp_path / "converted")


def test_good_lines_around_bad_ones_are_all_kept(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    good = [f"use_{number},city,Bern,{number:03},,," for number in range(50)]
    path.write_bytes(
        "\n".join([HEADER, *good[:20], "short", *good[20:40]]).encode()
        + b"\nuse_x,\xff\xfe,x,1,,,\n"
        + "\n".join(good[40:]).encode()
    )
    files, rejects = convert(con, USER_TRAITS, [path], tmp_path / "converted")
    attach(con, USER_TRAITS, files)
    assert [reject.line for reject in rejects] == [22, 43]
    assert con.execute("SELECT count(DISTINCT canonical_segment_id) FROM user_traits").fetchall() == [(50,)]


@pytest.mark.parametrize("word", ["NaN", "-Infinity", "nan"])
def test_a_line_with_nan_is_no_json_and_a_text_may_say_it(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, word: str
) -> None:
    path = tmp_path / "t.ndjson"
    rest = '"seq": "1", "received_at": null, "uuid_ts": null, "timestamp": null'
    lines = [word, '"NaN"', '"[NaN, Infinity]"', f'{{"deep": [1, {word}]}}']
    path.write_text(
        "".join(
            f'{{"canonical_segment_id": "use_{n}", "name": "a", "value": {v}, {rest}}}\n' for n, v in enumerate(lines)
        )
    )
    files, rejects = convert(con, USER_TRAITS, [path], tmp_path / "converted")
    attach(con, USER_TRAITS, files)
    assert [(reject.line, reject.reason) for reject in rejects] == [(1, "not JSON"), (4, "not JSON")]
    assert {row[0] for row in con.execute("SELECT value FROM user_traits").fetchall()} == {"NaN", "[NaN, Infinity]"}
