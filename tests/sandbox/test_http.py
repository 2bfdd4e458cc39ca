"""What every request to the simulated Braze passes: key, permission, limits, form."""

from __future__ import annotations

import json
import time

import pytest
import requests


def test_an_unknown_key_is_refused_and_echoed_as_braze_does(braze):
    answer = braze.get("/segments/list", key="nobody")
    assert (answer.status_code, answer.json()) == (401, {"message": "Invalid API key: nobody"})


def test_a_request_without_a_key_is_refused(braze):
    assert requests.get(braze.url + "/segments/list").status_code == 401


def test_a_key_without_the_permission_is_refused(braze):
    answer = braze.post("/users/track", {"attributes": [{"external_id": "x"}]}, key="key-lists")
    assert answer.status_code == 403
    assert braze.get("/segments/list", key="key-lists").status_code == 200


def test_an_unknown_url_is_not_found(braze):
    answer = braze.get("/users/tracks")
    assert (answer.status_code, answer.json()) == (404, {"message": "Invalid URL"})
    assert braze.get("/users/track").status_code == 404


@pytest.mark.parametrize("path", ["/users/track", "/nowhere"])
def test_every_answer_carries_its_pool_and_a_request_id(braze, path):
    answer = braze.post(path, {}, key="nobody")
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id")
    assert all(answer.headers.get(name) for name in names)


def test_a_body_beyond_four_megabytes_is_too_large(braze):
    assert braze.track({"external_id": "big", "text": "x" * (4 << 20)}).status_code == 413


def test_a_body_that_is_not_declared_as_json_is_refused(braze):
    headers = {"Authorization": "Bearer key-all", "Content-Type": "text/plain"}
    assert requests.post(braze.url + "/users/track", data="{}", headers=headers).status_code == 415


def test_malformed_json_is_a_bad_request(braze):
    headers = {"Authorization": "Bearer key-all", "Content-Type": "application/json"}
    assert requests.post(braze.url + "/users/track", data='{"attributes": [', headers=headers).status_code == 400


def test_a_used_up_window_answers_429_until_the_clock_aligned_reset(launch):
    workspace = launch(limits={"track": {"limit": 2, "seconds": 1}})
    now = time.time()
    time.sleep(1 - now % 1)  # the start of a window
    answers = [workspace.track({"external_id": "a"}) for _ in range(3)]
    assert [a.status_code for a in answers] == [201, 201, 429]
    assert [a.headers["X-RateLimit-Remaining"] for a in answers] == ["1", "0", "0"]
    reset = int(answers[2].headers["X-RateLimit-Reset"])
    time.sleep(max(0, reset - time.time()))
    assert workspace.track({"external_id": "a"}).status_code == 201


def test_pools_are_shared_and_shown_per_endpoint(braze):
    limits = {
        path: braze.post(path, {}).headers["X-RateLimit-Limit"]
        for path in ("/users/track", "/users/merge", "/users/delete", "/v2/subscription/status/set")
    }
    assert list(limits.values()) == ["3000", "20000", "20000", "5000"]
    before = int(braze.post("/users/merge", {}).headers["X-RateLimit-Remaining"])
    after = int(braze.post("/users/delete", {}).headers["X-RateLimit-Remaining"])
    assert after in (before - 1, 19_999)  # one less, or a new minute


def test_the_log_names_the_key_and_never_holds_it(braze, person):
    braze.track({"external_id": person}, {"external_id": person})
    logged = [r for r in braze.sandbox.requests("/users/track") if person in (r["body"] or "")]
    assert [(r["key"], r["objects"], r["status"]) for r in logged] == [("all", 2, 201)]
    assert "key-all" not in json.dumps(logged)


def test_the_log_can_be_read_from_where_one_left_off(braze, person):
    last = max((r["n"] for r in braze.sandbox.requests()), default=0)
    braze.track({"external_id": person})
    assert [r["path"] for r in braze.sandbox.requests(after=last)] == ["/users/track"]


def test_the_control_surface_is_closed_to_web_pages(braze):
    headers = {"Origin": "http://evil.example"}
    assert requests.get(braze.url + "/_sandbox/requests", headers=headers).status_code == 403
