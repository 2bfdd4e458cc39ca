from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from braze_scripted import Reply, scripted
from braze_world import READ_KEY, WRITE_KEY

from recon import __version__
from recon.braze.client import BrazeClient
from recon.braze.errors import (
    KeyRefused,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
)
from recon.braze.rates import RatePools
from recon.errors import ConfigError, RemoteError, Stopped

Connect = Callable[..., BrazeClient]
TRACK = "/users/track"
NOBODY = {"attributes": [{"external_id": "u_1"}]}


def test_a_write_is_accepted_and_its_bad_objects_are_named(world: Any, connect: Connect) -> None:
    sandbox = world()
    client = connect(sandbox.url, WRITE_KEY)
    good, bad = {"external_id": "u_1", "plan_tier": "silver"}, {"external_id": "u_2", "email": "not an address"}
    answer = client.post(TRACK, {"attributes": [good, bad]}, repeatable=True)
    assert (answer.status, answer.fatal, answer.message) == (201, False, "success")
    assert [(error.input_array, error.index) for error in answer.errors] == [("attributes", 1)]
    assert answer.request_id
    sandbox.settle()
    assert sandbox.profile("u_1")["custom_attributes"]["plan_tier"] == "silver"


def test_a_request_without_one_good_object_is_fatal_and_still_names_them(world: Any, connect: Connect) -> None:
    client = connect(world().url, WRITE_KEY)
    answer = client.post(TRACK, {"attributes": [{"external_id": "u_2", "email": "nope"}]}, repeatable=True)
    assert (answer.status, answer.fatal) == (400, True)
    assert answer.errors[0].index == 0


def test_a_wrong_key_is_refused_without_showing_it(world: Any, connect: Connect) -> None:
    wrong = "ffffffff-aaaa-bbbb-cccc-000000000000"
    client = connect(world().url, wrong, setting="braze.write_key")
    with pytest.raises(KeyRefused) as caught:
        client.post(TRACK, NOBODY, repeatable=True)
    assert "braze.write_key" in caught.value.what
    assert wrong not in f"{caught.value!r} {caught.value.remedy} {client!r}"


def test_a_missing_permission_is_named(world: Any, connect: Connect) -> None:
    with pytest.raises(PermissionMissing, match=r"users\.track") as caught:
        connect(world().url, READ_KEY).post(TRACK, NOBODY, repeatable=True)
    assert caught.value.permission == "users.track"
    assert "braze.read_key" in str(caught.value)


def test_refused_requests_are_sent_again_once_the_pool_may_go_on(world: Any, connect: Connect) -> None:
    sandbox = world()
    sandbox.fault(TRACK, "status", status=429, retry_after=0.2, headers=False, count=2)
    client = connect(sandbox.url, WRITE_KEY)
    answer = client.post(TRACK, {"attributes": [{"external_id": "u_1", "x": 1}]}, repeatable=False)
    assert answer.status == 201
    assert (client.traffic.requests, client.traffic.retries, client.traffic.refused) == (3, 2, 2)
    assert client.traffic.waited >= 0.4


def test_endless_refusals_end_as_rate_limited(connect: Connect) -> None:
    with scripted([Reply(429, {"message": "slow"}, {"Retry-After": "0"})]) as server:
        client = connect(server.url, pools=RatePools(sleep=lambda seconds, stop: None))
        with pytest.raises(RateLimited, match="429"):
            client.post(TRACK, NOBODY, repeatable=True)
    assert 1 < len(server.seen) < 50


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("trouble", [Reply(500), Reply(504), Reply(drop=True), Reply(cut=5), Reply(body=b'{"mess')])
def test_what_converges_is_repeated_whatever_happened(trouble: Reply, connect: Connect) -> None:
    with scripted([trouble, trouble, Reply()]) as server:
        client = connect(server.url)
        assert client.post(TRACK, NOBODY, repeatable=True).status == 201
    assert len(server.seen) == 3
    assert client.traffic.retries == 2


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("trouble", [Reply(500), Reply(504), Reply(drop=True), Reply(cut=5), Reply(body=b'{"mess')])
def test_what_must_not_happen_twice_is_not_repeated_when_it_may_have_happened(trouble: Reply, connect: Connect) -> None:
    with scripted([trouble, Reply()]) as server:
        with pytest.raises(OutcomeUnknown):
            connect(server.url).post(TRACK, NOBODY, repeatable=False)
        assert len(server.seen) == 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("status", [502, 503])
