"""What is told of `recon forward` and `recon send-events` when they run by themselves."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from currents_world import OPEN, event, write
from listener import listening
from prometheus_client.parser import text_string_to_metric_families
from shop_world import Shop


def metrics(shop: Shop, name: str) -> dict[tuple[str, str], float]:
    """Value by metric and fate, of one of the files."""
    found = {}
    for family in text_string_to_metric_families((shop.folder / name).read_text()):
        for sample in family.samples:
            assert sample.labels["workspace"] == shop.mark
            found[sample.name, sample.labels.get("fate", "")] = sample.value
    return found


def calls(shop: Shop, *people: str) -> None:
    """One Track call of each, in a file of Segment's."""
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    lines = [
        orjson.dumps({"type": "track", "messageId": f"{shop.mark}-{who}", "userId": who, "event": "E", "timestamp": at})
        for who in people
    ]
    (shop.folder / "events").mkdir()
    (shop.folder / "events" / "1.gz").write_bytes(gzip.compress(b"\n".join([*lines, b"{broken"])))


def test_events_by_themselves_are_told_of_as_a_night_is(shop: Shop) -> None:
    ann, bob = (shop.add(name, {"city": "Bern"}, {}, {"home_city": "Bern"}) for name in ("ann", "bob"))
    shop.config |= {
        "workspace": shop.mark,
        "currents": {"files": "currents/*/event_type=*/date=*/**/*.avro"},
        "events": {"files": "events/*.gz"},
    }
    shop.config["quality"]["profiles_drop_percent"] = 100
    write(shop.folder, OPEN, [event(1, ann), event(2, None)])
    calls(shop, ann, bob)
    with listening() as listener:
        shop.config["watch"] = {
            "metrics": "recon.prom",
            "slack": {"url": f"{listener.url}/slack"},
            "webhook": {"url": f"{listener.url}/hook", "when": "always"},
        }
        shop.write()
        assert shop.recon("run").code == 0
        night = (shop.folder / "recon.prom").read_bytes()
        listener.got.clear()

        assert shop.recon("forward", "--dry-run").code == 0
        assert listener.got == [], "a dry run tells nobody"

        assert shop.recon("forward").code == 0
        [told] = listener.bodies("/hook")
        assert (told["command"], told["run"], told["report"], told["exit_code"]) == ("recon forward", None, None, 0)
        assert told["verdict"] == {"outcome": "delivered", "sentence": "1 events were sent to Segment."}
        assert told["counts"]["events_forwarded"] == 1
        assert told["counts"]["events"]["filtered"] == 1
        assert set(told["seconds"]) == {"forward"}
        assert listener.bodies("/slack") == [], "no trouble"
        well = metrics(shop, "recon_forward.prom")
        assert well["recon_events", "sent"] == 1
        assert well["recon_events_exit_code", ""] == 0

        write(shop.folder, OPEN, [event(3, ann)], offset=1)
        shop.sandbox.fault("/v1/batch", "status", status=401)
        assert shop.recon("forward").code == 6
        shop.sandbox.clear_faults()
        assert listener.bodies("/hook")[-1]["verdict"]["outcome"] == "failed"
        [shown] = listener.bodies("/slack")
        assert "🔴" in shown["text"] and "refused the key" in shown["text"]
        failed = metrics(shop, "recon_forward.prom")
        assert failed["recon_events_exit_code", ""] == 6
        success = ("recon_events_last_success_timestamp_seconds", "")
        assert failed[success] == well[success], "what went well before is not forgotten"
        assert ("recon_events", "sent") not in failed

        error: dict[str, Any] = {"type": "blacklisted", "input_array": "events", "index": 1}
        body = {"message": "success", "events_processed": 1, "errors": [error]}
        shop.sandbox.fault("/users/track", "status", status=201, body=body, count=1)
        assert shop.recon("send-events").code == 5
        last = listener.bodies("/hook")[-1]
        assert (last["command"], last["verdict"]["outcome"]) == ("recon send-events", "partly_delivered")
        assert last["counts"]["events_sent"] == 1
        fields = {field["text"] for field in listener.bodies("/slack")[-1]["blocks"][2]["fields"]}
        assert {"*events sent to Braze*\n1", "*events rejected or unknown*\n1", "*events not usable*\n1"} <= fields
        sent = metrics(shop, "recon_send_events.prom")
        assert (sent["recon_events", "sent"], sent["recon_events", "rejected"]) == (1, 1)
        assert success not in sent, "it never went well"
        assert (shop.folder / "recon.prom").read_bytes() == night, "the night's own metrics stay"
        said = orjson.dumps(listener.got).decode()
        assert ann not in said and bob not in said
