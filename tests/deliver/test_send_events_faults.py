"""Braze fails in every way it can while events are sent: each arrives once all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from events_world import Bazaar

from recon.sandbox.server import Sandbox

FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "status": 500, "every": 2},
    {"kind": "status", "status": 500, "every": 2, "applied": True},
    {"kind": "status", "status": 500, "count": 3},
    {"kind": "status", "status": 504, "every": 3, "applied": True},
    {"kind": "status", "status": 502, "count": 2},
    {"kind": "status", "status": 503, "count": 2},
    {"kind": "status", "status": 429, "count": 2, "retry_after": 0.1},
    {"kind": "status", "status": 429, "count": 1, "headers": False},
    {"kind": "drop", "every": 2},
    {"kind": "drop", "every": 2, "applied": True},
    {"kind": "broken_json", "every": 2},
    {"kind": "cut", "every": 2},
]


PEOPLE = 5


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, event_braze: tuple[Sandbox, Path]) -> Bazaar:
    """Five people after one night, whom all tests here share."""
    sandbox, folder = event_braze
    bazaar = Bazaar(tmp_path_factory.mktemp("known"), sandbox)
    bazaar.store_file = folder / "braze.sqlite"
    bazaar.config["braze"]["limits"] = {"objects_per_request": 3}
    bazaar.people([bazaar.customer(f"p{n}") for n in range(PEOPLE)])
    return bazaar


@pytest.fixture
def calm(bazaar: Bazaar, known: Bazaar) -> Bazaar:
    """These people before anything happens; `bazaar` is asked for its short waits, and for its clearing of faults."""
    known.new_day()
    return known


@pytest.fixture
def busy(calm: Bazaar) -> Bazaar:
    """A day of events of several names, some in the same instant, one name of one person's many times over."""
    for n in range(40):
        calm.call(calm.who[n % PEOPLE], ("Viewed", "Added", "Removed")[n % 3], 100 - n)
    for n in range(4):
        calm.call(calm.who[0], "Viewed", 30 + n)
        calm.call(calm.who[1], "Viewed", 50)
    calm.file("1.gz", *calm.calls)
    return calm


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(f"{value}" for value in fault.values()))
def test_every_event_arrives_once_whatever_fails(busy: Bazaar, fault: dict[str, Any]) -> None:
    busy.sandbox.fault("/users/track", **fault)
    done = busy.deliver()
    assert busy.held() == busy.expected()
    assert (done["sent"], done["unknown"], done["rejected"]) == (len(busy.calls), 0, 0)


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "lost"])
def test_late_events_are_told_by_their_count(busy: Bazaar, applied: bool) -> None:
    late, early = busy.calls[::2], busy.calls[1::2]
    busy.file("1.gz", *early)
    busy.deliver()
    busy.file("2.gz", *late)
    busy.sandbox.fault("/users/track", "status", status=500, every=2, applied=applied)
    done = busy.deliver()
    assert busy.held() == busy.expected()
    assert (done["sent"], done["duplicates"], done["unknown"]) == (len(late), len(early), 0)


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "lost"])
@pytest.mark.parametrize("files", [1, 2])
def test_two_of_a_name_in_one_second_are_told_by_their_count(calm: Bazaar, files: int, applied: bool) -> None:
    first = calm.call(calm.who[0], "Viewed")
    second = calm.call(calm.who[0], "Viewed", timestamp=first["timestamp"].replace(".000Z", ".146Z"))
    if files == 2:
        calm.file("1.gz", first)
        calm.deliver()
    calm.file("2.gz", first, second)
    calm.sandbox.fault("/users/track", "status", status=500, every=2 if files == 1 else 1, count=1, applied=applied)
    assert calm.deliver()["unknown"] == 0
    assert calm.held() == calm.expected()


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "lost"])
def test_a_product_that_stands_in_an_order_twice_is_told_by_its_count(calm: Bazaar, applied: bool) -> None:
    product = {"product_id": f"twice {calm.day}", "price": 3, "currency": "EUR", "quantity": 2}
    order = calm.order(calm.who[0], product, {**product, "product_id": f"once {calm.day}"}, product, product)
    order["event"] = "Order Completed"
    calm.file("1.gz", order)
    calm.sandbox.fault("/users/track", "status", status=500, every=2, applied=applied)
    before = calm.bought()
    done = calm.deliver()
    assert (done["sent"], done["unknown"]) == (4, 0)
    assert calm.bought() - before == calm.expected_purchases(order)


