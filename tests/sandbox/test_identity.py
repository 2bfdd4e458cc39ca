"""Identity endpoints: answers count what is queued; profiles change later, by the documented rules."""

from __future__ import annotations

import pytest

LABEL = "anonymous"


def alias(name):
    return {"alias_label": LABEL, "alias_name": name}


def alias_only(braze, name, **attributes):
    braze.track({"user_alias": alias(name), "_update_existing_only": False, **attributes})
    braze.sandbox.settle()


def aliases(braze, external_id):
    return braze.sandbox.profile(external_id)["user_aliases"]


def settled(braze, path, body):
    answer = braze.post(path, body)
    braze.sandbox.settle()
    return answer.status_code, answer.json()


def test_a_label_and_a_pair_are_given_once(braze, person):
    twin = person + "_twin"
    braze.track({"external_id": person}, {"external_id": twin})
    braze.sandbox.settle()
    for who, name in ((person, person), (person, "second name"), (twin, person)):
        body = {"user_aliases": [{"external_id": who, **alias(name)}]}
        assert settled(braze, "/users/alias/new", body) == (201, {"aliases_processed": 1, "message": "success"})
    assert aliases(braze, person) == [alias(person)]
    assert aliases(braze, twin) == []


def test_an_alias_can_be_renamed(braze, person):
    alias_only(braze, person)
    change = {"alias_label": LABEL, "old_alias_name": person, "new_alias_name": person + "_new"}
    settled(braze, "/users/alias/update", {"alias_updates": [change]})
    braze.track({"user_alias": alias(person + "_new"), "plan": "found"})
    braze.sandbox.settle()
    asked = {"user_aliases": [alias(person + "_new")], "fields_to_export": ["custom_attributes"]}
    assert braze.post("/users/export/ids", asked).json()["users"] == [{"custom_attributes": {"plan": "found"}}]


def test_identify_stamps_an_unknown_external_id_on_the_alias_profile(braze, person):
    alias_only(braze, person, plan="gold")
    body = {"aliases_to_identify": [{"external_id": person, "user_alias": alias(person)}]}
    assert settled(braze, "/users/identify", body) == (201, {"aliases_processed": 1, "message": "success"})
    assert braze.sandbox.profile(person)["custom_attributes"] == {"plan": "gold"}


def test_identify_merges_into_a_known_user_and_the_known_value_wins(braze, person):
    alias_only(braze, person, plan="theirs", points=7, first_name="Ann")
    braze.applied({"external_id": person, "plan": "ours"})
    settled(braze, "/users/identify", {"aliases_to_identify": [{"external_id": person, "user_alias": alias(person)}]})
    profile = braze.sandbox.profile(person)
    assert profile["custom_attributes"] == {"plan": "ours", "points": 7}
    assert profile["fields"]["first_name"] == "Ann"
    assert profile["user_aliases"] == [alias(person)]


def test_identify_combines_nothing_when_the_user_has_the_label(braze, person):
    braze.applied({"external_id": person})
    settled(braze, "/users/alias/new", {"user_aliases": [{"external_id": person, **alias(person + "_own")}]})
    alias_only(braze, person, plan="theirs")
    settled(braze, "/users/identify", {"aliases_to_identify": [{"external_id": person, "user_alias": alias(person)}]})
    assert braze.sandbox.profile(person)["custom_attributes"] == {}


def test_identify_without_external_id_is_a_minor_error(braze, person):
    body = {"aliases_to_identify": [{"user_alias": alias(person)}]}
    status, answer = settled(braze, "/users/identify", body)
    assert (status, answer["aliases_processed"], answer["message"]) == (201, 0, "success")
    assert answer["errors"] == [{"type": "'external_id' is required", "input_array": "user_identifiers", "index": 0}]


def test_merge_keeps_the_target_and_fills_what_it_lacks(braze, person):
    twin, mail = person + "_twin", f"{person}@example.com"
    braze.track(
        {"external_id": person, "plan": "ours", "first_name": "Ann"},
        {"external_id": twin, "plan": "theirs", "email": mail, "first_name": "Anna", "points": 7},
        purchases=[{"external_id": twin, "product_id": "p", "currency": "EUR", "time": "2020-01-01", "price": 3}],
    )
    braze.sandbox.settle()
    update = {"identifier_to_merge": {"external_id": twin}, "identifier_to_keep": {"external_id": person}}
    assert settled(braze, "/users/merge", {"merge_updates": [update]}) == (202, {"message": "success"})
    profile = braze.sandbox.profile(person)
    assert braze.sandbox.profile(twin) is None
    assert profile["custom_attributes"] == {"plan": "ours", "points": 7}
    assert (profile["fields"]["first_name"], profile["fields"]["email"]) == ("Ann", mail)
    assert braze.exported(person, fields="total_revenue")["users"] == [{"total_revenue": 3.0}]


