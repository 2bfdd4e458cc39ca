"""What is told of a night whose events, after a good repair, did not reach the other side."""

from __future__ import annotations

import orjson
from listener import listening
from prometheus_client.parser import text_string_to_metric_families
from shop_world import Shop


def test_a_good_repair_does_not_hide_that_forwarding_failed(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Bern"})
    with listening() as listener:
        shop.config["watch"] = {
            "metrics": "recon.prom",
            "slack": {"url": f"{listener.url}/slack"},
            "webhook": {"url": f"{listener.url}/hook"},
        }
        shop.write()  # without a section currents nothing can be forwarded
        done = shop.recon("run", "--apply", "--forward", "--yes")
    assert done.code == 2
    [told] = [body for path, body in listener.got if path == "/hook"]
    assert told["verdict"]["outcome"] == "failed"
    assert "Of the events after that: wrong usage or configuration" in told["verdict"]["sentence"]
    [shown] = [body for path, body in listener.got if path == "/slack"]
    assert "🔴" in shown["text"]
    assert "recon.yml has no section" not in orjson.dumps(listener.got).decode()
    families = {family.name for family in text_string_to_metric_families((shop.folder / "recon.prom").read_text())}
    assert "recon_events_forwarded" not in families
    assert "recon_exit_code" in families
