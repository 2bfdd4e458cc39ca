"""Breakers and the budget, at their very edges."""

from __future__ import annotations

from typing import Any

import pytest

from recon.config.models import Budget
from recon.plan.brakes import over_budget

PRICE: dict[str, Any] = {"objects": 10, "requests": 7, "minutes": 1.5, "data_points": 100, "data_points_avoided": 0}


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ({"data_points": 100, "requests": 7, "minutes": 2}, None),
        ({"data_points": 99}, "100 data points of 99 allowed (1 too many)"),
        ({"requests": 6}, "7 requests of 6 allowed (1 too many)"),
        ({"minutes": 1}, "1.5 minutes of 1 allowed (0.5 too many)"),
        (
            {"data_points": 1, "requests": 1},
            "100 data points of 1 allowed (99 too many), 7 requests of 1 allowed (6 too many)",
        ),
    ],
)
def test_a_budget_is_what_may_be_spent_and_not_a_bit_more(budget: dict[str, int], words: str | None) -> None:
    reason = over_budget(PRICE, Budget(**budget))
    assert reason == (None if words is None else f"budget: {words}")
