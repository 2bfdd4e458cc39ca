"""A night that also sends engagement home: the repair's result is never hidden by what becomes of that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from currents_world import OPEN, PATTERN, event, write
from shop_world import Shop


@pytest.fixture
def night(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with one thing to repair and one event to send."""
    monkeypatch.setattr("recon.segment.tracking._BACKOFF_BASE", 0.001)
    ann = shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.config["currents"] = {"files": PATTERN}
    shop.config["workspace"] = shop.mark
    write(shop.folder, OPEN, [event(1, ann)])
    return shop.write()


def test_the_night_repairs_and_sends_home_with_the_tables_that_it_has_loaded(night: Shop) -> None:
    done = night.recon("run", "--apply", "--forward", "--yes", "--json")
    assert done.code == 0, done.said
    assert done.document["forward"]["sent"] == 1
    assert list(night.run_document["steps"])[-1] == "forward"
    assert night.run_document["state"] == "done"
    assert (night.run / "report.html").exists()
    again = night.recon("run", "--forward", "--yes")
    assert again.code == 0 and "forward: read 0 events" in again.out


def _segment_away(night: Shop) -> None:
    night.sandbox.fault("/v1/batch", "status", status=503)


def _nothing_configured(night: Shop) -> None:
    night.configure(lambda config: config.pop("currents"))


@pytest.mark.parametrize(("broken", "code"), [(_segment_away, 6), (_nothing_configured, 2)])
def test_a_failure_to_forward_leaves_the_repair_as_it_is(
    night: Shop, broken: Callable[[Shop], None], code: int
) -> None:
    broken(night)
    done = night.recon("run", "--apply", "--forward", "--yes", "--json")
    assert done.code == code, done.said
    assert done.document["verify"]["states"]["verified"] == 1
    assert done.document["forward"]["error"] and done.document["forward"]["remedy"]
    document = night.run_document
    assert (document["state"], document["error"], document["exit_code"]) == ("done", None, code)


def test_the_repairs_exit_code_wins(night: Shop) -> None:
    _segment_away(night)
    night.sandbox.fault("/users/track", "status", status=400, body={"message": "no", "errors": ["no"]})
    done = night.recon("run", "--apply", "--forward", "--yes", "--json")
    assert done.code == 5, done.said
    assert done.document["forward"]["exit_code"] == 6


def test_without_asking_nothing_is_sent_home(night: Shop) -> None:
    done = night.recon("run", "--apply", "--yes", "--json")
    assert done.code == 0
    assert "forward" not in done.document
