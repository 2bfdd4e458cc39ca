"""A key, a permission or an address that is refused ends the delivery anywhere, and what was done is known."""

from __future__ import annotations

from typing import Any

import pytest
from fault_kinds import DELIVERY_READS, ENDING, WRITES
from fault_truth import Truth, codes_are_true, nothing_was_done_twice, opt_outs_went_first, rows_are_true

CASES = [(path, name) for path in (*WRITES, *DELIVERY_READS) for name in ENDING]


@pytest.mark.parametrize(("path", "name"), CASES)
def test_a_refusal_ends_the_delivery_and_it_can_be_gone_on_with(
    stage: Any, hurried: None, path: str, name: str
) -> None:
    with stage.opened("planned") as town:
        town.fail({path: name})
        applied = town.recon("apply")
        assert applied.code == 6, applied.said
        assert path in applied.err or name == "401"
        codes_are_true(town, applied)
        rows_are_true(town, applied)
        assert town.fired()[path] >= 1
        assert "recon apply --resume" in town.recon("status").out
        town.sandbox.clear_faults()
        resumed = town.recon("apply", "--resume")
        codes_are_true(town, resumed)
        verified = town.recon("verify")
        assert verified.code == 0, verified.said
        rows_are_true(town, verified)
        nothing_was_done_twice(town, {path: name})
        opt_outs_went_first(town)
        assert not Truth(town).lost_opt_outs()