def test_what_braze_certainly_did_not_do_is_repeated(status: int, connect: Connect) -> None:
    with scripted([Reply(status), Reply(status), Reply()]) as server:
        assert connect(server.url).post(TRACK, NOBODY, repeatable=False).status == 201
        assert len(server.seen) == 3


@pytest.mark.usefixtures("impatient")
def test_attempts_are_bounded_and_tell_whether_a_write_may_have_happened(connect: Connect) -> None:
    with scripted([Reply(503)]) as server:
        with pytest.raises(Unavailable) as certain:
            connect(server.url, attempts=3).post(TRACK, NOBODY, repeatable=True)
        assert len(server.seen) == 3
    assert not isinstance(certain.value, OutcomeUnknown)
    with scripted([Reply(504), Reply(503)]) as server, pytest.raises(OutcomeUnknown):
        connect(server.url, attempts=3).post(TRACK, NOBODY, repeatable=True)
    with scripted([Reply(504)]) as server, pytest.raises(Unavailable) as read:
        connect(server.url, attempts=3).get("/custom_attributes")
    assert not isinstance(read.value, OutcomeUnknown)


def test_a_time_out_leaves_the_outcome_unknown(world: Any, connect: Connect) -> None:
    sandbox = world()
    sandbox.fault(TRACK, "hang", seconds=5, applied=True)
    client = connect(sandbox.url, WRITE_KEY, read_timeout=0.2)
    with pytest.raises(OutcomeUnknown, match="no answer in time"):
        client.post(TRACK, {"attributes": [{"external_id": "u_1", "x": 1}]}, repeatable=False)


@pytest.mark.usefixtures("impatient")
def test_an_unreachable_host_is_named_with_its_setting(connect: Connect) -> None:
    with scripted([Reply()]) as server:
        url = server.url
    with pytest.raises(Unreachable) as caught:
        connect(url, attempts=2).post(TRACK, NOBODY, repeatable=False)
    assert url.removeprefix("http://") in str(caught.value)
    assert "braze.url" in str(caught.value) + caught.value.remedy
    with pytest.raises(Unreachable, match="cannot be resolved"):
        connect("https://braze.invalid", attempts=2).get("/custom_attributes")
    assert isinstance(caught.value, RemoteError)


def test_a_server_without_tls_behind_https_is_told_at_once(world: Any, connect: Connect) -> None:
    with pytest.raises(Unreachable, match="does not speak https"):
        connect(world().url.replace("http:", "https:"), attempts=1, read_timeout=5).get("/custom_attributes")


@pytest.mark.parametrize("reply", [Reply(404, {"message": "Invalid URL"}), Reply(302, b"", {"Location": "/login"})])
def test_a_wrong_address_is_not_taken_for_rejected_objects(reply: Reply, connect: Connect) -> None:
    with scripted([reply]) as server:
        with pytest.raises(UnexpectedAnswer) as caught:
            connect(server.url).post(TRACK, NOBODY, repeatable=True)
        assert "braze.url" in caught.value.remedy
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ("all is lost", [("all is lost", None, None)]),
        (
            ["plain", {"type": "odd", "input_array": "events", "index": 2}],
            [("plain", None, None), ("odd", "events", 2)],
        ),
        ([{"message": "no index"}, {"type": None}], [("no index", None, None), ("no reason given", None, None)]),
        ([{"type": "x", "index": "7", "input_array": 5}], [("x", None, 7)]),
        (
            [{"type": "x", "index": -1}, {"type": "x", "index": True}, 12],
            [("x", None, None)] * 2 + [("12", None, None)],
        ),
        ({"type": "alone", "index": 0}, [("alone", None, 0)]),
        (None, []),
        ([], []),
    ],
)
def test_errors_of_every_shape_are_read(errors: Any, expected: list[Any], connect: Connect) -> None:
    with scripted([Reply(201, {"message": "success", "errors": errors})]) as server:
        answer = connect(server.url).post(TRACK, NOBODY, repeatable=False)
    assert [(error.text, error.input_array, error.index) for error in answer.errors] == expected


