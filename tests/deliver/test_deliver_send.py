"""One request to /users/track: what Braze answers decides what is said of each object of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from shop_world import WRITE_KEY, Shop

from recon.braze.client import BrazeClient
from recon.braze.errors import KeyRefused, Unreachable
from recon.braze.rates import RatePools
from recon.deliver.batches import Batch, Item
from recon.deliver.send import Outcome, send

Sender = Callable[..., list[Outcome]]


@pytest.fixture
def people(shop: Shop) -> Shop:
    for number in range(3):
        shop.add(f"p{number}", {}, {}, {"home_city": "Basel"})
    return shop.write()


@pytest.fixture
def deliver(people: Shop) -> Iterator[Sender]:
    """Sends objects to the sandbox, and gives the outcome of each; keyword arguments are BrazeClient's."""

    def run(objects: list[dict[str, Any]], **options: Any) -> list[Outcome]:
        batch = Batch(tuple(Item(thing.get("external_id", ""), json.dumps(thing).encode()) for thing in objects))
        with BrazeClient(options.pop("url", people.sandbox.url), WRITE_KEY, RatePools(), **options) as braze:
            told = {id(item): outcome for outcome in send(braze, batch) for item in outcome.items}
            return [told[id(item)] for item in batch.items]

    yield run
    people.sandbox.clear_faults()


def objects(shop: Shop) -> list[dict[str, Any]]:
    return [
        {"external_id": f"{shop.mark}_p{number}", "_update_existing_only": True, "home_city": "Bern"}
        for number in range(3)
    ]


def test_what_is_queued_is_accepted_with_its_request_id(people: Shop, deliver: Sender) -> None:
    outcomes = deliver(objects(people))
    assert [outcome.state for outcome in outcomes] == ["accepted"] * 3
    [logged] = people.tracks()
    assert {outcome.request_id for outcome in outcomes} == {logged["request_id"]}


def test_a_bad_object_alone_is_rejected(people: Shop, deliver: Sender) -> None:
    made = objects(people)
    made[1]["email"] = "no address"
    outcomes = deliver(made)
    assert [outcome.state for outcome in outcomes] == ["accepted", "rejected", "accepted"]
    assert "email" in (outcomes[1].error or "")


def test_errors_as_plain_texts_leave_all_in_doubt(people: Shop, deliver: Sender) -> None:
    people.sandbox.fault("/users/track", "error_strings")
    made = objects(people)
    made[1]["email"] = "no address"
    outcomes = deliver(made)
    assert {outcome.state for outcome in outcomes} == {"unknown"}
    assert all(outcome.error for outcome in outcomes)


def test_a_request_refused_for_one_object_is_halved_until_it_is_found(people: Shop, deliver: Sender) -> None:
    made = objects(people)
    people.sandbox.fault("/users/track", "status", status=400, count=1, body={"message": "Bad"})
    outcomes = deliver(made)
    assert [outcome.state for outcome in outcomes] == ["accepted"] * 3
    people.sandbox.fault("/users/track", "status", status=400, body={"message": "Bad"})
    outcomes = deliver(made)
    assert [outcome.state for outcome in outcomes] == ["rejected"] * 3
    assert {outcome.error for outcome in outcomes} == {"400 Bad"}


def test_nothing_valid_is_all_rejected_with_the_reason_of_each(people: Shop, deliver: Sender) -> None:
    outcomes = deliver([{"external_id": "a", "email": "no"}, {"external_id": "b", "email": "no"}])
    assert [outcome.state for outcome in outcomes] == ["rejected"] * 2
    assert all("email" in (outcome.error or "") for outcome in outcomes)


def test_a_count_that_is_too_low_leaves_all_in_doubt(people: Shop, deliver: Sender) -> None:
    people.sandbox.fault("/users/track", "status", status=201, body={"message": "success", "attributes_processed": 2})
    outcomes = deliver(objects(people))
    assert {(outcome.state, outcome.error) for outcome in outcomes} == {("unknown", "Braze counted 2 of 3")}


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("kind", ["hang", "drop", "broken_json"])
def test_an_answer_that_never_comes_is_unknown_whether_or_not_it_was_done(
    people: Shop, deliver: Sender, kind: str, applied: bool
) -> None:
    people.sandbox.fault("/users/track", kind, applied=applied)
    outcomes = deliver(objects(people), read_timeout=0.3, attempts=2)
    assert {outcome.state for outcome in outcomes} == {"unknown"}
    assert len(people.tracks()) == 2


def test_a_hang_that_passes_is_overcome(people: Shop, deliver: Sender) -> None:
    people.sandbox.fault("/users/track", "hang", count=1)
    outcomes = deliver(objects(people), read_timeout=0.3)
    assert {outcome.state for outcome in outcomes} == {"accepted"}


def test_a_refused_key_and_a_dead_host_end_the_delivery(people: Shop, deliver: Sender) -> None:
    people.sandbox.fault("/users/track", "status", status=401)
    with pytest.raises(KeyRefused):
        deliver(objects(people))
    with pytest.raises(Unreachable):
        deliver(objects(people), url="http://127.0.0.1:1", attempts=1)
