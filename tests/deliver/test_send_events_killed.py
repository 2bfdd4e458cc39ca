"""recon is killed again and again while it sends events, and Braze fails in every way besides: each arrives once."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from currents_world import put
from deaths import Death, Killer, counted
from shop_world import Shop
from track_world import Activity, faults, run_send_events

from recon.sandbox.server import Sandbox

pytestmark = pytest.mark.minutes

EVENTS = 1_000
TRACK = "http /users/track"
DEATHS = [
    Death("after", "sql send_events/mark", 2),  # marked, and not committed
    Death("before", TRACK, 9),  # marked, and not sent
    Death("left", TRACK, 20),
    Death("after", TRACK, 20),  # answered, and not noted
    Death("after", "sql send_events/answered", 1),  # noted, and not committed
    Death("after", "sql send_events/settle", 1),
]
CHANCE_KILLS = 2


def test_every_event_arrives_once_though_recon_is_killed_and_braze_fails(
    shop: Shop, tmp_path: Path, event_braze: tuple[Sandbox, Path]
) -> None:
    sandbox, folder = event_braze
    shop = Shop(shop.folder, sandbox)
    shop.config["braze"]["limits"] = {"objects_per_request": 10}
    world = Activity(shop, EVENTS, people=150, in_file=125)
    world.prepare()
    faults(sandbox, hang_every=37)
    chance = random.Random(20261124)
    killer = Killer(run_send_events, (str(shop.folder), sandbox.url, 1.0), "track_world")
    killed = 0
    ways: list[Death | None] = [*DEATHS, *[None] * CHANCE_KILLS]
    chance.shuffle(ways)
    files = list(world.files())
    for number, death in enumerate(ways):
        for path, content in files[number * len(files) // len(ways) : (number + 1) * len(files) // len(ways)]:
            put(path, content)
        if death:
            killed += killer.at(death)
        else:
            killed += killer.amid(lambda: counted(sandbox, "/users/track"), chance.uniform(0, 0.3))
    assert killed > len(ways) // 2
    ends = time.monotonic() + 120
    while code := killer.undisturbed():
        assert code == 6 and time.monotonic() < ends, "6 is a Braze that failed too often in a row"
    sandbox.settle()
    world.agree(folder / "braze.sqlite")
    sandbox.clear_faults()
    assert shop.recon("send-events", "--json").document["sent"] == 0
