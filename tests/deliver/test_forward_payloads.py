"""Every event type of the catalogue, with every field that Braze's samples have, as the Track call that Segment gets.

After an intended change: `python tests/deliver/test_forward_payloads.py` writes track_payloads.jsonl anew; look at
the diff.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))

from currents_world import SCHEMAS, frame

from recon.config.loading import load
from recon.currents import catalogue
from recon.currents.read import shaped
from recon.deliver.forward_calls import Calls
from recon.deliver.forward_chunks import Chunk
from recon.deliver.forward_events import Events
from recon.store import sql
from recon.store.state import attached

GOLDEN = Path(__file__).with_name("track_payloads.jsonl")
CONTRACT = Path(__file__).parents[1] / "config" / "contract.yml"
SECRETS = ("SEGMENT_WRITE_KEY", "BRAZE_READ_KEY", "BRAZE_WRITE_KEY", "BRAZE_SEGMENT_ID", "RECON_PSEUDONYM_KEY")


def sample(event_type: str) -> dict[str, Any]:
    """An event with a value in every field."""
    values: dict[str, Any] = {
        "string": None,
        "int": 7,
        "long": 7_000_000_000,
        "boolean": True,
        "float": 19.99,
        "strings": ["a"],
    }
    row = {name: f"a {name}" if kind == "string" else values[kind] for name, kind in SCHEMAS[event_type].items()}
    row |= {name: '{"a": [1, "x"]}' for name in row if catalogue.holds_json(name)}
    return row | {"id": "id-1", "time": 1_750_000_000, "external_user_id": "ann"}


def payloads(folder: Path) -> dict[str, dict[str, Any]]:
    """Event type → Track call, by the very queries that `recon forward` runs."""
    config = load(CONTRACT, {name: f"made-up-{name}" for name in SECRETS})
    found = {}
    with duckdb.connect() as con, attached(con, folder):
        sql.run(con, "settings", {"memory": "1GB", "spill": str(folder)})
        con.execute("create temp table forward_person (user_id text, canonical_id text, suppressed boolean)")
        con.execute("create temp table own_change (external_id text, field text, status text, noted_at double)")
        frames = []
        for event_type in SCHEMAS:
            rows = shaped(frame(event_type, [sample(event_type)]), 1)
            frames.append((event_type, rows.with_columns(**{"recon.file": 0})))
        going = Events(con, config).judge(Chunk(frames, [], 0), 0)
        for batch in Calls(con, config.workspace, config.currents.events).write(going).batches:
            for body in json.loads(b"[%b]" % b"".join(batch.calls)):
                body["context"]["library"]["version"] = "any"
                found[body["properties"]["currents_event_type"]] = body
    return found


def test_every_type_of_the_catalogue_becomes_the_track_call_that_is_written_down(tmp_path: Path) -> None:
    golden = {
        body["properties"]["currents_event_type"]: body for body in map(json.loads, GOLDEN.read_text().splitlines())
    }
    found = payloads(tmp_path)
    assert set(golden) == set(catalogue.types())
    for event_type, body in golden.items():
        assert found[event_type] == body, event_type


def test_no_payload_holds_an_identifier_beside_the_user_id_or_a_secret(tmp_path: Path) -> None:
    kept_back = {name for name, field in catalogue.fields().items() if field.use in ("identifier", "secret")}
    assert {"email_address", "push_token", "to_phone_number", "user_id"} <= kept_back
    for event_type, body in payloads(tmp_path).items():
        assert not kept_back & set(body["properties"]), event_type
        assert set(body) == {
            *("type", "event", "messageId", "userId", "timestamp", "properties", "context", "integrations")
        }
        assert set(body["context"]) == {"library"}


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        lines = [json.dumps(body, ensure_ascii=False) for _, body in sorted(payloads(Path(folder)).items())]
    GOLDEN.write_text("\n".join(lines) + "\n")
