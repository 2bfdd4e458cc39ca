"""Every endpoint that writes fails for good in every way: no row is claimed, and the delivery can be gone on with."""

from __future__ import annotations

from typing import Any

import pytest
from fault_kinds import ANYWHERE, ENDING, WRITES, squares
from fault_truth import Truth, codes_are_true, nothing_was_done_twice, opt_outs_went_first, rows_are_true

pytestmark = pytest.mark.minutes

KINDS = [name for name in ANYWHERE if name not in ENDING]
NIGHTS = squares(KINDS, WRITES)


@pytest.mark.parametrize("failures", NIGHTS, ids=lambda failures: failures[WRITES[0]])
def test_each_endpoint_that_writes_fails_for_good(stage: Any, hurried: None, failures: dict[str, str]) -> None:
    with stage.opened("planned") as town:
        town.fail(failures)
        applied = town.recon("apply")
        codes_are_true(town, applied)
        assert all(town.fired().values()), town.fired()
        verified = town.recon("verify")
        codes_are_true(town, applied, verified)
        rows_are_true(town, verified)
        town.sandbox.clear_faults()
        resumed = town.recon("apply", "--resume")
        codes_are_true(town, resumed)
        verified = town.recon("verify")
        codes_are_true(town, resumed, verified)
        rows_are_true(town, verified)
        nothing_was_done_twice(town, failures)
        opt_outs_went_first(town)
        assert not Truth(town).lost_opt_outs()
