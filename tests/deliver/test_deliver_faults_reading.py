"""Braze fails while it is read, in every way: nothing is said that was not seen, and half an answer is none."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from fault_kinds import ANYWHERE, DELIVERY_READS, ENDING, PULL_READS, REFUSING, STORAGE, STORAGE_ONLY, squares
from fault_truth import codes_are_true, rows_are_true
from fault_world import Everything

PASSING = [name for name in ANYWHERE if name not in (*ENDING, *REFUSING)]
ONCE = [*squares(PASSING, PULL_READS), *({STORAGE: name} for name in STORAGE_ONLY)]
LASTING = [(path, name) for path in PULL_READS for name in ANYWHERE if name != "sound"]
LASTING += [(STORAGE, name) for name in STORAGE_ONLY]
HARMLESS = [(path, "error_strings") for path in PULL_READS] + [(STORAGE, "broken_json")]
"""A good answer has no errors, and an archive is no JSON."""


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


@pytest.mark.parametrize("failures", ONCE, ids=lambda each: "-".join(each.values()))
def test_what_is_pulled_is_the_whole_although_each_read_fails_once(
    stage: Any, hurried: None, failures: dict[str, str]
) -> None:
    with stage.opened("planned") as town:
        whole = _loaded(town)
        town.fail(failures, count=1)
        for command in ("pull", "load"):
            done = town.recon(command)
            assert done.code == 0, done.said
        assert all(town.fired().values()), town.fired()
        assert _loaded(town) == whole


@pytest.mark.parametrize(("path", "name"), LASTING)
def test_half_an_answer_is_never_taken_for_the_whole(stage: Any, hurried: None, path: str, name: str) -> None:
    with stage.opened("planned") as town:
        town.fail({path: name})
        done = town.recon("pull")
        assert town.fired()[path] >= 1
        if (path, name) in HARMLESS:
            assert done.code == 0, done.said
            return
        assert done.code in (3, 6), done.said
        assert "error:" in done.err and "next:" in done.err
        assert town.recon("load").code == 2, "a pull that failed was loaded"


def _loaded(town: Everything) -> list[tuple[Any, ...]]:
    """What is held of Braze in the newest run."""
    with duckdb.connect(str(town.run / "work.duckdb"), read_only=True) as con:
        return [con.sql(f"FROM {table} ORDER BY ALL").fetchall() for table in ("actual", "group_state")]
