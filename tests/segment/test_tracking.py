"""The client of /v1/batch, against the sandbox's Segment: what it repeats, what it waits for, what it tells."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from recon.errors import Stopped
from recon.sandbox.server import Sandbox
from recon.segment.tracking import BatchRefused, KeyRefused, TrackingClient, Unavailable


@pytest.fixture
def segment(braze_for_shops: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr("recon.segment.tracking._BACKOFF_BASE", 0.001)
    yield braze_for_shops
    braze_for_shops.clear_faults()


@pytest.fixture
def client(segment: Sandbox) -> Iterator[TrackingClient]:
    with TrackingClient(segment.url, "write-key", read_timeout=1.0) as client:
        yield client


@contextmanager
def trickling(start: bytes) -> Iterator[str]:
    """The url of a server that answers with `start`, and after that a byte now and then, for ever."""
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(start)
            while not over.wait(0.05):
                connection.sendall(b"x")

    def accept() -> None:
        with suppress(OSError):
            while not over.is_set():
                threads.append(threading.Thread(target=answer, args=(listener.accept()[0],)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = [threading.Thread(target=accept)]
        threads[0].start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def batch(request: Any, *numbers: int) -> bytes:
    name = request.node.name
    events = [{"type": "track", "event": "e", "userId": name, "messageId": f"{name} {n}"} for n in numbers]
    return json.dumps(events).encode()[1:-1]


def received(segment: Sandbox, request: Any) -> list[tuple[str, str | None]]:
    return [(e["message_id"][-1], e["dropped"]) for e in segment.events() if e["user_id"] == request.node.name]


def last(segment: Sandbox) -> dict[str, Any]:
    return segment.requests("/v1/batch")[-1]


def test_a_batch_arrives_compressed_with_the_key_in_its_header(
    client: TrackingClient, segment: Sandbox, request: Any
) -> None:
    client.send([batch(request, 1, 2)], 2)
    assert received(segment, request) == [("1", None), ("2", None)]
    assert client.requests == 1
    assert last(segment)["size"] < len(batch(request, 1, 2))


@pytest.mark.parametrize(
    ("fault", "taken"),
    [
        ({"kind": "status", "status": 500}, 1),
        ({"kind": "status", "status": 503, "applied": True}, 2),
        ({"kind": "drop"}, 1),
        ({"kind": "drop", "applied": True}, 2),
        ({"kind": "cut"}, 2),
        ({"kind": "broken_json"}, 2),
        ({"kind": "hang"}, 1),
        ({"kind": "hang", "applied": True}, 2),
    ],
    ids=lambda value: value if isinstance(value, int) else "-".join(map(str, value.values())),
)
def test_an_answer_that_is_none_is_asked_for_again(
    client: TrackingClient, segment: Sandbox, request: Any, fault: dict[str, Any], taken: int
) -> None:
    segment.fault("/v1/batch", count=1, **fault)
    client.send([batch(request, 1)], 1)
    assert client.requests == 2
    assert received(segment, request) == [("1", None), ("1", "duplicate")][:taken]


@pytest.mark.parametrize("drop", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
def test_an_answer_that_comes_drop_by_drop_is_given_up(drop: bytes) -> None:
    with trickling(drop) as url, TrackingClient(url, "write-key", read_timeout=0.3, attempts=2) as client:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="no answer in time"):
            client.send([b"{}"], 1)
        assert 0.6 <= time.monotonic() - began < 20


def test_retry_after_is_kept_and_counts_as_no_failure(client: TrackingClient, segment: Sandbox, request: Any) -> None:
    segment.fault("/v1/batch", "status", status=429, retry_after=0.2, count=10)
    began = time.monotonic()
    client.send([batch(request, 1)], 1)
    assert time.monotonic() - began >= 2.0
    assert client.requests == 11


def test_every_attempt_is_stamped_with_its_own_time(client: TrackingClient, segment: Sandbox, request: Any) -> None:
    client._gzip = False  # so that the log shows the body
    segment.fault("/v1/batch", "status", status=429, retry_after=0.05, count=1)
    before = len(segment.requests("/v1/batch"))
    client.send([batch(request, 1)], 1)
    bodies = [json.loads(row["body"]) for row in segment.requests("/v1/batch")[before:]]
    first, second = (datetime.fromisoformat(body["sentAt"]) for body in bodies)
    assert first < second <= datetime.now(UTC)
    assert bodies[0]["batch"] == bodies[1]["batch"]
    assert "write-key" not in json.dumps(bodies)


def test_segment_that_stays_away_is_an_error_with_a_remedy(
    client: TrackingClient, segment: Sandbox, request: Any
) -> None:
    segment.fault("/v1/batch", "status", status=502)
    with pytest.raises(Unavailable, match="HTTP 502") as caught:
        client.send([batch(request, 1)], 1)
    assert caught.value.exit_code == 6 and "ledger" in caught.value.remedy
    assert "write-key" not in f"{caught.value} {caught.value.remedy}"


def test_a_host_that_is_not_there_is_named(segment: Sandbox, request: Any) -> None:
    with (
        TrackingClient("http://127.0.0.1:9", "write-key") as client,
        pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"),
    ):
        client.send([batch(request, 1)], 1)


def test_a_refused_key_ends_it_at_once(client: TrackingClient, segment: Sandbox, request: Any) -> None:
    segment.fault("/v1/batch", "status", status=401, count=1)
    with pytest.raises(KeyRefused):
        client.send([batch(request, 1)], 1)
    assert client.requests == 1


def test_without_gzip_bodies_go_as_they_are(client: TrackingClient, segment: Sandbox, request: Any) -> None:
    segment.fault("/v1/batch", "status", status=400, count=1)
    client.send([batch(request, 1)], 1)
    client.send([batch(request, 2)], 1)
    assert client.requests == 3
    assert last(segment)["size"] > len(batch(request, 2))


def test_what_is_no_json_is_refused_as_such(client: TrackingClient, request: Any) -> None:
    client.send([batch(request, 1)], 1)
    with pytest.raises(BatchRefused):
        client.send([b"{broken"], 1)
    assert client.requests == 2, "gzip was taken before, so it is not to blame"


def test_a_stop_ends_the_waiting(segment: Sandbox, request: Any) -> None:
    stop = threading.Event()
    segment.fault("/v1/batch", "status", status=429, retry_after=60)
    with TrackingClient(segment.url, "write-key", stop=stop) as client:
        threading.Timer(0.2, stop.set).start()
        with pytest.raises(Stopped):
            client.send([batch(request, 1)], 1)


def test_no_more_events_a_second_than_asked_for(segment: Sandbox, request: Any) -> None:
    with TrackingClient(segment.url, "write-key", events_per_second=20) as client:
        began = time.monotonic()
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda n: client.send([batch(request, n, n + 1)], 2), (1, 3, 5, 7)))
        # The fourth batch goes when the three before it have had their tenth of a second each.
        assert time.monotonic() - began >= 0.3
    assert len(received(segment, request)) == 8
