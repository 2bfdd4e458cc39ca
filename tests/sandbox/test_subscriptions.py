"""Subscription groups over REST."""

from __future__ import annotations

import pytest
from sandbox_workspace import DIGEST, OFFERS


def set_group(braze, state="unsubscribed", group=DIGEST, **whom):
    entry = {"subscription_group_id": group, "subscription_state": state, **whom}
    answer = braze.post("/v2/subscription/status/set", {"subscription_groups": [entry]})
    braze.sandbox.settle()
    return answer


def status(braze, **whom):
    return braze.get("/subscription/status/get", subscription_group_id=DIGEST, **whom).json()["status"]


def test_a_group_never_set_is_unknown_and_not_listed(braze, person):
    braze.applied({"external_id": person})
    assert status(braze, **{"external_id[]": [person, "nobody"]}) == {person: "unknown", "nobody": "unknown"}
    assert braze.get("/subscription/user/status", **{"external_id[]": person}).json() == {
        "users": [{"email": None, "phone": None, "external_id": person, "subscription_groups": []}],
        "total_count": 1,
        "message": "success",
    }


def test_states_are_written_small_and_read_capitalised(braze, person):
    braze.applied({"external_id": person})
    assert set_group(braze, external_ids=[person]).json() == {"message": "success"}
    assert status(braze, external_id=person) == {person: "Unsubscribed"}
    (user,) = braze.get("/subscription/user/status", external_id=person).json()["users"]
    assert user["subscription_groups"] == [
        {"id": DIGEST, "name": "Weekly digest", "channel": "email", "status": "Unsubscribed"}
    ]


def test_an_email_group_spreads_by_email_and_a_phone_group_by_phone(braze, person):
    mail, number = f"{person}@example.com", f"+1415555{int(person[2:]):04}"
    same_mail, same_phone = f"{person}_mail", f"{person}_phone"
    braze.track(
        {"external_id": person, "email": mail, "phone": number},
        {"external_id": same_mail, "email": mail},
        {"external_id": same_phone, "phone": number},
    )
    braze.sandbox.settle()
    set_group(braze, external_ids=[person])
    set_group(braze, group=OFFERS, phones=[number])
    groups = {i: braze.sandbox.profile(i)["groups"] for i in (person, same_mail, same_phone)}
    assert groups == {
        person: {DIGEST: "Unsubscribed", OFFERS: "Unsubscribed"},
        same_mail: {DIGEST: "Unsubscribed"},
        same_phone: {OFFERS: "Unsubscribed"},
    }


def test_a_group_keeps_its_state_through_a_global_opt_out(braze, person):
    braze.applied({"external_id": person})
    set_group(braze, "subscribed", external_ids=[person])
    profile = braze.applied({"external_id": person, "email_subscribe": "unsubscribed"})
    assert profile["groups"] == {DIGEST: "Subscribed"}


def test_the_first_version_sets_one_group(braze, person):
    braze.applied({"external_id": person})
    body = {"subscription_group_id": DIGEST, "subscription_state": "subscribed", "external_id": [person]}
    assert braze.post("/subscription/status/set", body).status_code == 201
    braze.sandbox.settle()
    assert status(braze, external_id=person) == {person: "Subscribed"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group": "nothing", "external_ids": ["a"]}, "Invalid subscription group ID"),
        (
            {"emails": ["a@example.com"], "phones": ["+1"]},
            "Either an email address or a phone number should be provided, but not both.",
        ),
        ({"state": "maybe", "external_ids": ["a"]}, "'subscription_state' must be subscribed or unsubscribed"),
        ({"external_ids": ["a"] * 51}, "a single request may not contain more than 50 external_ids"),
    ],
)
def test_what_braze_refuses_is_refused(braze, change, message):
    answer = set_group(braze, **change)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_user_status_pages(braze, person):
    mail = f"{person}@example.com"
    braze.track(*({"external_id": f"{person}_{n}", "email": mail} for n in range(3)))
    braze.sandbox.settle()
    pages = [braze.get("/subscription/user/status", email=mail, limit=2, offset=n).json() for n in (0, 2)]
    assert [(len(p["users"]), p["total_count"]) for p in pages] == [(2, 3), (1, 3)]
