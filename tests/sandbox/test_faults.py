"""Faults that are switched on while the sandbox runs."""

from __future__ import annotations

import pytest
import requests


def kept(braze, person):
    braze.sandbox.settle()
    return braze.sandbox.profile(person) is not None


def test_a_429_comes_with_the_window_or_without_any_header(braze, person):
    braze.sandbox.fault("/users/track", "status", status=429, count=1)
    full = braze.track({"external_id": person})
    assert (full.status_code, full.headers["X-RateLimit-Remaining"]) == (429, "0")
    assert "Retry-After" not in full.headers
    braze.sandbox.fault("/users/track", "status", status=429, count=1, headers=False, retry_after=3)
    bare = braze.track({"external_id": person})
    assert (bare.status_code, bare.headers["Retry-After"]) == (429, "3")
    assert "X-RateLimit-Reset" not in bare.headers
    assert not kept(braze, person)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("applied", [False, True])
def test_a_server_error_comes_before_or_after_the_effect(braze, person, status, applied):
    braze.sandbox.fault("/users/track", "status", status=status, count=1, applied=applied)
    assert braze.track({"external_id": person}).status_code == status
    assert kept(braze, person) is applied


@pytest.mark.parametrize("applied", [False, True])
def test_a_connection_drops_before_or_after_the_effect(braze, person, applied):
    braze.sandbox.fault("/users/track", "drop", count=1, applied=applied)
    with pytest.raises(requests.ConnectionError):
        braze.track({"external_id": person})
    assert kept(braze, person) is applied
    (logged,) = [r for r in braze.sandbox.requests("/users/track") if f'"{person}"' in (r["body"] or "")]
    assert (logged["status"], logged["fault"]) == (0, "drop")


def test_a_hanging_request_answers_nothing(braze, person):
    braze.sandbox.fault("/users/track", "hang", count=1)
    with pytest.raises(requests.ReadTimeout):
        requests.post(braze.url + "/users/track", json={}, timeout=0.2)
    assert braze.track({"external_id": person}).status_code == 201


def test_a_body_of_broken_json(braze, person):
    braze.sandbox.fault("/users/track", "broken_json", count=1)
    answer = braze.track({"external_id": person})
    assert answer.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_errors_as_strings(braze, person):
    braze.sandbox.fault("/users/track", "error_strings", count=1)
    answer = braze.track({"external_id": person}, {"plan": "nobody"})
    assert answer.json()["errors"] == ["'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required"]


def test_an_archive_is_cut_off_or_half_or_refused(launch):
    workspace = launch()
    workspace.applied(*({"external_id": f"u_{n}"} for n in range(50)))
    url = workspace.start_export()["url"]
    whole = workspace.download(url).content
    workspace.sandbox.fault("/storage/*", "cut", count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        workspace.http.get(url)
    workspace.sandbox.fault("/storage/*", "half", count=1)
    assert workspace.http.get(url).content == whole[: len(whole) // 2]
    workspace.sandbox.fault("/storage/*", "never_ready", count=1)
    assert "AccessDenied" in workspace.http.get(url).text
    workspace.sandbox.fault("/storage/*", "expired", count=1)
    assert "ExpiredToken" in workspace.http.get(url).text
    assert workspace.http.get(url).content == whole


def test_every_nth_after_the_first_few_and_only_so_often(braze, person):
    braze.sandbox.fault("/users/*", "status", after=1, every=2, count=2)
    statuses = [braze.track({"external_id": person}).status_code for _ in range(7)]
    assert statuses == [201, 201, 500, 201, 500, 201, 201]


def test_faults_can_be_cleared_and_a_wrong_one_is_refused(braze, person):
    braze.sandbox.fault("*", "status")
    braze.sandbox.clear_faults()
    assert braze.track({"external_id": person}).status_code == 201
    with pytest.raises(ValueError, match="kind is one of"):
        braze.sandbox.fault("*", "earthquake")
    with pytest.raises(ValueError, match="known members"):
        braze.sandbox.fault("*", "drop", speed=1)
