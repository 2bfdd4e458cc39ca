"""Killed without a word again and again, before a Segment that fails in every way: each event arrives, once."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest
from currents_world import put
from deaths import Death, Killer, counted
from forward_world import PATTERN, Engagement, parquet, run_forward
from shop_world import MERGES, Shop, served

from recon.sandbox.server import Sandbox
from recon.sandbox.settings import Modes

pytestmark = pytest.mark.minutes

EVENTS = 25_000
BATCH = "http /v1/batch"
DEATHS = [
    Death("before", "sql forward/judge", 2),  # read, and not judged
    Death("before", BATCH, 3),
    Death("left", BATCH, 1),
    Death("left", BATCH, 8),
    *[Death("after", BATCH, nth) for nth in (1, 4, 9)],  # answered, and not in the ledger
    *[Death("after", "sql forward/answered", nth) for nth in (1, 2)],  # in the ledger, and not committed
    Death("after", "sql forward/files", 1),
    Death("after", "sql forward/quarantine", 1),
]
CHANCE_KILLS = 4


def faults(sandbox: Sandbox) -> None:
    """Everything that can go wrong on the way, before and after Segment has taken a batch."""
    sandbox.fault("/v1/batch", "status", status=429, every=7, retry_after=0.05)
    sandbox.fault("/v1/batch", "status", status=500, every=11)
    sandbox.fault("/v1/batch", "status", status=503, every=12, applied=True)
    sandbox.fault("/v1/batch", "hang", seconds=60, every=13)
    sandbox.fault("/v1/batch", "hang", seconds=60, every=23, applied=True)
    sandbox.fault("/v1/batch", "drop", every=14)
    sandbox.fault("/v1/batch", "drop", every=15, applied=True)
    sandbox.fault("/v1/batch", "cut", every=16)
    sandbox.fault("/v1/batch", "broken_json", every=17)


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
    (tmp_path / "segment").mkdir()
    with served(tmp_path / "segment", modes=Modes()) as sandbox:
        shop.sandbox = sandbox
        shop.variables["SANDBOX_URL"] = sandbox.url
        people(shop, world)
        faults(sandbox)
        killer = Killer(run_forward, (str(shop.folder), 1.0), "forward_world")
        ways: list[Death | None] = [*DEATHS, *[None] * CHANCE_KILLS]
        chance.shuffle(ways)
        killed = 0
        for number, death in enumerate(ways):
            for file in files[number * len(files) // len(ways) : (number + 1) * len(files) // len(ways)]:
                put(shop.folder / file.key, file.content)
            if death:
                killed += killer.at(death)
            else:
                killed += killer.amid(lambda: counted(sandbox, "/v1/batch"), chance.uniform(0, 0.4))
        assert killed > len(ways) // 2, "most were through before they could be killed"
        ends = time.monotonic() + 120
        while code := killer.undisturbed():
            assert code == 6 and time.monotonic() < ends, "6 is a Segment that failed too often in a row"
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
