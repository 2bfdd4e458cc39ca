"""The traps of both vendors that make a naive comparison wrong, each in a test named after its number in facts §10.

| Braze (facts/braze-rest-api §10)                        | test, or why it is none of comparison |
|---------------------------------------------------------|---------------------------------------|
| 4 to 8, 10, 11, 15 to 18, 32, 33, 36                    | test_braze_trap_NN                    |
| 9 type mismatch is silent                               | test_braze_trap_09; the nights that it is tried: delivery |
| 24 not a snapshot, 34 braze_id is not stable            | test_braze_traps_24_and_34            |
| 1 to 3, 19, 20, 22, 23, 25 to 27, 31, 35                | how corrections are sent and proven   |
| 12 to 14                                                | consent: test_drift_subscriptions.py  |
| 21, 37                                                  | identity steps                        |
| 28, 29                                                  | how an export is fetched              |
| 30                                                      | events                                |

| Segment (facts/segment §10)                             | test, or why it is none of comparison |
|---------------------------------------------------------|---------------------------------------|
| 1 to 9, 12, 13, 23, 24, 26, 28, 32                      | test_segment_trap_NN                  |
| 10, 11, 14 to 20, 29 to 31                              | events on their way home to Segment   |
| 21, 22                                                  | consent: test_drift_subscriptions.py  |
| 25, 27                                                  | how corrections are sent              |

One shop has somebody in most traps, and one run looks at all of them. Where a test says `naive`, comparing the texts of
both sides would have got it wrong, and the test makes sure of that.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from shop_world import Shop

from recon.sandbox.server import Sandbox

RULES: list[dict[str, Any]] = [
    {"trait": "email", "to": "email"},
    {"trait": "phone", "to": "phone"},
    {"trait": "firstName", "to": "first_name"},
    {"trait": "lastName", "to": "last_name"},
    {"trait": "city", "to": "home_city"},
    {"trait": "birthday", "to": "dob", "as": "date"},
    {"trait": "country", "to": "country"},
    {"trait": "gender", "to": "gender"},
    {"trait": "time_zone", "to": "time_zone"},
    {"trait": "text", "to": "trap_text", "as": "string"},
    {"trait": "number", "to": "trap_number", "as": "number"},
    {"trait": "flag", "to": "trap_flag", "as": "boolean"},
    {"trait": "moment", "to": "trap_moment", "as": "time"},
    {"trait": "tags", "to": "trap_tags", "as": "array"},
    {"trait": "steps", "to": "trap_steps", "as": "array", "compare": "list"},
    {"trait": "address", "to": "trap_address", "as": "object"},
    {"trait": "forced", "to": "forced_number"},
    {"trait": "blocked", "to": "blocked"},
    {"trait": "capital", "to": "Email"},
    {"trait": "small", "to": "trap_name"},
    {"trait": "large", "to": "Trap_Name"},
    {"trait": "clears", "to": "trap_clears", "as": "string"},
]
COHORTS = [
    {"audience": "vip", "to": {"attribute": "trap_is_vip"}},
    {"audience": "churn", "to": {"array": "trap_segments"}},
]


class World:
    """The shop, and what its one run has found."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.asked: dict[str, tuple[dict[str, str | None], dict[str, Any]]] = {}

    def person(
        self,
        name: str,
        traits: dict[str, str | None] | None = None,
        held: dict[str, Any] | None = None,
        fields: dict[str, Any] | None = None,
        **options: Any,
    ) -> str:
        by_attribute = {rule["to"]: (traits or {}).get(rule["trait"]) for rule in RULES}
        self.asked[name] = (by_attribute, {**(held or {}), **(fields or {})})
        return self.shop.add(name, traits, held, fields, **options)

    def look(self) -> World:
        self.shop.write()
        done = self.shop.recon("run")
        assert done.code == 0, done.said
        self.said = done.said
        self.rows = self.shop.drift()
        self.cohorts = pl.read_parquet(self.shop.run / "drift" / "cohort.parquet").to_dicts()
        self.missing = pl.read_parquet(self.shop.run / "drift" / "missing.parquet")["external_id"].to_list()
        return self

    def drift(self, name: str) -> dict[str, tuple[Any, str]]:
        """Desired value and cause by attribute."""
        who = f"{self.shop.mark}_{name}"
        return {row[1]: (row[2], row[4]) for row in self.rows if row[0] == who}

    def naive(self, name: str) -> set[str]:
        """The attributes whose texts differ, for somebody who compares what both sides have written."""
        stated, held = self.asked[name]
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in held.items()}
        return {key for key, text in stated.items() if text != texts.get(key)}

    def changes(self, name: str) -> dict[str, str]:
        """Entering and leaving, by audience."""
        who = f"{self.shop.mark}_{name}"
        return {row["audience"]: row["change"] for row in self.cohorts if row["external_id"] == who}


