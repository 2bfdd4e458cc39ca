"""What Braze keeps of a custom attribute's value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.sandbox import countries, formats
from recon.sandbox.settings import Modes
from recon.sandbox.values import ABSENT, Ignored, Kept, stored

DEFAULTS = Modes()


def keep(value, current=ABSENT, *, kind=None, limit=None, merge=False, modes=DEFAULTS):
    return stored(current, value, kind=kind, limit=limit, merge=merge, modes=modes)


def ignored(value, current=ABSENT, **options):
    with pytest.raises(Ignored):
        keep(value, current, **options)
    return True


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("12/1/2021", "2021-12-01T00:00:00.000Z"),
        ("2021-12-01", "2021-12-01T00:00:00.000Z"),
        ("2021-12-01 10:11:12", "2021-12-01T10:11:12.000Z"),
        ("2021-12-01T10:11:12", "2021-12-01T10:11:12.000Z"),
        ("2021-12-01T10:11:12:345Z", "2021-12-01T10:11:12.345Z"),
        ("2021-12-01T10:11:12.345678+02:00", "2021-12-01T08:11:12.345Z"),
        ("Wed 12 01 10:11:12.Z 2021", "2021-12-01T10:11:12.000Z"),
    ],
)
def test_text_that_looks_like_a_date_becomes_a_time(text, instant):
    assert keep(text) == Kept(instant, True)


@pytest.mark.parametrize("text", ["12/32/2021", "2021-02-30", "3001-01-01", "00123", "1e5", "2021", "20211201", "null"])
def test_other_text_stays_text(text):
    assert keep(text) == Kept(text)


def test_a_forced_string_stays_as_written():
    assert keep("12/1/2021", kind="string") == Kept("12/1/2021")
    assert (keep(7, kind="string"), keep(True, kind="string")) == (Kept("7"), Kept("true"))


@pytest.mark.parametrize(
    ("kind", "sent", "held"),
    [
        ("boolean", "T", True),
        ("boolean", 0, False),
        ("number", "7", 7),
        ("number", "7.5", 7.5),
        ("time", "2021-12-01", "2021-12-01T00:00:00.000Z"),
        ("array", [1, 1, 2], [1, 2]),
        ("object", {"a": 1}, {"a": 1}),
    ],
)
def test_a_forced_type_coerces(kind, sent, held):
    assert keep(sent, kind=kind).value == held


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("boolean", "yes"),
        ("boolean", 2),
        ("number", "n/a"),
        ("number", "nan"),
        ("number", True),
        ("time", "soon"),
        ("time", 7),
        ("array", "a"),
        ("object", [1]),
        ("string", ["a"]),
        ("object array", {"a": 1}),
    ],
)
def test_what_a_forced_type_cannot_take_is_ignored(kind, sent):
    assert ignored(sent, kind=kind)


def test_without_a_forced_type_a_value_is_stored_as_sent():
    assert keep(321, "text") == Kept(321)
    assert keep("321", 7) == Kept("321")


def test_null_removes_and_empty_values_stay():
    assert keep(None, "x").value is ABSENT
    assert (keep("").value, keep([]).value) == ("", [])


def test_long_text_by_mode():
    text = "x" * 256
    assert ignored(text)
    assert keep(text, modes=Modes(long_strings="truncate")).value == "x" * 255
    assert keep(text, modes=Modes(long_strings="keep")).value == text
    assert keep("x" * 255).value == "x" * 255


def test_an_array_is_a_set_in_order_of_first_appearance_cut_at_its_limit():
    assert keep(["b", "a", "b"]).value == ["b", "a"]
    assert keep([1, True, 1.0]).value == [1.0, True]
    assert keep(list(range(30))).value == list(range(25))
    assert keep(list(range(30)), modes=Modes(long_arrays="last")).value == list(range(5, 30))
    assert keep([1, 2, 3], limit=2).value == [1, 2]


def test_adding_an_element_again_moves_it_to_the_end():
    assert keep({"add": ["a", "c"]}, ["a", "b"]).value == ["b", "a", "c"]
    assert keep({"remove": ["a"]}, ["a", "b"]).value == ["b"]
    assert keep({"add": ["x"]}).value == ["x"]
    assert keep({"add": [3]}, [1, 2], limit=2).value == [2, 3]
    assert ignored({"add": ["x"]}, "text")


def test_only_integers_are_incremented():
    assert (keep({"inc": 2}).value, keep({"inc": -2}, 5).value) == (2, 3)
    assert ignored({"inc": 1}, "text")
    assert ignored({"inc": 1.5}, 1)


@pytest.mark.parametrize(
    "bad",
    [None, {"$time": "soon"}, "x" * 256, {"with space": 1}, {"with.dot": 1}, {"$dollar": 1}],
    ids=["null", "time", "long", "space", "dot", "dollar"],
)
def test_one_bad_nested_value_drops_the_whole_update(bad):
    assert ignored({"good": 1, "bad": bad}, {"old": 1}, merge=True)
    assert ignored({"good": {"deeper": [bad]}}, {"old": 1})


def test_objects_merge_deeply_only_when_asked():
    held = {"a": {"b": 1, "c": 2}, "d": 3}
    assert keep({"a": {"b": 9}}, held, merge=True).value == {"a": {"b": 9, "c": 2}, "d": 3}
    assert keep({"a": {"b": 9}}, held).value == {"a": {"b": 9}}
    assert held == {"a": {"b": 1, "c": 2}, "d": 3}


def test_a_nested_date_is_text_unless_written_as_time():
    sent = {"day": "2021-12-01", "at": {"$time": "2021-12-01"}}
    assert keep(sent).value == {"day": "2021-12-01", "at": "2021-12-01T00:00:00.000Z"}


def test_an_object_has_a_hundred_kilobytes():
    assert ignored({f"k{n}": "x" * 250 for n in range(400)})


def test_objects_in_an_array_are_added_updated_and_removed():
    held = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    added = keep({"$add": [{"id": 3}]}, held, merge=True).value
    assert added == [*held, {"id": 3}]
    update = {"$identifier_key": "id", "$identifier_value": 2, "$new_object": {"name": "c"}}
    assert keep({"$update": [update]}, held, merge=True).value == [held[0], {"id": 2, "name": "c"}]
    gone = {"$identifier_key": "id", "$identifier_value": 1}
    assert keep({"$remove": [gone]}, held, merge=True).value == [held[1]]


scalars = (
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
trees = st.recursive(
    scalars | st.none(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=12,
)


@given(
    current=trees, value=trees, merge=st.booleans(), kind=st.sampled_from([None, "string", "number", "array", "object"])
)
def test_any_json_is_kept_or_ignored_and_sending_what_was_kept_changes_nothing(current, value, merge, kind):
    try:
        kept = keep(value, ABSENT if current is None else current, kind=kind, merge=merge)
    except Ignored:
        return
    if kept.value is not ABSENT and kind is None and not isinstance(value, dict):
        assert keep(kept.value, kept.value) == kept


@given(st.text(max_size=30))
def test_a_stored_phone_number_is_stable(text):
    number = formats.phone(text)
    assert number is None or formats.phone(number) == number


@pytest.mark.parametrize(
    ("text", "stored_as"),
    [
        ("(415) 555-0134", "+14155550134"),
        ("+49 30 901820", "+4930901820"),
        ("0049 30 9018 20", "004930901820"),
        ("n/a", None),
    ],
)
def test_phone_numbers_are_stripped_and_ten_digits_are_american(text, stored_as):
    assert formats.phone(text) == stored_as


def test_countries_map_from_codes_and_names():
    names = ["de", "Germany", "united states", "USA", "Côte d’Ivoire", "Atlantis", ""]
    assert [countries.code(name) for name in names] == ["DE", "DE", "US", "US", "CI", None, None]


@pytest.mark.parametrize(
    ("text", "known"), [("Europe/Berlin", True), ("Pacific Time (US & Canada)", True), ("CEST+2", False)]
)
def test_time_zones_are_iana_or_rails(text, known):
    assert formats.is_time_zone(text) is known


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("a@example.com", True),
        ("a+b@mail.example.org", True),
        ("a@b", False),
        ("a b@example.com", False),
        ("a@@example.com", False),
    ],
)
def test_emails(text, valid):
    assert formats.is_email(text) is valid
