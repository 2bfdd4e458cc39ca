"""Fifty times killed without a word, before a Segment that fails in every way: each event arrives, once."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import random
import signal
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest
from currents_world import put
from forward_world import PATTERN, Engagement, parquet, run_forward
from shop_world import MERGES, Shop, served

from recon.sandbox.server import Sandbox
from recon.sandbox.settings import Modes

pytestmark = pytest.mark.minutes

KILLS = 25
EVENTS = 25_000


def faults(sandbox: Sandbox) -> None:
    """Everything that can go wrong on the way, before and after Segment has taken a batch."""
    sandbox.fault("/v1/batch", "status", status=429, every=7, retry_after=0.05)
    sandbox.fault("/v1/batch", "status", status=500, every=11)
    sandbox.fault("/v1/batch", "status", status=503, every=12, applied=True)
    sandbox.fault("/v1/batch", "hang", seconds=0.2, every=13)
    sandbox.fault("/v1/batch", "drop", every=14)
    sandbox.fault("/v1/batch", "drop", every=15, applied=True)
    sandbox.fault("/v1/batch", "cut", every=16)
    sandbox.fault("/v1/batch", "broken_json", every=17)


def until_it_sends(sandbox: Sandbox, process: multiprocessing.process.BaseProcess) -> None:
    """Waits for a request to Segment, or the process's end."""
    before = len(sandbox.requests("/v1/batch"))
    while process.is_alive() and len(sandbox.requests("/v1/batch")) == before:
        time.sleep(0.02)


def people(shop: Shop, world: Engagement) -> None:
    """Segment's tables, as far as forwarding reads them."""
    put(shop.folder / "segment/user_identifiers/1.parquet", parquet(world.identifiers()))
    put(
        shop.folder / "segment/profile_merges/1.parquet", parquet(pl.DataFrame(schema=dict.fromkeys(MERGES, pl.String)))
    )
    rows = "".join(f"{each},2024-01-01T00:00:00Z\n" for each in world.suppressed())
    (shop.folder / "suppressed.csv").write_text("user_id,suppressed_at\n" + rows)
    shop.config["segment"]["suppressions"] = "suppressed.csv"
    shop.config["currents"] = {"files": PATTERN}
    shop.configure()


def ledger(shop: Shop) -> set[int]:
    with duckdb.connect(str(shop.folder / ".recon/state.duckdb"), read_only=True) as con:
        rows = con.execute("select event::varchar from ledger").fetchall()
    assert len(rows) == len(set(rows)), "an event stands in the ledger twice"
    return {int(row[0]) for row in rows}


def key_of(message: str) -> int:
    return int.from_bytes(bytes.fromhex(message.removeprefix("bzc-")), "little")


def test_every_event_arrives_once_whatever_happens(shop: Shop, tmp_path: Path) -> None:
    world = Engagement(EVENTS, people=5_000, in_file=1_000)
    files = list(world.files())
    chance = random.Random(5)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["forward_world"])
    (tmp_path / "segment").mkdir()
    with served(tmp_path / "segment", modes=Modes()) as sandbox:
        shop.sandbox = sandbox
        shop.variables["SANDBOX_URL"] = sandbox.url
        people(shop, world)
        faults(sandbox)
        through = 0
        for kills in range(KILLS):
            for file in files[kills * len(files) // KILLS : (kills + 1) * len(files) // KILLS]:
                put(shop.folder / file.key, file.content)
            process = processes.Process(target=run_forward, args=(str(shop.folder),))
            process.start()
            if kills % 5:
                until_it_sends(sandbox, process)
            process.join(chance.uniform(0, 0.5))
            process.kill()
            process.join()
            assert process.exitcode in (0, -signal.SIGKILL)
            through += process.exitcode == 0
        assert through < KILLS // 3, "most were through before they could be killed"
        ends = time.monotonic() + 60
        while (done := shop.recon("forward", "--json")).code:
            assert done.code == 6 and time.monotonic() < ends, done.said
        received = sandbox.events()
    expected = world.messages("shop")
    taken = [(row["message_id"], row["user_id"]) for row in received if row["dropped"] is None]
    assert dict(taken) == expected
    assert len(taken) == len(expected)
    assert {row["dropped"] for row in received} <= {None, "duplicate"}
    assert {row["message_id"] for row in received} == set(expected)
    assert ledger(shop) == set(map(key_of, expected))
    # Nothing is left to do, but to look at damaged files again.
    assert shop.recon("forward", "--json").document["sent"] == 0


def test_a_kind_stop_waits_for_answers_and_notes_them(shop: Shop, tmp_path: Path) -> None:
    world = Engagement(20_000, people=500, in_file=5_000)
    for file in world.files():
        put(shop.folder / file.key, file.content)
    (tmp_path / "segment").mkdir()
    with served(tmp_path / "segment", modes=Modes()) as sandbox:
        shop.sandbox = sandbox
        shop.variables["SANDBOX_URL"] = sandbox.url
        people(shop, world)
        sandbox.fault("/v1/batch", "status", status=429, after=5, retry_after=60)
        process = shop.spawn("forward", "--no-progress")
        while process.poll() is None and len(sandbox.requests("/v1/batch")) < 8:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 143, err
        assert "recon forward" in err
        taken = {row["message_id"] for row in sandbox.events() if row["dropped"] is None}
        assert taken and ledger(shop) == set(map(key_of, taken)), "what was answered is in the ledger, and no more"
        sandbox.clear_faults()
        assert shop.recon("forward").code == 0
        assert {row["message_id"] for row in sandbox.events()} == set(world.messages("shop"))
        assert {row["dropped"] for row in sandbox.events()} == {None}, "nothing was sent twice"
