"""What holds for every value: equality is reflexive and symmetric, reading its own output changes nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.mapping import macros

KINDS = ("string", "number", "boolean", "time", "date", "array", "object", "email", "phone", "any")
LIMITED = ("array", "any")
SAME = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "time": "time",
    "date": "date",
    "array": "set",
    "object": "object",
    "email": "email",
    "phone": "phone",
    "any": "any",
}
LIMIT = 25

# Text without the characters that no JSON and no database text can hold.
words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False), words
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(words, inner, max_size=4)),
    max_leaves=8,
)
moments = st.datetimes().map(lambda moment: moment.isoformat())
odd = st.sampled_from(
    [
        "",
        "null",
        "NaN",
        "inf",
        "007",
        "1e5",
        "1e400",
        "[",
        '["a"',
        "{",
        '"',
        '""',
        "true",
        "T",
        "+1",
        "1_0",
        " 7 ",
        "12/01/2021",
        "2024-02-30",
        "+14155550134",
        "(415) 555-0134",
        "a@b.cd",
        "-0",
        "0x1A",
        "[[1]]",
        "[null]",
    ]
)
texts = st.one_of(
    odd,
    words,
    moments,
    values.map(json.dumps),
    values.map(lambda v: json.dumps(v, ensure_ascii=False, separators=(",", ":"))),
)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        macros.define(con)
        con.execute("CREATE TEMP TABLE given (text VARCHAR)")
        yield con


def read(con: duckdb.DuckDBPyConnection, kind: str, text: str) -> str | None:
    """`as_<kind>` over a column, as the mapping calls it."""
    con.execute("DELETE FROM given")
    con.execute("INSERT INTO given VALUES ($text)", {"text": text})
    extra = f", {LIMIT}" if kind in LIMITED else ", NULL" if kind == "phone" else ""
    row = con.execute(f"SELECT as_{kind}(text{extra}) FROM given").fetchone()
    assert row is not None
    found: str | None = row[0]
    return found


def same(con: duckdb.DuckDBPyConnection, kind: str, one: str, other: str) -> bool:
    row = con.execute(
        f"SELECT coalesce(same_{SAME[kind]}($one, $other), FALSE)", {"one": one, "other": other}
    ).fetchone()
    assert row is not None
    return bool(row[0])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(text=texts)
def test_what_is_read_is_json_and_reading_it_again_changes_nothing(
    con: duckdb.DuckDBPyConnection, kind: str, text: str
) -> None:
    once = read(con, kind, text)
    if once is None:
        return
    json.loads(once, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert read(con, kind, once) == once
    assert same(con, kind, once, once)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "object"])
@settings(max_examples=25, deadline=None)
@given(one=texts, other=texts)
def test_equality_is_symmetric(con: duckdb.DuckDBPyConnection, kind: str, one: str, other: str) -> None:
    """Not of objects: only the keys that Segment states are compared."""
    first, second = read(con, kind, one), read(con, kind, other)
    if first is None or second is None or (kind == "any" and "{" in (first[0], second[0])):
        return
    assert same(con, kind, first, second) == same(con, kind, second, first)


@settings(max_examples=50, deadline=None)
@given(text=words)
def test_text_is_kept_to_the_letter(con: duckdb.DuckDBPyConnection, text: str) -> None:
    found = read(con, "string", json.dumps(text))
    assert found is not None
    assert json.loads(found) == text
    if not text.startswith('"'):
        bare = read(con, "string", text)
        assert bare is not None
        assert json.loads(bare) == text


@settings(max_examples=50, deadline=None)
@given(number=st.one_of(st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_keep_their_value(con: duckdb.DuckDBPyConnection, number: float) -> None:
    found = read(con, "number", repr(number))
    assert found is not None
    assert json.loads(found) == number
    assert not math.isnan(json.loads(found))


def kept(value: Any) -> Any:
    """An object as Braze keeps it: without the keys and the elements that are null."""
    if isinstance(value, list):
        return [kept(inner) for inner in value if inner is not None]
    return {key: kept(inner) for key, inner in value.items() if inner is not None} if isinstance(value, dict) else value


@settings(max_examples=50, deadline=None)
@given(value=st.dictionaries(st.text("abcé_~/", min_size=1, max_size=5), values, max_size=4))
def test_an_object_that_can_be_kept_loses_only_its_nulls(con: duckdb.DuckDBPyConnection, value: dict[str, Any]) -> None:
    found = read(con, "object", json.dumps(value))
    if found is not None:
        assert json.loads(found) == kept(value)
        more = {**json.loads(found), "another key": 1}
        assert same(con, "object", found, json.dumps(more, separators=(",", ":"), ensure_ascii=False))


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.one_of(st.integers(-99, 99), st.text("abc", max_size=3)), max_size=40))
def test_an_array_keeps_its_first_different_elements_in_order(
    con: duckdb.DuckDBPyConnection, values: list[Any]
) -> None:
    found = read(con, "array", json.dumps(values))
    assert found is not None
    assert json.loads(found) == list(dict.fromkeys(values))[:LIMIT]
    assert same(con, "array", found, json.dumps(list(reversed(json.loads(found))), separators=(",", ":")))