def test_an_event_that_nobody_can_tell_is_listed_and_never_sent_again(calm: Bazaar) -> None:
    ann = calm.who[0]
    call = calm.call(ann, "Viewed", 60)
    calm.file("1.gz", call)
    for minutes in (90, 30):  # somebody else's, before and after
        at = calm.call(ann, "Viewed", minutes)["timestamp"]
        calm.post("/users/track", {"events": [{"external_id": ann, "name": call["event"], "time": at}]})
    calm.sandbox.settle()
    calm.sandbox.fault("/users/track", "status", status=500, count=1)
    done = calm.deliver(code=5)
    assert (done["sent"], done["unknown"]) == (0, 1)
    [row] = pl.read_parquet(done["not_sent"]).to_dicts()
    assert (row["state"], row["message_id"], row["external_id"]) == ("unknown", call["messageId"], ann)
    again = calm.deliver()
    assert (again["sent"], again["unknown"], again["duplicates"]) == (0, 0, 1)
    assert calm.held().total() == 2


def test_an_outage_sends_nothing_twice_and_the_next_run_goes_on(busy: Bazaar) -> None:
    busy.sandbox.fault("/users/track", "status", status=500, after=4)
    done = busy.recon("send-events")
    assert done.code == 6
    assert "recon send-events" in done.err
    busy.sandbox.clear_faults()
    busy.deliver()
    assert busy.held() == busy.expected()


def test_profiles_that_cannot_be_read_leave_their_events_for_the_next_run(busy: Bazaar) -> None:
    busy.sandbox.fault("/users/track", "drop", every=2, applied=True)
    busy.sandbox.fault("/users/export/ids", "status", status=503)
    assert busy.recon("send-events").code == 6
    busy.sandbox.clear_faults()
    assert busy.deliver()["unknown"] == 0
    assert busy.held() == busy.expected()


def test_a_refused_key_ends_it_and_nothing_is_lost(busy: Bazaar) -> None:
    busy.sandbox.fault("/users/track", "status", status=401, after=3, body={"message": "Invalid API key: f00dfeed"})
    done = busy.recon("send-events")
    assert done.code == 6
    assert "braze.write_key" in done.err
    busy.sandbox.clear_faults()
    busy.deliver()
    assert busy.held() == busy.expected()


def test_an_object_that_braze_rejects_is_listed_with_its_reason_and_the_others_go_on(calm: Bazaar) -> None:
    ann, bob, *_ = calm.who
    calm.call(ann, "Viewed")
    calm.call(bob, "Viewed")
    calm.file("1.gz", *calm.calls)
    error = {"type": "provided external_id is blacklisted and disallowed", "input_array": "events", "index": 1}
    body = {"message": "success", "events_processed": 1, "errors": [error]}
    calm.sandbox.fault("/users/track", "status", status=201, body=body, count=1)
    done = calm.deliver(code=5)
    assert (done["sent"], done["rejected"]) == (1, 1)
    [row] = pl.read_parquet(done["not_sent"]).to_dicts()
    assert (row["state"], row["external_id"], row["reason"]) == ("rejected", bob, error["type"])
    assert calm.deliver()["duplicates"] == 2


def test_a_request_that_is_refused_whole_is_halved_until_the_spoiler_is_found(calm: Bazaar) -> None:
    for n in range(3):
        calm.call(calm.who[n], "Viewed")
    calm.file("1.gz", *calm.calls)
    calm.sandbox.fault("/users/track", "status", status=413, count=1, body={"message": "Request entity too large"})
    assert calm.deliver()["requests"] == 3
    assert calm.held() == calm.expected()


def test_fewer_counted_than_sent_is_looked_into(calm: Bazaar) -> None:
    ann = calm.who[0]
    calm.call(ann, "Viewed")
    calm.call(ann, "Added")
    calm.file("1.gz", *calm.calls)
    body = {"message": "success", "events_processed": 1}
    calm.sandbox.fault("/users/track", "status", status=201, body=body, count=1)
    calm.deliver()
    assert calm.held() == calm.expected()
