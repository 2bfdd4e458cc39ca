"""Currents files: found in every layout, read with their own schemas, whole or in part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from currents_world import CLICK, INTEGRATION, OPEN, SEND, avro_bytes, event, hour, joined, put

from recon.currents import catalogue
from recon.currents.discover import CurrentsFile, discover
from recon.currents.read import LINE, Reading
from recon.store.files import RemoteFile

OLD = "dataexport.S3.integration.69cadaaed2d51b7c75b1a3e5"


def read(name: str, content: bytes, event_type: str | None = OPEN) -> Reading:
    source = RemoteFile(name, name, len(content), datetime.now(UTC), None)
    return Reading(CurrentsFile(source, event_type, hour()), content)


def ids(reading: Reading) -> list[tuple[str, int]]:
    return [row for piece in reading.pieces() for row in piece.frame.select("id", LINE).iter_rows()]


@pytest.mark.parametrize(
    "key",
    [
        f"currents/{INTEGRATION}/event_type={{type}}/date={{hour}}/version=6/us-01/{INTEGRATION}+0+123456.avro",
        f"a/b/{INTEGRATION}/event_type={{type}}/date={{hour}}/3/us-01/{OLD}+2+0000035465.avro",
        f"{OLD}/event_type={{type}}/date={{hour}}/3/{OLD}+2+0000035465.avro",
        "dataexport.prod-01.AzureBlob.integration.1/event_type={type}/date={hour}/x.avro",
        "other/date={hour}/event_type={type}/x.avro",
    ],
)
def test_every_key_layout_gives_type_and_hour(tmp_path: Path, key: str) -> None:
    put(tmp_path / key.format(type=OPEN, hour=hour(5)), b"x")
    put(tmp_path / key.format(type=CLICK, hour=hour(5)), b"x")
    put(tmp_path / key.format(type=OPEN, hour=hour(500)), b"x")
    since = datetime.now(UTC) - timedelta(hours=48)
    for pattern in ("**/*.avro", "**/event_type=*/date=*/**/*.avro" if "other" not in key else "**/*.avro"):
        [found] = discover(str(tmp_path / pattern), since, lambda kind: kind == OPEN)
        assert (found.event_type, found.hour) == (OPEN, hour(5))


def test_a_file_without_a_date_in_its_key_is_dated_by_its_last_change(tmp_path: Path) -> None:
    put(tmp_path / "kept.json", b"{}")
    [found] = discover(str(tmp_path / "*.json"), datetime.now(UTC) - timedelta(hours=2), lambda _: True)
    assert found.event_type is None and found.hour in (hour(0), hour(0.1))
    assert discover(str(tmp_path / "*.json"), datetime.now(UTC) + timedelta(hours=2), lambda _: True) == []


def test_columns_come_and_go_and_the_missing_ones_are_null() -> None:
    old = read("1.avro", avro_bytes(OPEN, [{"id": "1", "time": 5, "external_user_id": "ann"}]))
    new = read("2.avro", avro_bytes(OPEN, [event(2, "ann", field_of_next_year="x")]))
    [[before], [after]] = [[piece.frame for piece in each.pieces()] for each in (old, new)]
    assert before.to_dicts() == [{LINE: 1, "id": "1", "time": 5, "external_user_id": "ann", "user_id": None}]
    assert after["field_of_next_year"].to_list() == ["x"]
    assert old.damage is None and new.damage is None


def test_the_event_type_may_be_in_the_file_alone() -> None:
    reading = read("1.avro", avro_bytes(CLICK, [event(1, "ann")]), None)
    assert [piece.event_type for piece in reading.pieces()] == [CLICK]


def test_floats_are_what_people_wrote() -> None:
    [piece] = read("1.avro", avro_bytes("users.behaviors.Purchase", [event(1, "ann", price=19.99)])).pieces()
    assert piece.frame["price"].to_list() == [19.99]


def test_of_a_damaged_file_every_whole_block_is_read() -> None:
    blocks = [avro_bytes(OPEN, [event(f"{n}-{m}", "ann") for m in range(3)]) for n in range(4)]
    whole = joined(blocks)
    assert len(ids(read("1.avro", whole))) == 12
    cut = read("1.avro", whole[:-20])
    assert [row[1] for row in ids(cut)] == list(range(1, 10))
    assert cut.damage == "cut off"
    middle = bytearray(whole)
    place = whole.index(b"id-1-0") - 3
    middle[place : place + 40] = b"\xff" * 40
    hurt = read("1.avro", bytes(middle))
    assert [name for name, _ in ids(hurt)] == [f"id-{n}-{m}" for n in (0, 2, 3) for m in range(3)]
    assert hurt.damage == "damaged in the middle"


@pytest.mark.parametrize("content", [b"", b"Obj", b"Obj\x01", b"Obj\x01\xff\xff\xff\xff", b"PAR1 something else"])
def test_what_is_no_avro_file_is_damaged_and_nothing_worse(content: bytes) -> None:
    reading = read("1.avro", content)
    assert ids(reading) == []
    assert reading.damage


def test_an_empty_block_list_is_a_file_without_events() -> None:
    content = avro_bytes(OPEN, [event(1, "ann")])
    from recon.currents.avro import seams

    reading = read("1.avro", seams(content).header)
    assert ids(reading) == [] and reading.damage is None


def test_values_of_json_keep_their_types_and_mixed_ones_are_text() -> None:
    lines = b'{"event_type": "a.B", "id": "1", "time": 5, '
    lines += b'"properties": {"n": 1, "f": 1.5, "b": true, "m": "x", "l": ["q"]}}\n'
    lines += (
        b'{"event_type": "a.B", "id": 7, "time": "9", "properties": {"n": 2, "f": 2, "b": null, "m": 5, "l": null}}\n'
    )
    reading = read("1.json", lines, None)
    [piece] = reading.pieces()
    rows = piece.frame.to_dicts()
    assert rows[0] | {LINE: 1} == rows[0]
    assert (rows[0]["n"], rows[0]["f"], rows[0]["b"], rows[0]["m"], rows[0]["l"]) == (1, 1.5, True, "x", ["q"])
    assert (rows[1]["id"], rows[1]["time"], rows[1]["m"], rows[1]["b"], rows[1]["l"]) == ("7", 9, "5", None, None)
    assert reading.rejects == []


def test_names_follow_segments_documentation_and_unknown_types_get_one_of_their_own() -> None:
    names = {
        kind: catalogue.segment_event(kind, {}) for kind in (*catalogue.types(), "users.messages.hologram.SentBack")
    }
    assert names[SEND] == "Email Sent" and names[CLICK] == "Email Link Clicked"
    assert names["users.messages.rcs.Send"] == "RCS Sent" and names["users.messages.line.Click"] == "LINE Clicked"
    assert names["users.messages.email.Retry"] == "Email Retry"
    assert names["users.messages.hologram.SentBack"] == "Hologram Sent Back"
    alike = [name for name in names.values() if list(names.values()).count(name) > 1]
    assert set(alike) == {"Canvas Exited"}, "Segment documents this name for both ways out of a Canvas"
