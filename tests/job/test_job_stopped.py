"""A delivery that is stopped, kindly or not, and gone on with: nothing lost, nothing forgotten."""

from __future__ import annotations

import collections
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from shop_world import Shop, served

PEOPLE = 40


@pytest.fixture
def slow(shop: Shop, tmp_path: Path) -> Iterator[Shop]:
    """A plan of forty requests against a Braze that takes twenty in three seconds."""
    (tmp_path / "slow").mkdir()
    with served(
        tmp_path / "slow", limits={"track": {"limit": 25, "seconds": 3}, "export_ids": {"limit": 1000}}
    ) as sandbox:
        shop.sandbox = sandbox
        shop.logged = 0
        shop.variables["SANDBOX_URL"] = sandbox.url
        shop.config["braze"]["limits"] = {"objects_per_request": 1}
        for number in range(PEOPLE):
            shop.add(f"p{number:02}", {"city": "Bern"}, {}, {"home_city": "Basel"})
        shop.write()
        assert shop.recon("run").code == 0
        yield shop


def _until_under_way(shop: Shop) -> None:
    ends = time.monotonic() + 30
    while len(shop.tracks()) < 5:
        assert time.monotonic() < ends, "the delivery never began"
        time.sleep(0.05)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)], ids=["term", "kill"])
def test_a_stopped_delivery_is_gone_on_with(slow: Shop, number: signal.Signals, code: int) -> None:
    process = slow.spawn("apply", "--no-progress")
    _until_under_way(slow)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    sent = {objects[0]["external_id"] for objects in slow.sent()}
    assert 0 < len(sent) < PEOPLE
    if number != signal.SIGKILL:
        assert "recon apply --resume" in err
        assert collections.Counter(slow.states().values()) == {"accepted": len(sent), "planned": PEOPLE - len(sent)}
        assert slow.run_document["state"] == "stopped"
    assert "recon apply --resume" in slow.recon("status").out

    done = slow.recon("apply", "--resume", "--json")
    assert done.code == 0
    assert done.document["states"]["accepted"] == PEOPLE
    again = collections.Counter(objects[0]["external_id"] for objects in slow.sent())
    assert len(again) == PEOPLE
    if number != signal.SIGKILL:
        assert max(again.values()) == 1, "what was answered before was sent again"
    slow.sandbox.settle()
    assert slow.recon("verify").code == 0
    assert collections.Counter(slow.states().values()) == {"verified": PEOPLE}


def test_resuming_needs_something_to_go_on_with(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.write()
    shop.recon("run")
    done = shop.recon("apply", "--resume")
    assert done.code == 2
    assert "recon apply" in done.err


def test_a_run_that_is_stopped_while_it_waits_for_the_export_sends_nothing(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.write()
    shop.sandbox.fault("/storage/*", "never_ready")
    process = shop.spawn("run", "--apply", "--no-progress")
    ends = time.monotonic() + 30
    while not shop.sandbox.requests("/storage/*", after=shop.logged):
        assert time.monotonic() < ends
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert shop.tracks() == []
    assert shop.run_document["exit_code"] == 130
    shop.sandbox.clear_faults()
    assert shop.recon("run", "--apply").code == 0
