"""Inputs in S3, against a real S3 server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer
from shop_world import TABLES, Shop

from recon.errors import InputError, RemoteError
from recon.store.files import copy, discover

BUCKET = "acme"


@dataclass(frozen=True)
class Store:
    """The server, and a client that fills it."""

    url: str
    client: Any

    def put(self, **objects: bytes) -> None:
        for key, content in objects.items():
            self.client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def put_folder(self, folder: Path) -> None:
        """Every file below `folder`, under its path."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(**{path.relative_to(folder).as_posix(): path.read_bytes()})


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A bucket, and the environment that a user sets to read it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=server)
    client.create_bucket(Bucket=BUCKET)
    yield Store(server, client)
    client.close()
    requests.post(f"{server}/moto-api/reset", timeout=10)


def segment_in_s3(shop: Shop, s3: Store) -> str:
    """A shop with one drifted person, whose Segment tables and Braze export lie in the bucket; returns the person."""
    who = shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    for name in TABLES:
        shop.write_table(name)
    shop.write_export()
    s3.put_folder(shop.folder)
    shop.config["segment"]["profiles"] = {name: f"s3://{BUCKET}/segment/{name}/*.parquet" for name in TABLES}
    shop.config["braze"]["export"] = {"files": f"s3://{BUCKET}/exports/*.zip"}
    shop.configure()
    return who


def test_both_sides_are_read_from_s3(shop: Shop, s3: Store) -> None:
    who = segment_in_s3(shop, s3)
    done = shop.recon("run")
    assert done.code == 0, done.said
    assert shop.drift() == [(who, "home_city", "Bern", "Basel", "first_seen")]


def test_a_plan_is_stale_once_an_object_was_replaced(shop: Shop, s3: Store) -> None:
    segment_in_s3(shop, s3)
    assert shop.recon("run").code == 0
    assert shop.recon("apply", "--dry-run").code == 0
    path = shop.folder / "segment" / "user_traits" / "part-0.parquet"
    shop.trait("use_other", "city", "Bern")
    shop.write_table("user_traits")
    s3.put(**{"segment/user_traits/part-0.parquet": path.read_bytes()})
    shop.config["segment"]["profiles"]["user_traits"] = f"s3://{BUCKET}/segment/user_traits/*.parquet"
    shop.configure()
    done = shop.recon("apply")
    assert done.code == 4
    assert "the input user_traits" in done.err
    assert shop.tracks() == []


def test_a_glob_goes_over_many_folders_and_more_keys_than_one_page_has(s3: Store) -> None:
    # Straight into the server's store: a thousand requests would only take time.
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for number in range(1050):
        backend.put_object(BUCKET, f"in/type={number % 7}/date=2026-01-{number % 28 + 1:02}/{number:04}.avro", b"x")
    s3.put(**{"in/type=1/note.txt": b"", "other/type=1/date=2026-01-01/1.avro": b"x"})
    assert len(discover(f"s3://{BUCKET}/in/type=*/date=*/*.avro")) == 1050
    assert len(discover(f"s3://{BUCKET}/in/type=3/**/*.avro")) == 150


@pytest.mark.parametrize("key", ["in/a b+c.csv", "in/100% ü&=#?.csv", "in/day=1/ x .csv"])
def test_a_key_is_what_it_is(s3: Store, tmp_path: Path, key: str) -> None:
    s3.put(**{key: b"content"})
    [found] = discover(f"s3://{BUCKET}/in/**/*.csv")
    assert found.url == f"s3://{BUCKET}/{key}"
    [path] = copy([found], tmp_path)
    assert path.read_bytes() == b"content"
    assert path.name == key.rpartition("/")[2]


def test_an_object_of_many_pieces_arrives_whole(s3: Store, tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 9
    s3.put(**{"big.parquet": content, "empty.csv": b""})
    files = discover(f"s3://{BUCKET}/*")
    big, empty = copy(files, tmp_path)
    assert big.read_bytes() == content
    assert empty.read_bytes() == b""


def test_an_object_that_vanishes_or_changes_after_the_listing_is_an_error(s3: Store, tmp_path: Path) -> None:
    s3.put(**{"in/1.csv": b"one", "in/2.csv": b"two"})
    first, second = discover(f"s3://{BUCKET}/in/*.csv")
    s3.put(**{"in/1.csv": b"new"})
    s3.client.delete_object(Bucket=BUCKET, Key="in/2.csv")
    with pytest.raises(InputError, match=f"s3://{BUCKET} changed while it was read"):
        copy([first], tmp_path)
    with pytest.raises(InputError, match=f"s3://{BUCKET} is not there"):
        copy([second], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_that_is_not_there_is_named(s3: Store) -> None:
    with pytest.raises(InputError, match="s3://nowhere is not there"):
        discover("s3://nowhere/*.csv")


def test_wrong_credentials_are_refused_and_not_repeated(s3: Store, shop: Shop) -> None:
    segment_in_s3(shop, s3)
    requests.post(f"{s3.url}/moto-api/reset-auth", data=b"0", timeout=10)
    try:
        done = shop.recon("run")
    finally:
        requests.post(f"{s3.url}/moto-api/reset-auth", data=b"inf", timeout=10)
    assert done.code == 6, done.said
    assert f"s3://{BUCKET} refused the credentials" in done.err
    assert "AWS_" in done.err
    assert "AKIAEXAMPLE" not in done.said and "very-secret" not in done.said


def test_an_http_endpoint_must_be_allowed(s3: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(RemoteError) as caught:
        discover(f"s3://{BUCKET}/*.csv")
    assert "AWS_ALLOW_HTTP=true" in caught.value.remedy