def time_of(hours_ago: float | None) -> dict[str, Any]:
    moment = None if hours_ago is None else datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours_ago)
    return {"seq": None if moment is None else f"{int(moment.timestamp()):020}", "timestamp": moment}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, braze_for_shops: Sandbox) -> World:
    folder: Path = tmp_path_factory.mktemp("traps")
    shop = Shop(folder, braze_for_shops)
    shop.config["attributes"] = RULES
    shop.config["cohorts"] = COHORTS
    shop.config["policy"]["clear_when_null"] = ["trap_clears"]
    shop.config["segment"]["suppressions"] = "suppressions.csv"
    world = World(shop)
    person = world.person

    # Braze
    person("b04", {"text": None, "tags": "[]", "city": "", "steps": "null"}, {"trap_text": "a"})
    person("b04_held", {"tags": "[]", "city": ""}, {"trap_tags": []}, {"home_city": ""})
    person("b05", {"birthday": "1980-12-21"}, fields={"dob": "1980-12-21"})
    person("b05_other", {"birthday": "1980-12-21"}, fields={"dob": "1980-12-22"})
    for number, form in enumerate(
        ("2024-05-01T10:00:00.000Z", "2024-05-01 10:00:00.000 UTC", "2024-05-01 10:00:00 +0000")
    ):
        person(f"b06_{number}", {"moment": "2024-05-01T10:00:00Z"}, {"trap_moment": form})
    person("b07_offset", {"moment": "2024-05-01T12:00:00+02:00"}, {"trap_moment": "2024-05-01T10:00:00.000Z"})
    person("b07_date", {"moment": "2024-05-01"}, {"trap_moment": "2024-05-01T00:00:00.000Z"})
    person("b07_text", {"text": "12/1/2021"}, {"trap_text": "2021-12-01T00:00:00.000Z"})
    person("b07_other", {"moment": "2024-05-01T10:00:00+02:00"}, {"trap_moment": "2024-05-01T10:00:00.000Z"})
    person("b08_text", {"number": "321"}, {"trap_number": "321"})
    person("b08_number", {"text": "321"}, {"trap_text": 321})
    person("b08_float", {"number": "1"}, {"trap_number": 1.0})
    person("b08_forced", {"forced": '"12"'}, {"forced_number": 12})
    person("b09", {"forced": "many", "city": "Bern"}, {"forced_number": 3}, {"home_city": "Basel"})
    person("b10_set", {"tags": '["a","b","a",7]'}, {"trap_tags": ["b", 7.0, "a"]})
    person("b10_list", {"steps": '["a","b"]'}, {"trap_steps": ["b", "a"]})
    many = [f"e{number}" for number in range(40)]
    person("b10_long", {"tags": json.dumps(many)}, {"trap_tags": many[:25]})
    person("b11_sibling", {"address": '{"city": "Bern"}'}, {"trap_address": {"city": "Bern", "note": "by hand"}})
    person("b11_time", {"address": '{"since":"2024-05-01"}'}, {"trap_address": {"since": "2024-05-01T00:00:00.000Z"}})
    person("b11_invalid", {"address": '{"post code":"3000"}'}, {"trap_address": {"city": "Bern"}})
    person("b11_null", {"address": '{"city":"Bern","zip":null}'}, {"trap_address": {"city": "Bern"}})
    person("b15", {"email": "b15@example.com", "capital": "a", "small": "x", "large": "y"},
           {"Email": "b", "trap_name": "x", "Trap_Name": "y"}, {"email": "b15@example.com"})  # fmt: skip
    person(
        "b17",
        {
            "phone": "(415) 555-2671",
            "country": "Germany",
            "gender": "female",
            "time_zone": "Eastern Time (US & Canada)",
            "email": "B17@Example.com",
        },
        fields={
            "phone": "+14155552671",
            "country": "DE",
            "gender": "F",
            "time_zone": "America/New_York",
            "email": "b17@example.com",
        },
    )
    person("b17_unmappable", {"country": "Atlantis"})
    person("0b18", {"city": "Bern"}, in_braze=False)
    person("0B18", {"city": "Bern"}, fields={"home_city": "Bern"})
    shop.exported[-1]["external_id"] += ".0"
    person("b36", {"blocked": "a"})

    # Segment
    winner, loser, first = f"use_{shop.mark}_s01", f"use_{shop.mark}_s01_loser", f"use_{shop.mark}_s01_first"
    person("s01", {"city": "Bern", "text": "old"}, {"trap_text": "new"}, {"home_city": "Bern"})
    for gone, into in ((first, loser), (loser, winner)):
        shop.tables["profile_merges"].append({"canonical_segment_id": into, "segment_id": gone, **time_of(100)})
    shop.trait(first, "text", "new", 50)
    shop.trait(loser, "city", "Basel", 300)
    person("s02", {"city": "Bern"}, fields={"home_city": "Basel"})
    person("s02_twin", fields={"home_city": "Basel"})
    shop.tables["user_identifiers"][-1]["canonical_segment_id"] = f"use_{shop.mark}_s02"
    shop.tables["user_identifiers"][-1]["timestamp"] = time_of(20)["timestamp"]
    person("s03", {"text": "a"}, {"trap_text": "a", "trap_number": 7}, {"home_city": "Bern"})
    person("s03_gone", fields={"home_city": "Bern"})
    shop.tables["user_identifiers"].pop()
    person("s04", {"text": None, "clears": None}, {"trap_text": "a", "trap_clears": "a"})
    person("s04_absent", {"text": "a"}, {"trap_text": "a", "trap_clears": "a"})
    person("s05", {"firstName": "Ann", "first_name": "Bob"}, fields={"first_name": "Ann"})
    person(
        "s06",
        {"address": '{"country":"DE"}'},
        {"trap_address": {"country": "DE"}},
        {"country": "FR", "dob": "1980-12-21"},
    )
    person("s07", {"text": "a"}, {"trap_text": "a", "company": {"name": "x"}, "birthday": "1980-12-21", "id": "7"})
    person("s08", {"lastName": None, "firstName": ""}, fields={"last_name": "Lee", "first_name": "Ann"})
    person("s09", {"city": "Bern"}, in_braze=False)
    person("s12_absent", {"text": "a"}, {"trap_text": "a"})
    person("s12_false", {"vip": "false", "churn": "false"})
    person("s12_null", {"vip": None, "churn": None}, {"trap_is_vip": False, "trap_segments": []})
    person("s12_member", {"vip": "true", "churn": "true"}, {"trap_is_vip": True, "trap_segments": ["other", "churn"]})
    person("s12_enter", {"vip": "true", "churn": "true"}, {"trap_is_vip": False, "trap_segments": ["other"]})
    person(
        "s12_leave", {"vip": "false", "text": "a"}, {"trap_is_vip": True, "trap_segments": ["churn"], "trap_text": "a"}
    )
    person("s13", {"unmapped_audience": "true", "text": "a"}, {"trap_text": "a"})
    person("s23", {"city": "Bern", "vip": "true"}, fields={"home_city": "Basel"})
    person(
        "s24",
        {"number": '"42"', "flag": '"true"', "tags": '"[\\"a\\"]"', "moment": "2024-05-01 10:00:00", "text": '"a"'},
        {
            "trap_number": 42,
            "trap_flag": True,
            "trap_tags": ["a"],
            "trap_moment": "2024-05-01T10:00:00.000Z",
            "trap_text": "a",
        },
    )
    person("s26", {"city": "Bern"}, fields={"home_city": "Basel"}, hours_ago=1)
    person("s28", {"city": "Bern"}, fields={"home_city": "Basel"})
    person("S28", {"city": "Chur"}, fields={"home_city": "Chur"})
    person("s32", {"city": "Bern"}, fields={"home_city": "Bern"}, hours_ago=100)
    shop.trait(f"use_{shop.mark}_s32", "city", "Basel", None)
    (folder / "suppressions.csv").write_text(f"user_id,suppressed_at\n{shop.mark}_s23,2024-05-01T10:00:00Z\n")
    return world.look()


