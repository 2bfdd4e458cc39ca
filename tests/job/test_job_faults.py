"""Braze fails in every way it can while a plan is delivered: the state of each row stays true."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

import pytest
from shop_world import Shop


@pytest.fixture
def drifted(shop: Shop) -> Iterator[Shop]:
    """Six people, two in each request, with a plan ready to be delivered."""
    for number in range(6):
        shop.add(f"p{number}", {"city": "Bern", "plan": "gold"}, {}, {"home_city": "Basel"})
    shop.config["braze"]["limits"] = {"objects_per_request": 2}
    shop.write()
    assert shop.recon("run").code == 0
    yield shop
    shop.sandbox.clear_faults()


def delivered(shop: Shop) -> int:
    """Apply and verify; the exit code of the latter. Each row's state is checked against what Braze holds."""
    shop.recon("apply")
    shop.sandbox.settle()
    code = shop.recon("verify").code
    for row in shop.results():
        stored = shop.stored(row["external_id"])
        held = (
            stored["fields"].get("home_city")
            if row["field"] == "home_city"
            else stored["custom_attributes"].get("plan_tier")
        )
        wanted = {"home_city": "Bern", "plan_tier": "gold"}[row["field"]]
        assert (held == wanted) == (row["state"] == "verified"), (row, held)
    return code


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500, "every": 2},
        {"kind": "status", "status": 500, "every": 2, "applied": True},
        {"kind": "status", "status": 503, "count": 2},
        {"kind": "status", "status": 504, "count": 1, "applied": True},
        {"kind": "status", "status": 429, "count": 1, "retry_after": 0.1},
        {"kind": "status", "status": 429, "count": 1, "headers": False, "retry_after": 0.1},
        {"kind": "drop", "count": 2},
        {"kind": "drop", "count": 2, "applied": True},
        {"kind": "broken_json", "count": 2},
        {"kind": "cut", "count": 2},
    ],
    ids=lambda fault: "-".join(f"{value}" for value in fault.values()),
)
def test_what_passes_is_overcome(drifted: Shop, fault: dict[str, Any]) -> None:
    drifted.sandbox.fault("/users/track", **fault)
    assert delivered(drifted) == 0
    assert collections.Counter(drifted.states().values()) == {"verified": 12}
    assert drifted.run_document["steps"]["apply"]["result"]["retries"] >= 1


def test_an_object_that_braze_refuses_is_rejected_and_the_others_go_on(drifted: Shop) -> None:
    error = {"type": "'external_id' is required", "input_array": "attributes", "index": 1}
    body = {"message": "success", "attributes_processed": 1, "errors": [error]}
    drifted.sandbox.fault("/users/track", "status", status=201, body=body, count=1)
    drifted.recon("apply")
    rejected = [row for row in drifted.results() if row["state"] == "rejected"]
    assert len(rejected) == 2
    assert {row["error"] for row in rejected} == {"'external_id' is required"}
    assert collections.Counter(drifted.states().values()) == {"accepted": 10, "rejected": 2}


def test_an_error_that_names_no_object_leaves_the_request_in_doubt_until_it_is_read_back(drifted: Shop) -> None:
    body = {"message": "success", "errors": ["something was wrong"]}
    drifted.sandbox.fault("/users/track", "status", status=201, body=body, count=1, applied=True)
    drifted.recon("apply")
    assert collections.Counter(drifted.states().values()) == {"accepted": 8, "unknown": 4}
    assert drifted.recon("verify").code == 0
    assert collections.Counter(drifted.states().values()) == {"verified": 12}


def test_a_201_that_comes_to_nothing_is_not_applied(drifted: Shop) -> None:
    drifted.sandbox.fault(
        "/users/track", "status", status=201, body={"message": "success", "attributes_processed": 2}, count=1
    )
    assert delivered(drifted) == 5
    assert drifted.run_document["exit_code"] == 5
    assert collections.Counter(drifted.states().values()) == {"verified": 8, "not_applied": 4}
    assert {row["error"] for row in drifted.results() if row["state"] == "not_applied"} == {
        "read back, and Braze holds another value"
    }


def test_a_request_that_is_too_large_is_halved(drifted: Shop) -> None:
    drifted.sandbox.fault("/users/track", "status", status=413, count=1, body={"message": "Request entity too large"})
    assert delivered(drifted) == 0
    assert sorted(len(objects) for objects in drifted.sent()) == [1, 1, 2, 2, 2]


def test_an_outage_leaves_rows_unknown_and_a_later_apply_resolves_them(drifted: Shop) -> None:
    drifted.sandbox.fault("/users/track", "status", status=500)
    done = drifted.recon("apply")
    assert done.code == 5
    assert collections.Counter(drifted.states().values()) == {"unknown": 12}
    assert "recon verify" in drifted.recon("status").out
    drifted.sandbox.clear_faults()
    assert drifted.recon("apply", "--resume").code == 0
    drifted.sandbox.settle()
    assert drifted.recon("verify").code == 0
    assert collections.Counter(drifted.states().values()) == {"verified": 12}


def test_a_key_that_is_revoked_meanwhile_ends_the_delivery_and_what_was_sent_is_on_record(drifted: Shop) -> None:
    drifted.sandbox.fault("/users/track", "status", status=401, after=1, body={"message": "Invalid API key: f00dfeed"})
    done = drifted.recon("apply")
    assert done.code == 6
    assert "braze.write_key" in done.err
    assert "f00dfeed" not in done.said
    assert collections.Counter(drifted.states().values()) == {"accepted": 4, "planned": 8}
    drifted.sandbox.clear_faults()
    assert drifted.recon("apply", "--resume").code == 0
    drifted.sandbox.settle()
    assert drifted.recon("verify").code == 0
    assert collections.Counter(drifted.states().values()) == {"verified": 12}


def test_a_read_back_that_fails_loses_nothing(drifted: Shop) -> None:
    drifted.recon("apply")
    drifted.sandbox.settle()
    drifted.sandbox.fault("/users/export/ids", "status", status=503)
    assert drifted.recon("verify").code == 6
    assert collections.Counter(drifted.states().values()) == {"accepted": 12}
    drifted.sandbox.clear_faults()
    assert drifted.recon("verify").code == 0
    assert collections.Counter(drifted.states().values()) == {"verified": 12}


@pytest.mark.parametrize(
    "fault", [{"kind": "never_ready", "count": 3}, {"kind": "cut", "count": 2}, {"kind": "half", "count": 1}]
)
def test_an_export_that_is_late_or_breaks_off_is_fetched_whole(shop: Shop, fault: dict[str, Any]) -> None:
    who = shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.write()
    shop.sandbox.fault("/storage/*", **fault)
    done = shop.recon("run")
    assert done.code == 0, done.said
    assert shop.drift() == [(who, "home_city", "Bern", "Basel", "first_seen")]
