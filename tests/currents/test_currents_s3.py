"""Currents files in a bucket, against a real S3 server: only what is asked for is listed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import requests
from currents_world import CLICK, OPEN, avro_bytes, event, key
from moto.server import ThreadedMotoServer
from shop_world import Shop

from recon.currents.discover import discover

PATTERN = "s3://engagement/currents/*/event_type=*/date=*/**/*.avro"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
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
    server.stop()


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