def test_braze_trap_04_absent_null_empty_list_and_empty_text_are_different(world: World) -> None:
    assert world.drift("b04") == {"trap_tags": ([], "first_seen"), "home_city": ("", "first_seen")}
    assert world.drift("b04_held") == {}


def test_braze_trap_05_dob_comes_back_as_a_timestamp(world: World) -> None:
    assert world.drift("b05") == {}
    assert world.drift("b05_other") == {"dob": ("1980-12-21", "first_seen")}


def test_braze_trap_06_timestamps_have_several_formats(world: World) -> None:
    for number in range(3):
        assert "trap_moment" in world.naive(f"b06_{number}")
        assert world.drift(f"b06_{number}") == {}


def test_braze_trap_07_times_are_normalised_and_texts_like_dates_become_times(world: World) -> None:
    for name in ("b07_offset", "b07_date", "b07_text"):
        assert {"trap_moment", "trap_text"} & world.naive(name)
        assert world.drift(name) == {}
    assert world.drift("b07_other") == {"trap_moment": ("2024-05-01T08:00:00.000Z", "first_seen")}


def test_braze_trap_08_a_number_is_not_its_text_and_one_is_one_point_nought(world: World) -> None:
    assert "trap_number" not in world.naive("b08_text")
    assert world.drift("b08_text") == {"trap_number": (321, "first_seen")}
    assert world.drift("b08_number") == {"trap_text": ("321", "first_seen")}
    assert "trap_number" in world.naive("b08_float")
    assert world.drift("b08_float") == {}
    assert world.drift("b08_forced") == {}


