"""Files of Segment's S3 destination as they come: whole, plain, damaged, with broken lines and other calls between."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import pytest

from recon.segment import track_files
from recon.store import duck
from recon.store.lines import Reject

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duck.database(tmp_path / "work.duckdb") as con:
        yield con


def line(number: int, **members: object) -> bytes:
    call = {
        "type": "track",
        "messageId": f"m{number}",
        "userId": "u",
        "event": "Viewed",
        "timestamp": "2026-11-20T10:00:00.123Z",
        "receivedAt": "2026-11-20T10:00:02.000Z",
        "properties": {"n": number},
    }
    return orjson.dumps(call | members) + b"\n"


def read(con: duckdb.DuckDBPyConnection, folder: Path) -> tuple[list[tuple[object, ...]], list[Reject]]:
    """The calls of all files under `folder`, and what was rejected."""
    found = track_files.discover(str(folder / "*"), LONG_AGO)
    rejects = track_files.load(con, [(file, Path(file.url)) for file in found], folder / "room")
    calls = con.execute(
        "SELECT message_id, strftime(happened_at, '%H:%M:%S.%g'), properties FROM track_call ORDER BY 1"
    )
    return calls.fetchall(), rejects


def test_plain_and_packed_files_are_read_alike_and_only_track_calls_count(con, tmp_path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "1.gz").write_bytes(gzip.compress(line(1) + line(2, type="identify")) + gzip.compress(line(3)))
    (folder / "2.json").write_bytes(line(4).rstrip(b"\n"))
    (folder / "3.gz").write_bytes(b"")
    calls, rejects = read(con, folder)
    assert [call[0] for call in calls] == ["m1", "m3", "m4"]
    assert calls[0][1:] == ("10:00:00.123", '{"n":1}')
    assert rejects == []


def test_a_broken_line_is_named_with_its_file_and_place_and_the_others_count(con, tmp_path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    broken = b'{"type": "track", "messageId": "x"\n', b"[1]\n", b'{"userId": "\xff"}\n', b"\n"
    (folder / "1.gz").write_bytes(gzip.compress(line(1) + b"".join(broken) + line(2)))
    calls, rejects = read(con, folder)
    assert [call[0] for call in calls] == ["m1", "m2"]
    assert [(Path(reject.file).name, reject.line, reject.reason) for reject in rejects] == [
        ("1.gz", 2, "not JSON"),
        ("1.gz", 3, "not a JSON object"),
        ("1.gz", 4, "not UTF-8 (byte 13)"),
    ]


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_the_whole_lines_of_a_damaged_file_are_read_and_the_file_is_named(con, tmp_path, damage) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    packed = bytearray(gzip.compress(b"".join(line(n, nonce=os.urandom(20).hex()) for n in range(5000))))
    if damage == "cut":
        del packed[len(packed) // 2 :]
    else:
        packed[-8] ^= 1  # of the checksum
    (folder / "1.gz").write_bytes(packed)
    calls, [reject] = read(con, folder)
    assert 1000 < len(calls) < 5000 if damage == "cut" else len(calls) >= 4999
    assert (Path(reject.file).name, reject.line) == ("1.gz", 0)
    assert "cut off or damaged" in reject.reason


def test_an_event_never_happens_after_segment_received_it(con, tmp_path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "1.json").write_bytes(
        line(1, timestamp="2031-01-01T00:00:00Z")
        + line(2, timestamp="2026-11-20T12:00:00+02:00")
        + line(3, timestamp="soon")
    )
    calls, _ = read(con, folder)
    assert [call[1] for call in calls] == ["10:00:02.000", "10:00:00.000", None]


def test_files_that_were_written_before_the_window_are_not_read(tmp_path) -> None:
    (tmp_path / "1.gz").write_bytes(b"")
    now = datetime.now(UTC)
    assert track_files.discover(str(tmp_path / "*.gz"), now + timedelta(hours=1)) == []
    assert len(track_files.discover(str(tmp_path / "*.gz"), now - timedelta(hours=1))) == 1
