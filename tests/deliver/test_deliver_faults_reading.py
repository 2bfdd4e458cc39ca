"""Braze fails while it is read, in every way: nothing is said that was not seen, and half an answer is none."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from fault_kinds import ANYWHERE, DELIVERY_READS, ENDING, PULL_READS, REFUSING, STORAGE, VARIANTS, squares
from fault_truth import codes_are_true, rows_are_true
from fault_world import Everything

FINAL = (*ENDING, *REFUSING)
"""What is not tried again: on the storage 403 means that the archive is not there yet."""
PASSING = [name for name in ANYWHERE if name not in FINAL]
PULLING = [(path, name) for path in PULL_READS for name in ANYWHERE if name != "sound"]
PULLING += [(STORAGE, name) for name in VARIANTS if (STORAGE, name) not in PULLING and name != "sound"]


@pytest.mark.parametrize("failures", squares(ANYWHERE, DELIVERY_READS), ids=lambda each: "-".join(each.values()))
def test_verify_says_nothing_it_has_not_seen(accepted: Any, hurried: None, failures: dict[str, str]) -> None:
    with accepted.opened("accepted") as town:
        town.fail(failures)
        verified = town.recon("verify")
        codes_are_true(town, verified)
        rows_are_true(town, verified)
        assert town.sandbox.requests("/users/track") == []
        town.sandbox.clear_faults()
        verified = town.recon("verify")
        assert verified.code == 0, verified.said
        rows_are_true(town, verified)


@pytest.mark.parametrize(("path", "name"), PULLING)
def test_half_an_answer_is_never_taken_for_the_whole(stage: Any, hurried: None, path: str, name: str) -> None:
    with stage.opened("planned") as town:
        whole = _loaded(town)
        town.fail({path: name}, count=2)
        pulled = town.recon("pull")
        assert pulled.code in (0, 3, 6), pulled.said
        if pulled.code == 0:
            assert town.recon("load").code == 0
            assert _loaded(town) == whole
        else:
            assert town.recon("load").code == 2
        town.fail({path: name})
        assert town.recon("pull").code in ((0,) if name in _HARMLESS else (3, 6))


_HARMLESS = ("error_strings",)


def _loaded(town: Everything) -> list[tuple[Any, ...]]:
    """What is held of Braze in the newest run."""
    with duckdb.connect(str(town.run / "work.duckdb"), read_only=True) as con:
        return [con.sql(f"FROM {table} ORDER BY ALL").fetchall() for table in ("actual", "group_state")]