def test_braze_trap_09_what_a_forced_type_would_drop_is_invalid_and_the_rest_goes_on(world: World) -> None:
    assert world.drift("b09") == {"forced_number": ("many", "invalid"), "home_city": ("Bern", "first_seen")}


def test_braze_trap_10_arrays_are_sets_without_repeats_of_limited_length(world: World) -> None:
    for name in ("b10_set", "b10_long"):
        assert "trap_tags" in world.naive(name)
        assert world.drift(name) == {}
    assert world.drift("b10_list") == {"trap_steps": (["a", "b"], "first_seen")}


def test_braze_trap_11_siblings_survive_times_differ_in_form_and_one_bad_key_spoils_all(world: World) -> None:
    for name in ("b11_sibling", "b11_time", "b11_null"):
        assert "trap_address" in world.naive(name)
        assert world.drift(name) == {}
    assert world.drift("b11_invalid") == {"trap_address": ({"post code": "3000"}, "invalid")}


def test_braze_trap_15_names_that_differ_in_case_are_different_attributes(world: World) -> None:
    assert world.drift("b15") == {"Email": ("a", "first_seen")}
    assert "'Email'" in world.said
    assert "the first correction would create it" in world.said


def test_braze_trap_16_what_is_read_in_another_form_is_refused_instead_of_compared(shop: Shop) -> None:
    shop.add("ann", {"place": '{"longitude":7,"latitude":47}'})
    shop.config["attributes"] = [{"trait": "place", "to": "current_location"}]
    shop.write()
    done = shop.recon("run")
    assert done.code == 2
    assert "'current_location'" in done.err


def test_braze_trap_17_what_braze_normalises_is_at_most_a_matter_of_spelling(world: World) -> None:
    assert world.naive("b17") >= {"phone", "country", "gender", "time_zone", "email"}
    assert {attribute: row[1] for attribute, row in world.drift("b17").items()} == dict.fromkeys(
        ["phone", "country", "gender", "email"], "format"
    )
    assert world.drift("b17_unmappable") == {"country": ("Atlantis", "invalid")}


def test_braze_trap_18_external_ids_are_text_and_compared_exactly(world: World) -> None:
    assert {f"{world.shop.mark}_0b18", f"{world.shop.mark}_0B18"} <= set(world.missing)
    assert world.drift("0b18") == world.drift("0B18") == {}


def test_braze_traps_24_and_34_a_profile_that_is_exported_twice_counts_once(shop: Shop) -> None:
    ann = shop.add("ann", {"city": "Bern"}, fields={"home_city": "Basel"})
    shop.add("bob", {"city": "Bern"}, fields={"home_city": "Bern"})
    one, other = shop.lines()
    shop.write_export(lines=[one, other, one, other])
    shop.exported.clear()
    shop.write()
    assert shop.recon("run").code == 0
    assert shop.drift() == [(ann, "home_city", "Bern", "Basel", "first_seen")]
    assert shop.run_document["steps"]["drift"]["result"]["profiles"]["braze"] == 2


def test_braze_trap_32_what_is_equal_is_never_pushed(shop: Shop) -> None:
    shop.add("ann", {"points": "7", "tags": '["b","a"]', "joined_at": "2024-05-01"},
             {"loyalty_points": 7.0, "favorites": ["a", "b"], "signup_time": "2024-05-01T00:00:00.000Z"})  # fmt: skip
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    assert shop.sent() == []


