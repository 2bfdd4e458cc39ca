"""The machine is not ready: another run is at work, or the disk is full."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from shop_world import COMMAND, Shop


def test_a_second_run_is_refused_with_pid_and_start_and_status_still_works(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.write()
    shop.sandbox.fault("/storage/*", "never_ready")
    first = shop.spawn("run", "--no-progress")
    try:
        ends = time.monotonic() + 30
        while not shop.sandbox.requests("/storage/*", after=shop.logged):
            assert time.monotonic() < ends and first.poll() is None
            time.sleep(0.05)
        second = shop.recon("run")
        assert second.code == 2
        assert f"pid {first.pid}" in second.err
        assert "`recon run`" in second.err
        assert f"started {time.strftime('%Y-%m-%dT', time.gmtime())}" in second.err
        assert "next:" in second.err
        status = shop.recon("status")
        assert status.code == 0
        assert f"pid {first.pid}" in status.out
        assert shop.recon("status", "--json").document["at_work"]["pid"] == first.pid
        assert len(list((shop.folder / ".recon" / "runs").iterdir())) == 1
    finally:
        shop.sandbox.clear_faults()
        _, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert shop.recon("run").code == 0


def test_a_run_that_was_killed_blocks_nobody(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.write()
    shop.sandbox.fault("/storage/*", "never_ready")
    first = shop.spawn("run", "--no-progress")
    ends = time.monotonic() + 30
    while not shop.sandbox.requests("/storage/*", after=shop.logged):
        assert time.monotonic() < ends and first.poll() is None
        time.sleep(0.05)
    first.kill()
    first.communicate()
    shop.sandbox.clear_faults()
    assert "broke off during pull" in shop.recon("status").out
    assert shop.recon("run", "--apply").code == 0


@pytest.fixture
def crowded(shop: Shop) -> Iterator[Shop]:
    """So many rows that they do not fit on a small disk."""
    text = os.urandom(64).hex()
    for number in range(4000):
        shop.add(f"p{number}", {"city": f"{number} {text}", "plan": f"{text} {number}"}, {}, {"home_city": "Basel"})
    lines = shop.lines()
    shop.exported.clear()
    shop.write_export(lines=lines)
    shop.write_table("user_traits", "ndjson")
    shop.write_table("user_identifiers")
    shop.write_table("profile_merges")
    shop.configure()
    return shop


@pytest.mark.parametrize(
    ("megabytes", "form"),
    [(2, "ndjson"), (4, "ndjson"), (3, "csv"), (7, "ndjson")],
    ids=["while copying", "while loading", "while loading csv", "while comparing"],
)
def test_a_full_disk_is_named_nothing_is_sent_and_the_inputs_stay(crowded: Shop, megabytes: int, form: str) -> None:
    crowded.write_table("user_traits", form)
    crowded.configure()
    inputs = {path: path.read_bytes() for path in crowded.folder.rglob("segment/*/*")}
    state = crowded.folder / ".recon"
    state.mkdir()
    command = f"mount -t tmpfs -o size={megabytes}m none {state} && exec {COMMAND} run --apply --no-progress"
    # A mount namespace of its own: nothing is left to unmount, and root of the machine is not needed.
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", command],
        cwd=crowded.folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "disk" in done.stderr or "room" in done.stderr
    assert str(state) in done.stderr
    assert "next:" in done.stderr
    assert crowded.tracks() == []
    assert {path: path.read_bytes() for path in crowded.folder.rglob("segment/*/*")} == inputs


def test_the_run_goes_on_where_there_is_room_again(crowded: Shop, tmp_path: Path) -> None:
    crowded.configure(lambda config: config.update(state=str(tmp_path / "roomy")))
    assert crowded.recon("run", "-q").code == 0
