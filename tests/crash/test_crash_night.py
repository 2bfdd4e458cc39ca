"""Killed in the steps before the delivery: `recon status` tells the truth, and what it advises works."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from crash_world import World

pytestmark = pytest.mark.minutes

STEPS = ("pull", "load", "gates", "drift", "plan")


def from_nothing(world: World) -> None:
    world.begin_braze()
    shutil.rmtree(world.folder / ".recon", ignore_errors=True)


def plan_of(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((world.shop.run / "plan" / "plan.json").read_text())
    return found


def test_killed_before_a_plan_is_there(world: World) -> None:
    from_nothing(world)
    assert world.recon("run", every_query=True).code == 0
    wanted, moments = plan_of(world), world.passed()
    first = moments.index("run.json after")
    last = len(moments) - moments[::-1].index("plan/write 0")
    found, died_in = [], set()
    for number in range(first, last, (last - first) // 8):
        from_nothing(world)
        assert world.recon("run", every_query=True, kill_at=number).code == -9
        document, said = world.shop.run_document, world.recon("status").out
        died_in.add(document["at"])
        told = f"broke off during {document['at']}" if document["state"] == "running" else "has no plan yet"
        done = world.recon(*world.advised())
        if told not in said or done.code != 0 or plan_of(world) != wanted:
            found.append((number, moments[number], said, done))
    assert found == []
    assert len(died_in & {*STEPS}) >= 3, died_in


def test_what_a_kill_leaves_of_a_run_folder_is_in_nobodys_way(world: World) -> None:
    from_nothing(world)
    runs = world.folder / ".recon" / "runs"
    (runs / "20260101T000000Z").mkdir(parents=True)
    (runs / "20260102T000000Z" / "raw").mkdir(parents=True)
    (runs / "20260102T000000Z" / "run.json.part").write_text('{"version"')
    assert "no run yet" in world.recon("status").out
    assert world.recon("run").code == 0
    assert [folder.name for folder in runs.iterdir()] == [world.shop.run.name]


def test_a_log_that_was_torn_off_costs_the_last_entry_only(world: World) -> None:
    """A kill in the middle of a write to state.duckdb's log leaves a part of the last entry behind."""
    world.begin()
    assert world.recon("apply", kill_on=["POST /users/merge answered", 0]).code == -9
    log = world.folder / ".recon" / "state.duckdb.wal"
    whole = log.read_bytes()
    assert len(whole) > 1_000
    log.write_bytes(whole[:-100])
    assert world.recon("apply", "--resume").code == 5
    assert world.differences() == []