def test_braze_trap_33_profiles_without_an_external_id_are_counted_and_left_alone(shop: Shop) -> None:
    shop.add("ann", {"email": "ann@example.com"}, fields={"email": "ann@example.com"})
    line = json.loads(shop.lines()[0])
    anonymous = {**line, "braze_id": "0" * 24, "home_city": "Basel"}
    del anonymous["external_id"]
    shop.write_export(lines=[json.dumps(each).encode() for each in (anonymous, line)])
    shop.exported.clear()
    shop.write()
    assert shop.recon("run").code == 0
    assert shop.drift() == []
    profiles = shop.run_document["steps"]["drift"]["result"]["profiles"]
    assert (profiles["matched"], profiles["only_in_braze"]) == (1, 1)


def test_braze_trap_36_a_blocklisted_attribute_is_invalid_not_drift_for_ever(world: World) -> None:
    assert "blocked" in world.naive("b36")
    assert world.drift("b36") == {"blocked": ("a", "invalid")}


def test_segment_trap_01_merged_profiles_are_one_person_through_chains_and_the_newest_row_counts(world: World) -> None:
    assert "trap_text" in world.naive("s01")
    assert world.drift("s01") == {}


def test_segment_trap_02_of_several_user_ids_one_stands_for_the_person(world: World) -> None:
    assert world.drift("s02") == {"home_city": ("Bern", "first_seen")}
    assert world.drift("s02_twin") == {}


def test_segment_trap_03_what_segment_does_not_have_is_no_drift(world: World) -> None:
    assert {"trap_number", "home_city"} <= world.naive("s03")
    assert world.drift("s03") == {}
    assert world.drift("s03_gone") == {}


def test_segment_trap_04_only_an_explicit_null_clears_and_only_where_the_policy_says_so(world: World) -> None:
    assert {"trap_text", "trap_clears"} <= world.naive("s04")
    assert world.drift("s04") == {"trap_clears": (None, "first_seen")}
    assert world.drift("s04_absent") == {}


def test_segment_trap_05_names_are_those_of_the_mapping_to_the_letter(world: World) -> None:
    assert world.drift("s05") == {}


def test_segment_trap_06_country_and_dob_come_from_their_own_traits(world: World) -> None:
    assert world.drift("s06") == {}


def test_segment_trap_07_attributes_that_nobody_mapped_are_left_alone(world: World) -> None:
    assert world.drift("s07") == {}


def test_segment_trap_08_null_names_clear_nothing_and_an_empty_one_is_a_value(world: World) -> None:
    assert world.drift("s08") == {"first_name": ("", "first_seen")}


def test_segment_trap_09_who_is_missing_in_braze_is_listed_and_has_no_drift(world: World) -> None:
    assert f"{world.shop.mark}_s09" in world.missing
    assert world.drift("s09") == {}


def test_segment_trap_12_false_null_and_absent_are_all_no_member(world: World) -> None:
    for name in ("s12_absent", "s12_false", "s12_null", "s12_member"):
        assert world.changes(name) == {}
    assert world.changes("s12_enter") == {"vip": "enter", "churn": "enter"}
    assert world.changes("s12_leave") == {"vip": "leave", "churn": "leave"}


def test_segment_trap_13_an_audience_that_is_no_attribute_is_not_compared_as_one(world: World) -> None:
    assert world.drift("s13") == {}
    assert world.changes("s13") == {}


def test_segment_trap_23_a_suppressed_person_is_not_compared(world: World) -> None:
    assert world.drift("s23") == {}
    assert world.changes("s23") == {}


def test_segment_trap_24_types_that_drifted_on_the_way_are_read_as_the_mapping_says(world: World) -> None:
    assert world.naive("s24") >= {"trap_number", "trap_flag", "trap_tags", "trap_moment", "trap_text"}
    assert world.drift("s24") == {}


def test_segment_trap_26_what_has_just_changed_may_still_be_on_its_way(world: World) -> None:
    assert world.drift("s26") == {"home_city": ("Bern", "in_flight")}


def test_segment_trap_28_ids_that_differ_in_case_are_two_people(world: World) -> None:
    assert world.drift("s28") == {"home_city": ("Bern", "first_seen")}
    assert world.drift("S28") == {}


def test_segment_trap_32_a_row_without_a_time_is_the_oldest(world: World) -> None:
    assert world.drift("s32") == {}
