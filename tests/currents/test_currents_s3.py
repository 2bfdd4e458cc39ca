"""Currents files in a bucket, against a real S3 server: only what is asked for is listed."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import duckdb
import polars as pl
import pytest
import requests
from currents_world import CLICK, OPEN, avro_bytes, event, key
from moto.server import ThreadedMotoServer
from shop_world import Shop

from recon.currents.discover import discover

PATTERN = "s3://engagement/currents/*/event_type=*/date=*/**/*.avro"


@pytest.fixture
def server() -> Iterator[ThreadedMotoServer]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(server: ThreadedMotoServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    host, port = server.get_host_and_port()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
    client.create_bucket(Bucket="engagement")
    yield client
    client.close()
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=10)


@pytest.fixture
def withheld(server: ThreadedMotoServer) -> dict[str, str]:
    """The keys of objects that the bucket lists and does not give, with the answer that it gives instead."""
    found: dict[str, str] = {}
    app: Callable[..., Iterable[bytes]] = server._server.app  # type: ignore[union-attr]

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        status = next((found[key] for key in found if environ["PATH_INFO"].endswith(key)), None)
        if status is None or environ["REQUEST_METHOD"] != "GET":
            return app(environ, start)
        start(status, [("Content-Type", "application/xml"), ("Content-Length", "8")])
        return [b"<Error/>"]

    server._server.app = answer  # type: ignore[union-attr]
    return found


def test_engagement_in_a_bucket_goes_home_once(shop: Shop, bucket: Any) -> None:
    ann = shop.add("ann")
    shop.config["currents"] = {"files": PATTERN}
    shop.config["workspace"] = shop.mark
    shop.write()
    for number in range(3):
        body = avro_bytes(OPEN, [event(number, ann), event(number + 100, ann)])
        bucket.put_object(Bucket="engagement", Key=key(OPEN, 2, number), Body=body)
    bucket.put_object(Bucket="engagement", Key=key(CLICK, 2), Body=b"Obj\x01 broken")
    first = shop.recon("forward", "--json")
    assert first.code == 0, first.said
    assert (first.document["sent"], first.document["damaged_files"]) == (6, 1)
    bucket.put_object(Bucket="engagement", Key=key(OPEN, 2, 1), Body=avro_bytes(OPEN, [event(1, ann), event(9, ann)]))
    again = shop.recon("forward", "--json").document
    assert (again["sent"], again["duplicates"]) == (1, 1), "an object with another etag is read again, and no other"


def test_objects_that_the_bucket_does_not_give_hold_up_nothing_and_are_tried_again(
    shop: Shop, bucket: Any, withheld: dict[str, str]
) -> None:
    ann = shop.add("ann")
    shop.config["currents"] = {"files": PATTERN}
    shop.config["workspace"] = shop.mark
    shop.write()
    keys = [key(OPEN, 2, number) for number in range(4)]
    for number, name in enumerate(keys):
        bucket.put_object(Bucket="engagement", Key=name, Body=avro_bytes(OPEN, [event(number, ann)]))
    withheld |= {keys[1]: "403 Forbidden", keys[2]: "404 Not Found"}
    first = shop.recon("forward", "--json")
    assert first.code == 0, first.said
    assert (first.document["sent"], first.document["damaged_files"]) == (2, 2)
    assert first.document["quarantined_by"] == {"not readable": 2}
    with duckdb.connect(str(shop.folder / ".recon/state.duckdb"), read_only=True) as con:
        told = dict(con.execute("SELECT url, reason FROM event_quarantine").fetchall())
    assert {url.removeprefix("s3://engagement/") for url in told} == {keys[1], keys[2]}
    assert "refused the credentials" in told[f"s3://engagement/{keys[1]}"]
    del withheld[keys[1]]
    second = shop.recon("forward", "--json").document
    assert (second["sent"], second["damaged_files"]) == (1, 1)
    withheld.clear()
    third = shop.recon("forward", "--json").document
    assert (third["sent"], third["damaged_files"], third["duplicates"]) == (1, 0, 0)
    assert shop.recon("forward", "--json").document["read"] == 0
    with duckdb.connect(str(shop.folder / ".recon/state.duckdb"), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM event_quarantine").fetchall() == [(0,)]


def test_segments_events_in_objects_that_the_bucket_does_not_give_are_sent_once_it_does(
    shop: Shop, bucket: Any, withheld: dict[str, str]
) -> None:
    ann = shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Bern"})
    shop.config["events"] = {"files": "s3://engagement/logs/**/*.gz"}
    shop.config["quality"]["profiles_drop_percent"] = 100
    shop.write()
    at = datetime.now(UTC) - timedelta(hours=2)
    for number in range(3):
        call = {"type": "track", "messageId": f"{shop.mark}-{number}", "userId": ann, "event": f"e{number}"}
        line = json.dumps({**call, "timestamp": at.isoformat()}).encode()
        bucket.put_object(Bucket="engagement", Key=f"logs/source/{number}.gz", Body=gzip.compress(line))
    for step in ("pull", "load", "drift"):
        assert shop.recon(step).code == 0
    withheld |= {"source/0.gz": "403 Forbidden", "source/1.gz": "404 Not Found"}
    first = shop.recon("send-events", "--json")
    assert first.code == 0, first.said
    assert (first.document["sent"], first.document["quarantined"]) == (1, 2)
    rows = pl.read_parquet(first.document["not_sent"]).rows(named=True)
    assert {row["file"] for row in rows} == {f"s3://engagement/logs/source/{number}.gz" for number in (0, 1)}
    assert all("the file could not be read" in row["reason"] for row in rows)
    withheld["source/2.gz"] = "403 Forbidden"
    assert shop.recon("send-events").code in (3, 6), "where no file can be read, it is the bucket"
    withheld.clear()
    second = shop.recon("send-events", "--json").document
    assert (second["sent"], second["duplicates"], second["quarantined"]) == (2, 1, 0)


def test_folders_of_other_types_and_earlier_hours_are_not_listed(bucket: Any) -> None:
    for kind, hours_ago in ((OPEN, 2), (OPEN, 300), (CLICK, 2)):
        bucket.put_object(Bucket="engagement", Key=key(kind, hours_ago), Body=b"x")
    asked: list[str] = []

    def wanted(kind: str) -> bool:
        asked.append(kind)
        return kind == OPEN

    [found] = discover(PATTERN, datetime.now(UTC) - timedelta(days=2), wanted)
    assert found.event_type == OPEN and found.source.etag
    assert asked.count(CLICK) == 1, "its folder was seen and left alone"
