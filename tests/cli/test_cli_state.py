"""The state folder is not as it should be: a person is told before a night begins, and nothing is lost by it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest
from shop_world import COMMAND, Shop


@pytest.fixture
def drifted(shop: Shop) -> Shop:
    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    return shop.write()


def damaged(path: Path) -> None:
    path.write_bytes(b"no database" * 400 + path.read_bytes()[4400:])


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def of_the_future(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.sql("INSERT INTO migration (version) VALUES (99)")


@pytest.mark.parametrize(
    ("harm", "words"),
    [(damaged, "is damaged"), (cut_off, "is damaged"), (of_the_future, "a newer recon")],
)
def test_a_state_that_cannot_be_read_is_told_before_anything_is_done(drifted: Shop, harm: Any, words: str) -> None:
    drifted.recon("run")
    state = drifted.folder / ".recon" / "state.duckdb"
    good = state.read_bytes()
    harm(state)
    for command in (["run", "--apply"], ["apply"], ["verify"], ["report"], ["forward", "--dry-run"]):
        done = drifted.recon(*command)
        assert done.code == 2, command
        assert str(state) in done.err and words in done.err and "next:" in done.err
    status = drifted.recon("status")
    assert status.code == 0
    assert words in status.out and str(state) in status.out and "a plan waits" in status.out
    assert len(list((drifted.folder / ".recon" / "runs").iterdir())) == 1, "no run was begun"
    state.write_bytes(good)
    assert drifted.recon("apply").code == 0
    assert drifted.recon("verify").code == 0


def test_a_state_that_was_moved_away_costs_no_repair(drifted: Shop) -> None:
    drifted.recon("run", "--apply")
    (drifted.folder / ".recon" / "state.duckdb").unlink()
    assert drifted.recon("run", "--apply").code == 0
    assert "nothing is open" in drifted.recon("status").out


def as_somebody_else(shop: Shop, *command: str) -> subprocess.CompletedProcess[str]:
    """In a folder that lies on a disk mounted read-only: rights would not stop the root of a container."""
    state = shop.folder / ".recon"
    line = f"mount --bind {state} {state} && mount -o remount,ro,bind {state} && exec {COMMAND} {' '.join(command)}"
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", line],
        cwd=shop.folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_folder_that_may_not_be_written_is_named_and_status_works(drifted: Shop) -> None:
    drifted.recon("run")
    for command in ("run", "apply"):
        done = as_somebody_else(drifted, command, "--no-progress")
        assert done.returncode == 2, done.stderr
        assert f"{drifted.folder / '.recon'}" in done.stderr
        assert "Read-only file system" in done.stderr and "next:" in done.stderr and "bug" not in done.stderr
    status = as_somebody_else(drifted, "status")
    assert status.returncode == 0, status.stderr
    assert "a plan waits" in status.stdout


def test_a_run_that_could_not_begin_is_told_as_failed(drifted: Shop) -> None:
    for path in (drifted.folder / "segment").rglob("*user_traits*/*"):
        path.unlink()
    failed = drifted.recon("run")
    assert failed.code == 2 and "no file matches" in failed.err
    out = drifted.recon("status").out
    assert "the last run failed at pull" in out and "no file matches" in out
    assert "--run" in drifted.recon("show").err, "an earlier run may be looked at"
    [run] = json.loads(drifted.recon("status", "--json").out)["runs"]
    assert (run["state"], run["exit_code"]) == ("failed", 2)


def test_a_run_whose_tables_were_tidied_away_says_how_to_make_them_again(drifted: Shop) -> None:
    drifted.recon("run")
    (drifted.run / "work.duckdb").unlink()
    for command in (
        ["apply"],
        ["apply", "--dry-run"],
        ["plan"],
        ["run", "--from", "drift"],
        ["show", "--profile", "x"],
    ):
        refused = drifted.recon(*command)
        assert refused.code == 2 and f"`recon load --run {drifted.run.name}`" in refused.err, command
    assert drifted.recon("load").code == 0
    assert drifted.recon("run", "--from", "drift", "--apply").code == 0