def test_a_second_merge_finds_nothing_to_do(braze, person):
    braze.applied({"external_id": person})
    update = {"identifier_to_merge": {"external_id": "gone"}, "identifier_to_keep": {"external_id": person}}
    assert settled(braze, "/users/merge", {"merge_updates": [update]})[0] == 202
    assert braze.sandbox.profile(person) is not None


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        ({}, "'merge_updates' must be an array of objects"),
        ([{}] * 51, "a single request may not contain more than 50 merge updates"),
        (
            [{"identifier_to_merge": {"external_id": "a"}}],
            "'merge_updates' must only have 'identifier_to_merge' and 'identifier_to_keep'",
        ),
    ],
)
def test_merge_refuses(braze, updates, message):
    assert settled(braze, "/users/merge", {"merge_updates": updates}) == (400, {"message": message})


def test_an_email_that_prioritization_leaves_ambiguous_merges_nothing(braze, person):
    mail = f"{person}@example.com"
    twins = [f"{person}_{n}" for n in range(3)]
    braze.track(*({"external_id": t, "email": mail} for t in twins[:2]), {"external_id": twins[2]})
    braze.sandbox.settle()
    subject = {"email": mail, "prioritization": ["identified"]}
    update = {"identifier_to_merge": subject, "identifier_to_keep": {"external_id": twins[2]}}
    settled(braze, "/users/merge", {"merge_updates": [update]})
    assert all(braze.sandbox.profile(t) for t in twins)
    subject["prioritization"].append("most_recently_updated")
    settled(braze, "/users/merge", {"merge_updates": [update]})
    assert sum(braze.sandbox.profile(t) is not None for t in twins) == 2


def test_deleted_counts_what_was_asked_for_not_what_existed(braze, person):
    before = braze.applied({"external_id": person})
    body = {"external_ids": [person, "never_there"]}
    assert settled(braze, "/users/delete", body) == (201, {"deleted": 2, "message": "success"})
    assert braze.sandbox.profile(person) is None
    assert braze.applied({"external_id": person})["braze_id"] != before["braze_id"]


def test_a_renamed_id_still_addresses_the_profile_until_it_is_removed(braze, person):
    new = person + "_new"
    braze.applied({"external_id": person, "plan": "gold"})
    change = {"current_external_id": person, "new_external_id": new}
    status, answer = settled(braze, "/users/external_ids/rename", {"external_id_renames": [change]})
    assert (status, answer) == (201, {"external_ids": [change], "rename_errors": [], "message": "success"})
    assert braze.sandbox.profile(person)["external_id"] == new
    _, again = settled(braze, "/users/external_ids/rename", {"external_id_renames": [change]})
    assert again["external_ids"] == [] and again["rename_errors"][0][0] == 0
    _, removed = settled(braze, "/users/external_ids/remove", {"external_ids": [person, new]})
    assert removed["removed_ids"] == [person] and removed["removal_errors"][0][0] == 1
    assert braze.sandbox.profile(person) is None
    assert braze.sandbox.profile(new) is not None


def test_deleting_a_deprecated_id_destroys_the_living_profile(braze, person):
    new = person + "_new"
    braze.applied({"external_id": person})
    change = {"current_external_id": person, "new_external_id": new}
    settled(braze, "/users/external_ids/rename", {"external_id_renames": [change]})
    settled(braze, "/users/delete", {"external_ids": [person]})
    assert braze.sandbox.profile(new) is None


def test_an_opt_out_survives_a_merge_only_where_the_mode_says_so(launch):
    workspace = launch(modes={"merge_subscription": "strictest"})
    workspace.track({"external_id": "a"}, {"external_id": "b", "email_subscribe": "unsubscribed"})
    workspace.sandbox.settle()
    update = {"identifier_to_merge": {"external_id": "b"}, "identifier_to_keep": {"external_id": "a"}}
    settled(workspace, "/users/merge", {"merge_updates": [update]})
    assert workspace.sandbox.profile("a")["fields"]["email_subscribe"] == "unsubscribed"
