"""A night that also sends Segment's events to Braze: the repair's result is never hidden by what becomes of that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from currents_world import OPEN, PATTERN, event, write
from shop_world import Shop


@pytest.fixture
def night(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with one thing to repair, one event for Braze and one for Segment."""
    monkeypatch.setattr("recon.segment.tracking._BACKOFF_BASE", 0.001)
    ann = shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.config |= {"workspace": shop.mark, "currents": {"files": PATTERN}, "events": {"files": "events/*.json"}}
    write(shop.folder, OPEN, [event(1, ann)])
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="milliseconds")
    call = {"type": "track", "messageId": shop.mark, "userId": ann, "event": "Viewed", "timestamp": at}
    (shop.folder / "events").mkdir()
    (shop.folder / "events" / "1.json").write_bytes(orjson.dumps(call))
    return shop.write()


def test_the_night_repairs_then_sends_events_and_then_engagement(night: Shop) -> None:
    done = night.recon("run", "--apply", "--send-events", "--forward", "--yes", "--json")
    assert done.code == 0, done.said
    assert (done.document["send_events"]["sent"], done.document["forward"]["sent"]) == (1, 1)
    assert list(night.run_document["steps"])[-3:] == ["verify", "send_events", "forward"]
    again = night.recon("run", "--send-events", "--yes")
    assert again.code == 0 and "1 were sent before" in again.out
    told = night.recon("status").out
    assert "nothing is open" in told
    assert "forward: last 2" in told and "send-events: last 2" in told


def _no_files(night: Shop) -> None:
    (night.folder / "events" / "1.json").unlink()


def _nothing_configured(night: Shop) -> None:
    night.configure(lambda config: config.pop("events"))


@pytest.mark.parametrize("broken", [_no_files, _nothing_configured])
def test_a_failure_to_send_events_leaves_the_repair_and_the_rest_as_they_are(
    night: Shop, broken: Callable[[Shop], None]
) -> None:
    broken(night)
    done = night.recon("run", "--apply", "--send-events", "--forward", "--yes", "--json")
    assert done.code == 2, done.said
    assert done.document["verify"]["states"]["verified"] == 1
    assert done.document["send_events"]["error"] and done.document["send_events"]["remedy"]
    assert done.document["forward"]["sent"] == 1
    document = night.run_document
    assert (document["state"], document["error"], document["exit_code"]) == ("done", None, 2)
