"""Whatever recon sends comes back equal: generated values of every kind, to Braze and back over HTTP.

What Braze exports is not what was sent, letter by letter; that is why values are compared as sql/mapping does.
"""

from __future__ import annotations

import csv
import itertools
import json
import string
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

import duckdb
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_world import READ_KEY, WRITE_KEY

from recon.mapping import macros
from recon.sandbox.server import Sandbox
from recon.store import sql

with sql.file("mapping/words.csv").open(newline="", encoding="utf-8") as file:
    WORDS = [(row["kind"], row["word"]) for row in csv.DictReader(file)]


class Kind(NamedTuple):
    """How values of one kind are made, read, compared, and where Braze keeps them."""

    texts: st.SearchStrategy[str]
    """Segment's text."""
    same: str
    naive: tuple[str, str]
    """Segment's text and Braze's export of one value that are equal and do not look it."""
    extra: str = ""
    field: str = "v"
    """The standard field, else a custom attribute."""


def words(kind: str) -> st.SearchStrategy[str]:
    """Spellings of a list of words, in any case, with blanks around them."""
    spelled = st.sampled_from([word for each, word in WORDS if each == kind])
    return st.tuples(spelled, st.sampled_from([str.lower, str.upper, str.title, lambda word: f" {word} "])).map(
        lambda pair: pair[1](pair[0])
    )


letters = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=300)
names = st.text(string.ascii_letters + 'é_~/:\\"', min_size=1, max_size=5)
numbers = st.one_of(
    st.integers(-(10**25), 10**25), st.floats(allow_nan=False, allow_infinity=False), st.integers(-300, 300)
)
zones = st.one_of(st.none(), st.just(UTC), st.integers(-840, 840).map(lambda m: timezone(timedelta(minutes=m))))
moments = st.builds(
    lambda moment, zone, form: moment.replace(tzinfo=zone).strftime(form).replace("UTC", ""),
    st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 30)),
    zones,
    st.sampled_from(["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d", "%m/%d/%Y"]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, letters, moments)
nested = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=10,
)
objects = st.dictionaries(names, nested, max_size=5)
arrays = st.one_of(st.lists(scalars, max_size=30), st.lists(st.one_of(objects, st.none()), max_size=6))
spelling = st.sampled_from([{"ensure_ascii": True}, {"ensure_ascii": False, "separators": (",", ":")}, {"indent": 1}])
units = st.integers(-(10**20), 10**20).map(str)
parts = st.text(string.ascii_letters + string.digits + "+_-", min_size=1, max_size=20)
addresses = st.builds("{}@{}.{}".format, parts, parts, st.sampled_from(["com", "co.uk", "museum"]))
phones = st.one_of(
    st.from_regex(r"\+?[1-9][0-9]{5,15}", fullmatch=True),
    st.from_regex(
        r"(\+49|0049|0|\+1|\+44|\+91|) ?\(?[0-9]{2,4}\)?[ /-]?[0-9]{3,4}[ .-]?[0-9]{3,5}( ext\.? [0-9]{2})?",
        fullmatch=True,
    ),
)


