"""Told to stop, by Ctrl-C or SIGTERM, at every stage: what is in flight is finished, the exit code says what it was,
and what recon says to do next works when it is typed."""

from __future__ import annotations

import signal
from collections import Counter
from typing import Any

import pytest
from crash_world import AGAIN, ONCE, Ended, World
from test_crash_night import from_nothing, plan_of

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def stopped(world: World, number: signal.Signals, *args: str, **driven: Any) -> list[str]:
    """Stops a command, and returns what it and `recon status`, alike, say to type next."""
    done = world.recon(*args, send=int(number), **driven)
    assert done.code == CODES[number], done
    assert "Traceback" not in done.err
    assert world.shop.run_document["state"] in ("stopped", "done"), world.shop.run_document
    command = world.advised()
    assert f"`recon {' '.join(command)}`" in done.err
    return command


@pytest.fixture(scope="module")
def wanted(world: World) -> dict[str, Any]:
    """The plan of a night that nobody stops."""
    from_nothing(world)
    assert world.recon("run").code == 0
    return plan_of(world)


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("GET /custom_attributes left", signal.SIGINT),
        ("load/quarantine 0", signal.SIGTERM),
        ("quality/traits 0", signal.SIGINT),
        ("drift/attribute 0", signal.SIGTERM),
        ("plan/correction 0", signal.SIGINT),
    ],
)
def test_stopped_before_the_delivery(world: World, wanted: dict[str, Any], moment: str, number: signal.Signals) -> None:
    from_nothing(world)
    command = stopped(world, number, "run", kill_on=[moment, 0], every_query=True)
    assert world.recon(*command).code == 0
    assert plan_of(world) == wanted


def written(world: World) -> Counter[str]:
    """The objects that Braze has got up to now."""
    log = world.shop.sandbox.requests()
    return Counter(repr(each) for each in Ended({}, [], log).objects({**ONCE, **AGAIN}))


@pytest.mark.parametrize(
    ("moment", "nth", "number"),
    [
        ("POST /users/track left", 1, signal.SIGTERM),
        ("POST /users/alias/new left", 0, signal.SIGINT),
        ("pause", 2, signal.SIGTERM),
        ("POST /users/identify left", 0, signal.SIGINT),
        ("POST /users/merge left", 1, signal.SIGTERM),
        ("POST /users/track left", 6, signal.SIGINT),
        ("POST /users/track before", 12, signal.SIGINT),
        ("POST /users/track left", 18, signal.SIGTERM),
        ("POST /users/delete left", 0, signal.SIGTERM),
        ("deliver/write_results 0", 0, signal.SIGINT),
    ],
)
def test_stopped_while_it_delivers(world: World, moment: str, nth: int, number: signal.Signals) -> None:
    world.begin()
    command = stopped(world, number, "apply", kill_on=[moment, nth])
    assert command == ["apply", "--resume"]
    sent = written(world)
    assert world.recon(*command).code == 5
    assert world.differences() == []
    everything = written(world)
    usual = Counter(repr(each) for each in world.undisturbed.objects({**ONCE, **AGAIN}))
    assert sent <= everything
    assert everything == usual, "what was answered before was sent again"


@pytest.mark.parametrize("number", CODES)
def test_stopped_while_it_reads_back(world: World, number: signal.Signals) -> None:
    world.begin()
    assert world.recon("apply").code == 5
    command = stopped(world, number, "verify", kill_on=["POST /users/export/ids left", 0])
    assert command == ["verify", "--run", world.shop.run.name]
    assert world.recon(*command).code == 5
    assert world.finished(verify=False) == []
