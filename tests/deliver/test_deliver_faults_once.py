"""Every endpoint of a delivery fails once in every way: what can pass is overcome, and every row is true."""

from __future__ import annotations

from typing import Any

import pytest
from fault_kinds import (
    ANYWHERE,
    CALLS,
    DELIVERY_READS,
    ENDING,
    PULL_READS,
    REFUSING,
    STORAGE,
    TRACK,
    WRITES,
    is_overcome,
    kinds_without_a_case,
    squares,
    used_endpoints,
)
from fault_truth import Truth, codes_are_true, nothing_was_done_twice, opt_outs_went_first, rows_are_true

KINDS = [name for name in ANYWHERE if name not in ENDING]
NIGHTS = squares(KINDS, [*WRITES, *DELIVERY_READS])


@pytest.mark.parametrize("failures", NIGHTS, ids=lambda failures: failures[WRITES[0]])
def test_each_endpoint_fails_once(stage: Any, hurried: None, failures: dict[str, str]) -> None:
    # A read that is refused for good ends a delivery; where verify meets that is tested beside this.
    failures = failures | {path: "sound" for path in DELIVERY_READS if failures[path] in REFUSING}
    with stage.opened("planned") as town:
        town.fail(failures, count=1)
        applied = town.recon("apply")
        codes_are_true(town, applied)
        assert all(town.fired().values()), town.fired()
        verified = town.recon("verify")
        codes_are_true(town, applied, verified)
        rows_are_true(town, verified)
        for row in town.results():
            call = CALLS.get(row["class"], TRACK)
            assert (row["state"] == "verified") == is_overcome(call, failures[call.path]), row
        nothing_was_done_twice(town, failures)
        opt_outs_went_first(town)
        assert not Truth(town).lost_opt_outs()


def test_no_endpoint_that_recon_uses_and_no_fault_is_without_a_case() -> None:
    assert used_endpoints() == {*WRITES, *DELIVERY_READS, *PULL_READS} - {STORAGE}
    assert not kinds_without_a_case()
    met = {(path, name) for failures in NIGHTS for path, name in failures.items()}
    assert met == {(path, name) for path in (*WRITES, *DELIVERY_READS) for name in KINDS}
