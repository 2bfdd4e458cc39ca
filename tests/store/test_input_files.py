from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

from recon.errors import ConfigError, InputError, RemoteError, Stopped
from recon.store.files import copy, discover

OBJECTS = {
    "in/event_type=a.Send/date=2026-01-01/x/1.avro": b"one",
    "in/event_type=b.Open/date=2026-01-02/x/1.avro": b"three",
    "in/event_type=b.Open/date=2026-01-02/x/1.txt": b"",
    "in/event_type=b.Open/date=2026-01-02/x/deep/2.avro": b"deep",
    "in/event_type=b.Open/date=2026-01-02/x/.hidden.avro": b"no",
    "inner/1.avro": b"elsewhere",
    "plain ü+1.csv": b"a,b\n",
}


def lay_out(root: Path) -> None:
    for name, content in OBJECTS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


class Bucket:
    """As much of S3 as listing and reading need."""

    def __init__(self) -> None:
        self.objects = dict(OBJECTS)
        self.refuse = False


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    state = Bucket()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def _send(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            key = unquote(parts.path).removeprefix("/acme").lstrip("/")
            if state.refuse:
                self._send(403, b"<Error><Code>AccessDenied</Code></Error>")
            elif not key:
                prefix = parse_qs(parts.query).get("prefix", [""])[0]
                rows = "".join(
                    f"<Contents><Key>{escape(name)}</Key><Size>{len(content)}</Size><ETag>&quot;{len(content)}&quot;</ETag>"
                    "<LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>"
                    for name, content in sorted(state.objects.items())
                    if name.startswith(prefix)
                )
                self._send(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode())
            elif key not in state.objects:
                self._send(404, b"<Error><Code>NoSuchKey</Code></Error>")
            else:
                content = state.objects[key]
                etag = f'"{len(content)}"'
                if self.headers.get("If-Match", etag) != etag:
                    self._send(412, b"<Error><Code>PreconditionFailed</Code></Error>")
                else:
                    self._send(200, content, ETag=etag, Last_Modified="Fri, 02 Jan 2026 03:04:05 GMT")

        do_HEAD = do_GET

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{httpd.server_port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield state
    httpd.shutdown()
    httpd.server_close()
    thread.join()


PATTERNS = {
    "in/event_type=*/date=*/*/*.avro": [
        "event_type=a.Send/date=2026-01-01/x/1.avro",
        "event_type=b.Open/date=2026-01-02/x/1.avro",
    ],
    "in/event_type=b.*/**/*.avro": [
        "event_type=b.Open/date=2026-01-02/x/1.avro",
        "event_type=b.Open/date=2026-01-02/x/deep/2.avro",
    ],
    "in/event_type=[!b]*/date=2026-01-0?/x/1.avro": ["event_type=a.Send/date=2026-01-01/x/1.avro"],
    "in/event_type=a.Send/**": ["date=2026-01-01/x/1.avro"],
    "plain ü+1.csv": ["plain ü+1.csv"],
    "*.csv": ["plain ü+1.csv"],
    "in/*/nothing": [],
    "missing.csv": [],
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_finds_the_same_files_in_a_folder(pattern: str, tmp_path: Path) -> None:
    lay_out(tmp_path)
    found = discover(str(tmp_path / pattern))
    assert [file.name for file in found] == PATTERNS[pattern]
    assert [Path(file.url).stat().st_size for file in found] == [file.size for file in found]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_finds_the_same_files_in_a_bucket(pattern: str, bucket: Bucket) -> None:
    found = discover(f"s3://acme/{pattern}")
    assert [file.name for file in found] == PATTERNS[pattern]
    assert all(file.url.startswith("s3://acme/") and file.modified.year == 2026 and file.etag for file in found)


def test_local_files_are_linked_not_copied(tmp_path: Path) -> None:
    lay_out(tmp_path / "source")
    files = discover(str(tmp_path / "source/in/*/*/x/1.avro"))
    copies = copy(files, tmp_path / "raw")
    assert [path.relative_to(tmp_path / "raw").as_posix() for path in copies] == [file.name for file in files]
    assert all(path.samefile(file.url) for path, file in zip(copies, files, strict=True))
    assert copy(files, tmp_path / "raw") == copies  # again, over what is there


def test_files_of_a_bucket_are_copied_whole(bucket: Bucket, tmp_path: Path) -> None:
    files = discover("s3://acme/in/*/*/x/1.avro")
    received: list[int] = []
    copies = copy(files, tmp_path, on_progress=received.append)
    assert [path.read_bytes() for path in copies] == [b"one", b"three"]
    assert sum(received) == 8
    assert not list(tmp_path.rglob("*.part"))


def test_a_file_that_changes_or_vanishes_meanwhile_is_an_error(bucket: Bucket, tmp_path: Path) -> None:
    files = discover("s3://acme/in/*/*/x/1.avro")
    bucket.objects[files[0].url.removeprefix("s3://acme/")] = b"now longer"
    with pytest.raises(InputError, match="changed"):
        copy(files[:1], tmp_path)
    del bucket.objects[files[1].url.removeprefix("s3://acme/")]
    with pytest.raises(InputError, match="not there"):
        copy(files[1:], tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_refused_bucket_is_named(bucket: Bucket) -> None:
    bucket.refuse = True
    with pytest.raises(RemoteError, match="s3://acme") as caught:
        discover("s3://acme/in/*.avro")
    assert "credentials" in str(caught.value) + caught.value.remedy


def test_an_unknown_kind_of_address_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="ftp://host/x"):
        discover("ftp://host/x?password=1")


def test_names_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    lay_out(tmp_path / "source")
    (file,) = discover(str(tmp_path / "source/*.csv"))
    outside = type(file)(file.url, "../outside.csv", file.size, file.modified, None)
    with pytest.raises(InputError, match="leads out"):
        copy([outside], tmp_path / "raw")


def test_copying_ends_when_stopped(tmp_path: Path) -> None:
    lay_out(tmp_path / "source")
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        copy(discover(str(tmp_path / "source/*.csv")), tmp_path / "raw", stop=stop)
