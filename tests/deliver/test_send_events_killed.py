"""recon is killed again and again while it sends events, and Braze fails besides: each event arrives once."""

from __future__ import annotations

import random
import subprocess
import sys
import time

from events_world import Bazaar

# Instead of the long waits before a look: Braze's word that it has taken in what it accepted.
_SHORT_WAITS = """
import sys
import recon.braze.client, recon.braze.users, recon.deliver.event_doubt, recon.deliver.readback
from recon.cli import main
from recon.sandbox.server import Sandbox
sandbox, read = Sandbox(sys.argv.pop(1)), recon.braze.users.read_profiles
def read_when_settled(*given, **named):
    sandbox.settle()
    return read(*given, **named)
recon.braze.users.read_profiles = read_when_settled
recon.deliver.event_doubt.CERTAIN_AFTER = recon.deliver.readback.SETTLE = 0.05
recon.braze.client._BACKOFF_BASE = 0.001
main()
"""
FILES = 4


def _kill_amid(bazaar: Bazaar, requests: int) -> bool:
    """Starts send-events and kills it after so many more requests; whether it was not done by then."""
    before = max((row["n"] for row in bazaar.sandbox.requests()), default=0)
    process = subprocess.Popen(
        [sys.executable, "-c", _SHORT_WAITS, bazaar.sandbox.url, "send-events", "-q"],
        cwd=bazaar.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    ends = time.monotonic() + 60
    while process.poll() is None and len(bazaar.sandbox.requests("/users/track", after=before)) < requests:
        assert time.monotonic() < ends
        time.sleep(0.005)
    process.kill()
    _, err = process.communicate(timeout=30)
    time.sleep(0.5)  # what was on its way arrives
    assert process.returncode in (0, -9), err.decode()
    return process.returncode == -9


def test_every_event_arrives_once_though_recon_is_killed_and_braze_fails(bazaar: Bazaar) -> None:
    chance = random.Random(20261124)
    bazaar.config["braze"]["limits"] = {"objects_per_request": 2}
    people = [bazaar.customer(f"p{n}") for n in range(30)]
    bazaar.people()
    events = ("Viewed", "Added", "Removed", "Searched")
    for n in range(160):
        bazaar.call(chance.choice(people), chance.choice(events), n % 97 + chance.choice((2, 0.5 / 60 + 2, 300)))
    products = [{"product_id": f"sku-{n}", "price": 9.5, "currency": "EUR", "quantity": 1 + n % 3} for n in range(5)]
    orders = [
        bazaar.order(chance.choice(people), *chance.sample(products, chance.choice((1, 2, 3))), minutes_ago=5 + n)
        for n in range(20)
    ]
    arriving = [*bazaar.calls]
    chance.shuffle(arriving)  # late, out of order
    for fault in (
        {"kind": "status", "status": 500, "every": 5},
        {"kind": "status", "status": 500, "every": 9, "applied": True},
        {"kind": "drop", "every": 11, "applied": True},
        {"kind": "broken_json", "every": 13},
        {"kind": "status", "status": 429, "every": 17, "retry_after": 0.05},
    ):
        bazaar.sandbox.fault("/users/track", **fault)
    killed = []
    for n in range(FILES):
        again = chance.sample(arriving[: n * 30 + 1], min(20, n * 30 + 1))
        part = arriving[n::FILES] + again
        bazaar.file(f"{n}.gz", *part, b'{"type": "track", "messageId": "broken', cut=9 if n == 3 else None)
        killed.append(_kill_amid(bazaar, chance.randrange(1, 30)))
    bazaar.file("3.gz", *arriving[3::FILES])
    assert any(killed)
    bazaar.sandbox.clear_faults()
    bazaar.sandbox.fault("/users/track", "status", status=500, every=6, applied=True)
    done = bazaar.deliver()
    assert done["unknown"] == 0
    assert bazaar.held() == bazaar.expected(*(call for call in bazaar.calls if call not in orders))
    assert bazaar.bought() == bazaar.expected_purchases(*orders)
    assert bazaar.deliver()["sent"] == 0
