"""Every endpoint of a delivery fails once in every way: what can pass is overcome, and every row is true."""

from __future__ import annotations

from typing import Any

import pytest
from fault_kinds import ANYWHERE, DELIVERY_READS, ENDING, REPEATABLE, WRITES, squares
from fault_truth import Truth, codes_are_true, nothing_was_done_twice, opt_outs_went_first, rows_are_true

KINDS = [name for name in ANYWHERE if name not in ENDING]
NIGHTS = squares(KINDS, WRITES)


@pytest.mark.parametrize("failures", NIGHTS, ids=lambda failures: failures[WRITES[0]])
def test_each_endpoint_fails_once(stage: Any, hurried: None, failures: dict[str, str]) -> None:
    with stage.opened("planned") as town:
        town.fail(failures, count=1)
        applied = town.recon("apply")
        codes_are_true(town, applied)
        verified = town.recon("verify")
        codes_are_true(town, applied, verified)
        rows_are_true(town, verified)
        nothing_was_done_twice(town, failures)
        opt_outs_went_first(town)
        assert not Truth(town).lost_opt_outs()