def written(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.builds(lambda value, form: json.dumps(value, **form), values, spelling)


KINDS = {
    "string": Kind(st.one_of(letters, written(letters), moments), "string", ("05/01/2024", "2024-05-01T00:00:00.000Z")),
    "number": Kind(st.one_of(numbers.map(repr), st.integers().map(lambda n: f" {n}.0 ")), "number", ("7.0", "7")),
    "amount": Kind(units, "number", ("1999", "19.99"), ", '2'"),
    "currency": Kind(
        st.builds("{} {}".format, units, st.sampled_from(["EUR", "jpy", "KWD", "CLF"])), "number", ("7 KWD", "0.007")
    ),
    "boolean": Kind(st.sampled_from(["true", "FALSE", "t", "0", '"1"', " f "]), "boolean", ("T", "true")),
    "time": Kind(moments, "time", ("2024-05-01 10:00:00", "2024-05-01T10:00:00.000Z")),
    "date": Kind(moments, "date", ("1980-12-21", "1980-12-21T00:00:00.000Z"), field="dob"),
    "array": Kind(written(arrays), "set", ('["a", "b", "a"]', '["a","b"]'), ", 25"),
    "object": Kind(written(objects), "object", ('{"b": 1.0, "a": null}', '{"b":1.0}')),
    "any": Kind(st.one_of(written(nested), letters, moments), "any", ("1e2", "100"), ", 25"),
    "email": Kind(
        addresses.map(lambda text: f" {text}"), "email", (" Ann@Example.com", "Ann@Example.com"), "", "email"
    ),
    "phone": Kind(phones, "phone", ("(415) 555-0134", "+14155550134"), ", NULL", "phone"),
    "country": Kind(words("country"), "code", ("Germany", "DE"), "", "country"),
    "language": Kind(words("language"), "code", ("English", "en"), "", "language"),
    "gender": Kind(words("gender"), "code", ("female", "F"), "", "gender"),
    "time_zone": Kind(words("time_zone"), "text", ("europe/berlin", "Europe/Berlin"), "", "time_zone"),
}
LOOKED_UP = ("currency", "country", "language", "gender", "time_zone")
_people = itertools.count()


class Braze:
    """The served sandbox, and the macros in a database."""

    def __init__(self, con: duckdb.DuckDBPyConnection, url: str) -> None:
        self.con = con
        self.url = url

    def read(self, name: str, texts: Sequence[str]) -> list[str]:
        """What would be sent for each text, without those that are unreadable."""
        value = f"as_{name}(text, words.code)" if name in LOOKED_UP else f"as_{name}(text{KINDS[name].extra})"
        join = f"LEFT JOIN words ON words.kind = '{name}' AND words.word = word_{name}(text)"
        rows = self.con.execute(
            f"SELECT {value} FROM (SELECT unnest($texts) AS text) {join if name in LOOKED_UP else ''}", {"texts": texts}
        ).fetchall()
        return [row[0] for row in rows if row[0] is not None]

    def kept(self, field: str, values: Sequence[str]) -> list[str | None]:
        """What Braze exports after each JSON text was sent for a new profile."""
        ids = [f"round_trip_{next(_people)}" for _ in values]
        sent = [f'{{"external_id":"{who}","{field}":{value}}}' for who, value in zip(ids, values, strict=True)]
        held: dict[str, str | None] = {}
        for start in range(0, len(ids), 50):
            self._post("users/track", WRITE_KEY, f'{{"attributes":[{",".join(sent[start : start + 50])}]}}')
            Sandbox(self.url).settle()
            wanted = ["external_id", "custom_attributes"] if field == "v" else ["external_id", field]
            body = json.dumps({"external_ids": ids[start : start + 50], "fields_to_export": wanted})
            answer = self._post("users/export/ids", READ_KEY, body)
            held |= dict(
                self.con.execute(
                    "SELECT profile->>'/external_id', CAST(json_extract(profile, $place) AS VARCHAR) "
                    "FROM (SELECT unnest(json_extract($answer, '$.users[*]')) AS profile)",
                    {"answer": answer, "place": "/custom_attributes/v" if field == "v" else f"/{field}"},
                ).fetchall()
            )
        return [held[who] for who in ids]

    def same(self, name: str, desired: str, actual: str | None) -> bool:
        row = self.con.execute(
            f"SELECT same_{KINDS[name].same}($desired, $actual)", {"desired": desired, "actual": actual}
        ).fetchone()
        assert row is not None
        return row[0] is True

    def _post(self, path: str, key: str, body: str) -> str:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        answer = requests.post(f"{self.url}/{path}", body.encode(), headers=headers, timeout=30)
        assert answer.status_code == 201, answer.text
        assert "errors" not in answer.json(), answer.text
        return answer.text


@pytest.fixture(scope="module")
def braze(braze_for_shops: Sandbox) -> Iterator[Braze]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        macros.define(con)
        yield Braze(con, braze_for_shops.url)


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_is_sent_comes_back_equal(braze: Braze, name: str, data: st.DataObject) -> None:
    texts = data.draw(st.lists(KINDS[name].texts, min_size=1, max_size=40))
    desired = braze.read(name, texts)
    for value, kept in zip(desired, braze.kept(KINDS[name].field, desired), strict=True):
        assert kept is not None, f"Braze dropped {value}"
        assert braze.same(name, value, kept), (value, kept)


@pytest.mark.parametrize("name", KINDS)
def test_comparing_text_would_see_a_difference_where_there_is_none(braze: Braze, name: str) -> None:
    text, exported = KINDS[name].naive
    desired = braze.read(name, [text])
    [kept] = braze.kept(KINDS[name].field, desired)
    assert kept is not None
    assert kept.strip('"') == exported
    assert text != exported
    assert braze.same(name, desired[0], kept)
