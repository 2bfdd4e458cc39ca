"""/users/track as Braze answers and applies it."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import pytest

BAD_EMAIL = "The value provided for the 'email' field is not a valid email."


def test_errors_name_array_and_index_and_the_others_go_on(braze, person):
    answer = braze.track(
        {"external_id": person, "plan": "gold"},
        {"plan": "no identifier"},
        {"external_id": "other", "email": "not an e-mail"},
        events=[{"external_id": person, "time": "2024-01-01T00:00:00Z"}],
    )
    assert answer.status_code == 201
    body = answer.json()
    assert (body["message"], body["attributes_processed"]) == ("success", 1)
    assert "events_processed" not in body
    assert [(e["input_array"], e["index"]) for e in body["errors"]] == [
        ("attributes", 1),
        ("attributes", 2),
        ("events", 0),
    ]
    assert body["errors"][1]["type"] == BAD_EMAIL


def test_a_request_without_any_valid_object_is_a_bad_request(braze):
    answer = braze.track({"plan": "gold"})
    assert answer.status_code == 400
    body = answer.json()
    assert body["message"].startswith("Valid data must be provided in the 'attributes', 'events', or 'purchases'")
    assert body["errors"][0]["index"] == 0


def test_seventy_five_objects_are_counted_over_all_arrays(braze, person):
    event = {"external_id": person, "name": "e", "time": "2024-01-01"}
    assert braze.track(*[{"external_id": person}] * 75).status_code == 201
    answer = braze.track(*[{"external_id": person}] * 75, events=[event])
    assert (answer.status_code, answer.json()["message"]) == (400, "Max Input Length Exceeded")


def test_the_legacy_limit_counts_each_array(launch):
    workspace = launch(modes={"track_objects": "per_array"})
    event = {"external_id": "a", "name": "e", "time": "2024-01-01"}
    assert workspace.track(*[{"external_id": "a"}] * 75, events=[event]).status_code == 201
    assert workspace.track(*[{"external_id": "a"}] * 76).status_code == 400


def test_accepted_is_not_applied(launch):
    workspace = launch(apply_delay=[0.3, 0.3])
    assert workspace.track({"external_id": "a", "plan": "gold"}).status_code == 201
    assert workspace.sandbox.profile("a") is None
    workspace.sandbox.settle()
    assert workspace.sandbox.profile("a")["custom_attributes"] == {"plan": "gold"}


def test_update_only_never_creates(braze, person):
    braze.track({"external_id": person, "_update_existing_only": True, "plan": "gold"})
    braze.sandbox.settle()
    assert braze.sandbox.profile(person) is None


def test_an_alias_updates_only_unless_told_otherwise(braze, person):
    alias = {"alias_label": "anonymous", "alias_name": person}
    braze.track({"user_alias": alias, "plan": "a"})
    braze.sandbox.settle()
    asked = {"user_aliases": [alias], "fields_to_export": ["custom_attributes", "external_id", "user_aliases"]}
    assert braze.post("/users/export/ids", asked).json()["users"] == []
    braze.track({"user_alias": alias, "plan": "b", "_update_existing_only": False})
    braze.sandbox.settle()
    assert braze.post("/users/export/ids", asked).json()["users"] == [
        {"user_aliases": [alias], "custom_attributes": {"plan": "b"}}
    ]


def test_an_email_identifies_only_without_a_stronger_identifier(braze, person):
    mail = f"{person}@example.com"
    braze.applied({"external_id": person, "email": mail})
    braze.track({"email": mail.upper(), "plan": "by mail"})
    braze.sandbox.settle()
    profile = braze.sandbox.profile(person)
    assert profile["custom_attributes"] == {"plan": "by mail"}
    assert profile["fields"]["email"] == mail


def test_an_unknown_email_makes_an_email_only_profile(braze, person):
    mail = f"{person}@example.com"
    braze.track({"email": mail, "plan": "new"})
    braze.sandbox.settle()
    asked = {"email_address": mail, "fields_to_export": ["email", "external_id", "user_aliases"]}
    assert braze.post("/users/export/ids", asked).json()["users"] == [{"user_aliases": [], "email": mail}]


def test_null_removes_and_absent_leaves_alone(braze, person):
    braze.applied({"external_id": person, "first_name": "Ann", "plan": "gold", "kept": 1})
    profile = braze.applied({"external_id": person, "first_name": None, "plan": None})
    assert "first_name" not in profile["fields"]
    assert profile["custom_attributes"] == {"kept": 1}


def test_standard_fields_are_normalised_as_braze_does(braze, person):
    sent = {
        "country": "Germany",
        "phone": "(415) 555-0134",
        "time_zone": "Europe/Berlin",
        "gender": "f",
        "dob": "1980-12-21",
    }
    fields = braze.applied({"external_id": person, **sent})["fields"]
    assert {name: fields[name] for name in sent} == {
        "country": "DE",
        "phone": "+14155550134",
        "time_zone": "Europe/Berlin",
        "gender": "F",
        "dob": "1980-12-21",
    }


def test_what_a_standard_field_cannot_hold_changes_nothing(braze, person):
    good = {"time_zone": "Europe/Berlin", "gender": "F", "dob": "1980-12-21", "email_subscribe": "opted_in"}
    braze.applied({"external_id": person, **good})
    bad = {"time_zone": "Mars/Base", "gender": "female", "dob": "1980-13-21", "email_subscribe": "yes"}
    fields = braze.applied({"external_id": person, **bad})["fields"]
    assert {name: fields[name] for name in good} == good


def test_an_unmappable_country_is_stored_as_null(braze, person):
    braze.applied({"external_id": person, "country": "DE"})
    assert "country" not in braze.applied({"external_id": person, "country": "Atlantis"})["fields"]


def test_names_are_case_sensitive_and_an_unknown_one_becomes_a_custom_attribute(braze, person):
    profile = braze.applied({"external_id": person, "Email": "someone@example.com", "bio": "gone"})
    assert profile["custom_attributes"] == {"Email": "someone@example.com"}
    listed = braze.get("/custom_attributes").json()["attributes"]
    assert {"Email": "String (Automatically Detected)"}.items() <= {a["name"]: a["data_type"] for a in listed}.items()


def test_a_blocklisted_attribute_is_dropped_silently(braze, person):
    answer = braze.track({"external_id": person, "blocked": "x", "plan": "gold"})
    assert "errors" not in answer.json()
    braze.sandbox.settle()
    assert braze.sandbox.profile(person)["custom_attributes"] == {"plan": "gold"}


def test_a_value_that_a_forced_type_cannot_take_is_ignored_silently(braze, person):
    profile = braze.applied({"external_id": person, "forced_number": "7.5", "forced_text": "12/1/2021"})
    assert profile["custom_attributes"] == {"forced_number": 7.5, "forced_text": "12/1/2021"}
    answer = braze.track({"external_id": person, "forced_number": "many"})
    assert answer.json() == {"attributes_processed": 1, "message": "success"}
    braze.sandbox.settle()
    assert braze.sandbox.profile(person)["custom_attributes"]["forced_number"] == 7.5


def test_an_object_is_overwritten_unless_merging_is_asked_for(braze, person):
    braze.applied({"external_id": person, "address": {"city": "Bonn", "zip": "53111"}})
    merged = braze.applied({"external_id": person, "address": {"city": "Ulm"}, "_merge_objects": True})
    assert merged["custom_attributes"]["address"] == {"city": "Ulm", "zip": "53111"}
    replaced = braze.applied({"external_id": person, "address": {"city": "Kiel"}})
    assert replaced["custom_attributes"]["address"] == {"city": "Kiel"}


def test_the_catalogue_sets_the_length_of_an_array(braze, person):
    profile = braze.applied({"external_id": person, "short_list": [1, 2, 3, 4], "long_list": list(range(30))})
    assert profile["custom_attributes"] == {"short_list": [1, 2, 3], "long_list": list(range(25))}


def test_events_are_never_deduplicated(braze, person):
    event = {"external_id": person, "name": "visit", "time": "2999-01-01T00:00:00Z"}  # the future becomes now
    for _ in range(2):
        braze.track(events=[event])
    braze.sandbox.settle()
    (user,) = braze.exported(person, fields="custom_events")["users"]
    assert [(e["name"], e["count"], e["last"] < "2999") for e in user["custom_events"]] == [("visit", 2, True)]


def test_purchases_add_up(braze, person):
    bought = {"external_id": person, "product_id": "p", "currency": "EUR", "time": "2020-01-01", "price": "2.5"}
    answer = braze.track(purchases=[{**bought, "quantity": 3}, {**bought, "quantity": 0}])
    assert answer.json()["errors"] == [{"type": "'quantity' is not valid", "input_array": "purchases", "index": 1}]
    braze.sandbox.settle()
    (user,) = braze.exported(person, fields="total_revenue purchases")["users"]
    assert user == {"total_revenue": 7.5}  # what was last seen more than 90 days ago is not listed


def test_a_purchase_needs_a_price_that_is_a_number(braze, person):
    bought = {"external_id": person, "product_id": "p", "currency": "EUR", "time": "2026-01-01", "price": "nan"}
    assert braze.track(purchases=[bought]).json()["errors"][0]["type"] == "'price' is not valid"


def test_properties_have_a_largest_size(braze, person):
    event = {"external_id": person, "name": "visit", "time": "2026-01-01"}
    bought = {"external_id": person, "product_id": "p", "currency": "EUR", "time": "2026-01-01", "price": 1}

    def size(bytes_: int) -> dict:
        return {"properties": {"nested": {"text": "x" * bytes_}}}

    answer = braze.track(
        events=[event | size(99_000), event | size(100_000)], purchases=[bought | size(49_000), bought | size(50_000)]
    )
    errors = [(each["type"], each["input_array"], each["index"]) for each in answer.json()["errors"]]
    assert errors == [("'properties' is too large", array, 1) for array in ("events", "purchases")]


@pytest.mark.parametrize(("mode", "kept"), [("ignore", {}), ("truncate", {"t": "x" * 255}), ("keep", {"t": "x" * 256})])
def test_a_property_that_is_too_long_fares_as_the_mode_says(launch, mode, kept):
    workspace = launch(modes={"long_strings": mode})
    event = {"external_id": "a", "name": "visit", "time": "2026-01-01", "properties": {"t": "x" * 256, "n": 1}}
    workspace.track(events=[event])
    workspace.sandbox.settle()
    with contextlib.closing(sqlite3.connect(workspace.folder / "braze.sqlite")) as store:
        [(doc,)] = store.execute("SELECT doc FROM events").fetchall()
    assert json.loads(doc)["properties"] == {"n": 1} | kept


def test_an_opt_out_spreads_to_everyone_with_the_address(braze, person):
    mail = f"{person}@example.com"
    twins = [f"{person}_{n}" for n in range(2)]
    braze.track(*({"external_id": twin, "email": mail} for twin in twins))
    braze.sandbox.settle()
    group = {"subscription_group_id": "22222222-2222-4222-8222-222222222222", "subscription_state": "unsubscribed"}
    braze.track({"external_id": twins[0], "email_subscribe": "unsubscribed", "subscription_groups": [group]})
    braze.sandbox.settle()
    for twin in twins:
        profile = braze.sandbox.profile(twin)
        assert profile["fields"]["email_subscribe"] == "unsubscribed"
        assert profile["groups"] == {group["subscription_group_id"]: "Unsubscribed"}


def test_concurrent_requests_of_one_profile_lose_updates_in_that_mode(launch):
    workspace = launch(modes={"lost_updates": True}, apply_delay=[0.1, 0.1])
    workspace.applied({"external_id": "a", "plan": "old", "points": 0})
    workspace.track({"external_id": "a", "plan": "new"})
    workspace.track({"external_id": "a", "points": 7})
    workspace.sandbox.settle()
    assert workspace.sandbox.profile("a")["custom_attributes"] == {"plan": "old", "points": 7}
    workspace.applied({"external_id": "a", "plan": "new"})
    assert workspace.sandbox.profile("a")["custom_attributes"] == {"plan": "new", "points": 7}


def test_a_number_as_external_id_becomes_text_or_is_refused(launch):
    workspace = launch(modes={"numeric_external_id": "refuse"})
    assert workspace.track({"external_id": 12345}).status_code == 400


def test_a_number_as_external_id_is_kept_as_text(braze):
    braze.track({"external_id": 12345, "plan": "x"})
    braze.sandbox.settle()
    assert braze.sandbox.profile("12345")["external_id"] == "12345"


@pytest.mark.parametrize("twin", [" id ", "ID", "id"])
def test_external_ids_are_opaque(braze, person, twin):
    external_id = twin + person
    braze.applied({"external_id": external_id, "who": external_id})
    assert braze.sandbox.profile(external_id)["custom_attributes"] == {"who": external_id}
