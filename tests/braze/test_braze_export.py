from __future__ import annotations

import gzip
import io
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from braze_scripted import Reply, Scripted, Seen, scripted
from braze_world import PEOPLE, SEGMENT

from recon.braze import download as download_module
from recon.braze import export as export_module
from recon.braze.client import BrazeClient
from recon.braze.download import Progress
from recon.braze.errors import ExportNotReady, ExportToBucket, Unavailable, UnexpectedAnswer
from recon.braze.export import ExportJob, fetch, start_export
from recon.errors import ConfigError, InputError, Stopped, UsageError

Connect = Callable[..., BrazeClient]
FIELDS = ["external_id", "braze_id", "email"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asks again within milliseconds."""
    monkeypatch.setattr(download_module, "_POLL_FIRST", 0.05)
    monkeypatch.setattr(download_module, "_POLL_LAST", 0.05)
    monkeypatch.setattr(export_module, "_BUSY_FIRST", 0.05)


def archive(lines: int = 2_000) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        file.writestr("users.txt", "".join(f'{{"external_id": "u_{number}"}}\n' for number in range(lines)))
    return packed.getvalue()


class Storage:
    """Storage that can resume: `breaks` are the byte counts after which successive answers break off."""

    def __init__(self, content: bytes, *breaks: int, etag: str | None = '"v1"') -> None:
        self.content, self.breaks, self.etag = content, list(breaks), etag

    def __call__(self, seen: Seen) -> Reply:
        start, status, headers = 0, 200, {"ETag": self.etag} if self.etag else {}
        wanted = seen.headers.get("range")
        if wanted and seen.headers.get("if-range") == self.etag:
            start, status = int(wanted.removeprefix("bytes=").rstrip("-")), 206
            headers["Content-Range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        cut = self.breaks.pop(0) if self.breaks else None
        return Reply(status, self.content[start:], headers, cut=cut)


def job(server: Scripted) -> ExportJob:
    return ExportJob(SEGMENT, "0a1b-1700000000", f"{server.url}/bucket/x.zip?signature=SECRET")


def users(path: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as file:
        return [orjson.loads(line) for name in file.namelist() for line in file.read(name).splitlines()]


def test_a_segment_is_exported_waited_for_and_fetched(world: Any, connect: Connect, tmp_path: Path) -> None:
    client = connect(world(export_delay=0.3).url)
    seen: list[Progress] = []
    exported = start_export(client, SEGMENT, FIELDS, ["plan_tier"])
    (path,) = fetch(client, exported, tmp_path / "raw", on_progress=seen.append)
    assert path.name == f"{exported.object_prefix}.zip"
    found = {user["external_id"]: user for user in users(path)}
    assert len(found) == PEOPLE
    assert found["u_7"]["custom_attributes"] == {"plan_tier": "gold"}
    assert not seen[0].ready
    assert seen[-1].ready
    assert seen[-1].received == seen[-1].total == path.stat().st_size
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_running_export_of_the_segment_is_waited_for(world: Any, connect: Connect) -> None:
    client = connect(world(export_delay=0.5).url)
    start_export(client, SEGMENT, FIELDS, [])
    assert start_export(client, SEGMENT, FIELDS, []).url
    assert client.traffic.refused >= 1


def test_an_export_that_stays_busy_is_given_up_at_the_deadline(world: Any, connect: Connect) -> None:
    client = connect(world(export_delay=60).url)
    start_export(client, SEGMENT, FIELDS, [])
    with pytest.raises(ExportNotReady, match="still running"):
        start_export(client, SEGMENT, FIELDS, [], deadline=0.3)


def test_a_bucket_of_ones_own_is_a_matter_of_configuration(world: Any, connect: Connect) -> None:
    client = connect(world(export_to="bucket").url)
    with pytest.raises(ExportToBucket) as caught:
        start_export(client, SEGMENT, FIELDS, [])
    assert "braze.export.files" in caught.value.remedy
    assert SEGMENT in caught.value.remedy


def test_an_unknown_segment_is_told_with_the_setting(world: Any, connect: Connect) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        start_export(connect(world().url), "no-such-segment", FIELDS, [])
    assert "braze.export.segment_id" in caught.value.remedy


@pytest.mark.parametrize(("count", "named"), [(500, True), (501, False)])
def test_more_names_than_braze_takes_become_all_custom_attributes(count: int, named: bool, connect: Connect) -> None:
    reply = Reply(201, {"message": "success", "object_prefix": "x", "url": "https://storage/x"})
    with scripted([reply]) as server:
        start_export(connect(server.url), SEGMENT, FIELDS, [f"a{number}" for number in range(count)])
    body = orjson.loads(server.seen[0].body)
    assert (len(body.get("custom_attributes_to_export", [])) == 500) is named
    assert ("custom_attributes" in body["fields_to_export"]) is not named


@pytest.mark.parametrize("field", ["campaigns_received", "canvases_received", "facebook"])
def test_fields_that_are_slow_or_not_exportable_are_never_asked_for(field: str, connect: Connect) -> None:
    with pytest.raises(ConfigError, match=field):
        start_export(connect("http://127.0.0.1:9"), SEGMENT, ["email", field], [])


def test_a_broken_download_goes_on_where_it_broke(connect: Connect, tmp_path: Path) -> None:
    content = archive()
    with scripted(Storage(content, 20_000, 10_000)) as server:
        (path,) = fetch(connect(server.url), job(server), tmp_path)
    assert path.read_bytes() == content
    assert [seen.headers.get("range") for seen in server.seen] == [None, "bytes=20000-", "bytes=30000-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(connect: Connect, tmp_path: Path) -> None:
    storage = Storage(archive(500), 5_000)
    with scripted(storage) as server:
        first = storage.content

        def change(progress: Progress) -> None:
            if storage.content is first and progress.received:
                storage.content, storage.etag = archive(2_000), '"v2"'

        (path,) = fetch(connect(server.url), job(server), tmp_path, on_progress=change)
    assert len(users(path)) == 2_000


def test_without_a_validator_a_broken_download_starts_over(connect: Connect, tmp_path: Path) -> None:
    content = archive()
    with scripted(Storage(content, 20_000, etag=None)) as server:
        (path,) = fetch(connect(server.url), job(server), tmp_path)
    assert path.read_bytes() == content
    assert "range" not in server.seen[1].headers


def test_the_storage_never_sees_the_key(connect: Connect, tmp_path: Path) -> None:
    with scripted(Storage(archive())) as server:
        fetch(connect(server.url), job(server), tmp_path)
    assert all("authorization" not in seen.headers for seen in server.seen)


def test_an_export_that_never_appears_ends_at_the_deadline(world: Any, connect: Connect, tmp_path: Path) -> None:
    sandbox = world()
    sandbox.fault("*", "never_ready")
    client = connect(sandbox.url)
    exported = start_export(client, SEGMENT, FIELDS, [])
    with pytest.raises(ExportNotReady, match=exported.object_prefix) as caught:
        fetch(client, exported, tmp_path, deadline=0.4)
    assert "braze.export.files" in caught.value.remedy
    assert "?" not in str(caught.value)


@pytest.mark.parametrize("content", [archive()[:-200], b"", b"<Error>no</Error>", b"PK\x03\x04 only a start"])
def test_a_damaged_archive_is_fetched_once_more_and_then_named(
    content: bytes, connect: Connect, tmp_path: Path
) -> None:
    with scripted([Reply(200, content)]) as server:
        with pytest.raises(InputError, match="0a1b-1700000000") as caught:
            fetch(connect(server.url), job(server), tmp_path)
        assert len(server.seen) == 2
    assert "SECRET" not in str(caught.value)
    with scripted([Reply(200, content), Reply(200, archive())]) as server:
        assert len(users(fetch(connect(server.url), job(server), tmp_path)[0])) == 2_000


def test_a_gzip_export_keeps_its_bytes_and_its_name(connect: Connect, tmp_path: Path) -> None:
    content = gzip.compress(b'{"external_id": "u_1"}\n')
    with scripted([Reply(200, content, {"Content-Encoding": "gzip"})]) as server:
        (path,) = fetch(connect(server.url), job(server), tmp_path)
    assert path.suffix == ".gz"
    assert path.read_bytes() == content


@pytest.mark.parametrize("status", [400, 404, 410])
def test_any_other_refusal_of_the_storage_is_final(status: int, connect: Connect, tmp_path: Path) -> None:
    with scripted([Reply(status, b"<Error/>")]) as server:
        with pytest.raises(ExportNotReady, match=str(status)) as caught:
            fetch(connect(server.url), job(server), tmp_path)
        assert len(server.seen) == 1
    assert "SECRET" not in str(caught.value) + caught.value.remedy


def test_a_link_that_expires_during_the_download_is_told(connect: Connect, tmp_path: Path) -> None:
    replies = [Reply(200, archive(), {"ETag": '"v1"'}, cut=10_000), Reply(403, b"<Error>ExpiredToken</Error>")]
    with scripted(replies) as server, pytest.raises(ExportNotReady, match="10,000 bytes"):
        fetch(connect(server.url), job(server), tmp_path)


def test_storage_that_keeps_failing_is_given_up(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "_FAILURES_IN_A_ROW", 2)
    with scripted([Reply(500, b"")]) as server, pytest.raises(Unavailable, match="HTTP 500"):
        fetch(connect(server.url), job(server), tmp_path)


def test_a_full_disk_is_told_before_the_download(connect: Connect, tmp_path: Path) -> None:
    huge = Reply(200, b"PK", {"Content-Length": str(1 << 60)}, cut=2)
    with scripted([huge]) as server, pytest.raises(UsageError, match="free"):
        fetch(connect(server.url), job(server), tmp_path)


def test_waiting_for_an_export_ends_when_stopped(connect: Connect, tmp_path: Path) -> None:
    stop = threading.Event()
    with scripted([Reply(403, b"")]) as server:
        threading.Timer(0.15, stop.set).start()
        with pytest.raises(Stopped):
            fetch(connect(server.url, stop=stop), job(server), tmp_path)