def test_huge_error_lists_and_texts_are_cut(connect: Connect) -> None:
    errors = [{"type": "x" * 600, "input_array": "attributes", "index": number} for number in range(10_100)]
    with scripted([Reply(400, {"message": "y" * 5_000, "errors": errors})]) as server:
        answer = connect(server.url).post(TRACK, NOBODY, repeatable=False)
    assert len(answer.errors) == 10_000
    assert max(len(text) for text in (answer.message, answer.errors[0].text)) <= 500


def test_keys_and_addresses_in_answers_do_not_reach_people(connect: Connect) -> None:
    link = "https://s.example/x.zip?sig=SECRET"
    text = f"key {READ_KEY} of jane.doe@example.com, +49 (170) 123-4567, {link} u_17 2024-05-01"
    with scripted([Reply(400, {"message": text, "errors": [text, {"type": text, "index": 0}]})]) as server:
        answer = connect(server.url).post(TRACK, NOBODY, repeatable=False)
    for shown in (answer.message, *(error.text for error in answer.errors)):
        assert not [secret for secret in (READ_KEY, "jane", "170", "SECRET") if secret in shown]
        assert "u_17 2024-05-01" in shown


@pytest.mark.parametrize(
    ("status", "body", "fatal"),
    [
        (201, {"message": "success"}, False),
        (202, {"message": "queued"}, False),
        (201, {"message": "Account disabled"}, True),
        (200, {}, True),
        (400, b"<html>bad gateway</html>", True),
        (413, {"message": "too large"}, True),
    ],
)
def test_only_a_success_that_says_so_is_one(status: int, body: Any, fatal: bool, connect: Connect) -> None:
    with scripted([Reply(status, body)]) as server:
        assert connect(server.url).post(TRACK, NOBODY, repeatable=False).fatal is fatal


def test_requests_carry_key_type_and_version_and_bytes_go_as_they_are(connect: Connect) -> None:
    with scripted([Reply()]) as server:
        connect(server.url + "/").post(TRACK, b'{"attributes": []}', repeatable=False)
    seen = server.seen[0]
    assert (seen.path, seen.body) == (TRACK, b'{"attributes": []}')
    assert seen.headers["authorization"] == f"Bearer {READ_KEY}"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["user-agent"] == f"recon/{__version__}"


@pytest.mark.parametrize("key", ["", '"quoted"', "two words", "line\nbreak", "schlüssel"])
def test_a_malformed_key_is_a_configuration_error_that_does_not_show_it(key: str) -> None:
    with pytest.raises(ConfigError, match=r"braze\.read_key") as caught:
        BrazeClient("https://rest.iad-01.braze.com", key, RatePools())
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("url", ["rest.iad-01.braze.com", "ftp://x", "https://", "https://x/?key=1"])
def test_an_address_that_is_none_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError, match=r"braze\.url"):
        BrazeClient(url, "key", RatePools())


def test_waiting_between_attempts_ends_when_stopped(connect: Connect) -> None:
    stop = threading.Event()
    with scripted([Reply(503, headers={"Retry-After": "200"})]) as server:
        threading.Timer(0.1, stop.set).start()
        with pytest.raises(Stopped):
            connect(server.url, stop=stop).post(TRACK, NOBODY, repeatable=True)


def test_many_threads_stay_within_the_rate_limit_and_the_connections(world: Any, connect: Connect) -> None:
    sandbox = world(limits={"track": {"limit": 40, "seconds": 1}})
    client = connect(sandbox.url, WRITE_KEY, connections=4)

    def work() -> None:
        for _ in range(8):
            assert client.post(TRACK, {"attributes": [{"external_id": "u_1", "x": 1}]}, repeatable=True).status == 201

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.traffic.requests == 96
    assert client.traffic.refused == 0
    per_second: dict[int, int] = {}
    for request in sandbox.requests(TRACK):
        per_second[int(request["time"])] = per_second.get(int(request["time"]), 0) + 1
    assert max(per_second.values()) <= 32
