"""Segment's /v1/batch: 200 for nearly everything, and an account of what was dropped."""

from __future__ import annotations

import gzip
import json

import pytest
import requests


def event(person, number=1, **other):
    return {"type": "track", "event": "Email Opened", "userId": person, "messageId": f"{person}-{number}", **other}


@pytest.fixture
def send(braze):
    """Sends a batch; answers (status, how each event was dropped)."""
    last = max((e["n"] for e in braze.sandbox.events()), default=0)

    def send(*events, write_key="write-key", **options):
        answer = requests.post(braze.url + "/v1/batch", json={"writeKey": write_key, "batch": events}, **options)
        return answer.status_code, [e["dropped"] for e in braze.sandbox.events(after=last)]

    return send


def test_an_event_is_kept_as_sent(braze, send, person):
    sent = event(person, properties={"campaign_id": "c1"})
    assert send(sent) == (200, [None])
    assert [e["body"] for e in braze.sandbox.events() if e["user_id"] == person] == [sent]


def test_what_segment_drops_is_dropped_silently(send, person):
    huge = event(person, 3, properties={"text": "x" * 33_000})
    nobody = {"type": "track", "event": "e", "messageId": person + "-4"}
    nameless = {**event(person, 5), "event": ""}
    suppressed = {**event(person, 6), "userId": "suppressed_person"}
    status, dropped = send(event(person), event(person), huge, nobody, nameless, suppressed)
    assert status == 200
    assert dropped == [None, "duplicate", "too large", "no id", "no event", "suppressed"]


def test_a_repeated_message_is_a_duplicate_across_requests(send, person):
    assert send(event(person)) == (200, [None])
    assert send(event(person)) == (200, [None, "duplicate"])


def test_without_message_id_a_repeat_is_a_second_event(send, person):
    bare = {k: v for k, v in event(person).items() if k != "messageId"}
    send(bare)
    assert send(bare) == (200, [None, None])


def test_an_unknown_write_key_is_not_told(send, person):
    assert send(event(person), write_key="wrong") == (200, ["write key"])


def test_the_write_key_may_come_as_basic_auth(braze, person):
    requests.post(braze.url + "/v1/batch", json={"batch": [event(person)]}, auth=("write-key", ""))
    assert [e["dropped"] for e in braze.sandbox.events() if e["user_id"] == person] == [None]


def test_too_many_events_are_all_dropped(send, person):
    small = [{"type": "track", "event": "e", "userId": person} for _ in range(2_501)]
    status, dropped = send(*small)
    assert (status, set(dropped), len(dropped)) == (200, {"too many events"}, 2_501)


def test_gzip_is_accepted_and_its_content_counts(braze, person):
    def post(body):
        return requests.post(braze.url + "/v1/batch", gzip.compress(body), headers={"Content-Encoding": "gzip"})

    body = {"writeKey": "write-key", "batch": [event(person)]}
    assert post(json.dumps(body).encode()).status_code == 200
    body["batch"] = [event(person, n, properties={"text": "x" * 30_000}) for n in range(20)]
    assert post(json.dumps(body).encode()).status_code == 400
    assert [e["dropped"] for e in braze.sandbox.events() if e["user_id"] == person] == [None]


def test_invalid_json_is_a_bad_request(braze):
    assert requests.post(braze.url + "/v1/batch", data="{").status_code == 400
