"""Catalogue, profiles and subscription states as read over REST, and the newest export of a bucket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from braze_scripted import Reply, Seen, scripted
from braze_world import GROUP, PEOPLE

from recon.braze.bucket import newest_export
from recon.braze.catalogue import CatalogueAttribute, fetch_attributes
from recon.braze.client import BrazeClient
from recon.braze.errors import UnexpectedAnswer
from recon.braze.subscriptions import GroupState, user_status
from recon.braze.users import read_profiles
from recon.store.files import RemoteFile

Connect = Callable[..., BrazeClient]


def test_the_whole_catalogue_is_read_page_by_page(world: Any, connect: Connect) -> None:
    sandbox = world()
    found = {attribute.name for attribute in fetch_attributes(connect(sandbox.url))}
    assert {f"attribute_{number:03}" for number in range(60)} <= found
    assert len(sandbox.requests("/custom_attributes")) >= 2


@pytest.mark.parametrize(
    ("entry", "kind", "forced"),
    [
        ("String", "string", True),
        ("String (Automatically Detected)", "string", False),
        ("Object Array (Automatically Detected)", "object_array", False),
        ("Object", "object", True),
        ("Array", "array", True),
        ("Number (Automatically Detected)", "number", False),
        ("Date", "time", True),
        ("Time (Automatically Detected)", "time", False),
        ("boolean", "boolean", True),
        ("Hologram", "unknown", False),
        (None, "unknown", False),
    ],
)
def test_types_are_read_by_their_beginning(entry: str | None, kind: str, forced: bool, connect: Connect) -> None:
    body = {
        "message": "success",
        "attributes": [{"name": "a", "data_type": entry, "array_length": 40, "status": "Blocklisted"}],
    }
    with scripted([Reply(200, body)]) as server:
        assert fetch_attributes(connect(server.url)) == [CatalogueAttribute("a", kind, forced, 40, True)]


def test_the_next_page_is_asked_of_braze_wherever_the_link_points(connect: Connect) -> None:
    first = Reply(
        200,
        {"message": "success", "attributes": [{"name": "a", "data_type": "Number", "status": "Active"}]},
        {"Link": '<https://elsewhere.example/custom_attributes?cursor=abc%3D>; rel="next"'},
    )
    last = Reply(200, {"message": "success", "attributes": []})
    with scripted([first, last]) as server:
        (attribute,) = fetch_attributes(connect(server.url))
    assert not attribute.blocklisted
    assert server.seen[1].path == "/custom_attributes?cursor=abc%3D"


def test_a_catalogue_that_goes_in_circles_is_an_error(connect: Connect) -> None:
    page = Reply(200, {"message": "success", "attributes": []}, {"Link": '</x?cursor=abc>; rel="next"'})
    with scripted([page]) as server, pytest.raises(UnexpectedAnswer, match="before"):
        fetch_attributes(connect(server.url))


def test_profiles_are_read_fifty_at_a_time_and_strangers_reported(world: Any, connect: Connect) -> None:
    sandbox = world()
    strangers: list[str] = []
    ids = [f"u_{number}" for number in range(PEOPLE)]
    asked = [*ids, "nobody", *ids[:10], "no one"]
    fields = ["email", "custom_attributes"]
    lines = list(read_profiles(connect(sandbox.url), asked, fields, on_unknown=strangers.extend))
    found = {user["external_id"]: user for user in map(orjson.loads, lines)}
    assert len(lines) == PEOPLE
    assert found["u_5"]["custom_attributes"]["visits"] == 5
    assert set(strangers) == {"nobody", "no one"}
    assert len(sandbox.requests("/users/export/ids")) == 3


def test_reading_profiles_may_be_left_early(world: Any, connect: Connect) -> None:
    reading = read_profiles(connect(world().url), (f"u_{number}" for number in range(PEOPLE)), ["email"])
    assert next(reading)
    reading.close()


def test_a_failed_read_of_profiles_is_an_error_and_no_empty_result(connect: Connect) -> None:
    for body in ({"message": "Plan disabled"}, {"message": "success"}, {"message": "success", "users": ["x"]}):
        with scripted([Reply(201, body)]) as server, pytest.raises(UnexpectedAnswer):
            list(read_profiles(connect(server.url), ["u_1"], ["email"]))


def test_subscription_states_are_read_for_everyone_with_history(world: Any, connect: Connect) -> None:
    sandbox = world()
    states = list(user_status(connect(sandbox.url), [f"u_{number}" for number in range(PEOPLE)]))
    found = {state.external_id: state.status for state in states}
    assert found["u_1"] == "subscribed"
    assert found["u_2"] == "unsubscribed"
    assert "u_3" not in found
    assert {state.group_id for state in states} == {GROUP}


def test_pages_of_subscription_states_are_read_to_the_end(connect: Connect) -> None:
    def page(seen: Seen) -> Reply:
        query = parse_qs(urlsplit(seen.path).query)
        offset = int(query["offset"][0])
        ids = query["external_id[]"][offset : offset + 20]
        users = [
            {
                "external_id": one,
                "subscription_groups": [{"id": "g", "name": "G", "channel": "sms", "status": "Subscribed"}],
            }
            for one in ids
        ]
        return Reply(200, {"message": "success", "users": users, "total_count": len(query["external_id[]"])})

    with scripted(page) as server:
        states = list(user_status(connect(server.url), [f"u_{number}" for number in range(45)]))
    assert [state.external_id for state in states] == [f"u_{number}" for number in range(45)]
    assert states[0] == GroupState("u_0", "g", "subscribed", "G", "sms")


def test_the_documented_shape_which_names_nobody_is_asked_for_one_by_one(connect: Connect) -> None:
    def answer(seen: Seen) -> Reply:
        ids = parse_qs(urlsplit(seen.path).query)["external_id[]"]
        state = "Unsubscribed" if ids == ["u_2"] else "Subscribed"
        group = {"id": "g", "name": "G", "channel": "email", "subscription_status": state}
        return Reply(200, {"success": True, "message": "success", "subscription_groups": [group]})

    with scripted(answer) as server:
        states = list(user_status(connect(server.url), ["u_1", "u_2"]))
    assert [(state.external_id, state.status) for state in states] == [("u_1", "subscribed"), ("u_2", "unsubscribed")]


def test_long_ids_do_not_make_urls_that_proxies_refuse(connect: Connect) -> None:
    with scripted([Reply(200, {"message": "success", "users": [], "total_count": 0})]) as server:
        list(user_status(connect(server.url), ["ü" * 200 + str(number) for number in range(20)]))
    assert max(len(seen.path) for seen in server.seen) < 8_000


def file(url: str) -> RemoteFile:
    return RemoteFile(url, url, 1, datetime(2026, 1, 1, tzinfo=UTC), None)


def test_only_the_newest_export_of_a_bucket_is_kept() -> None:
    root = f"s3://acme/segment-export/{GROUP}"
    files = [
        file(f"{root}/2026-11-24/0a1b2c3d-1111-4111-8111-111111111111-1795478400/b.zip"),
        file(f"{root}/2026-11-24/0a1b2c3d-1111-4111-8111-111111111111-1795478400/a.zip"),
        file(f"{root}/2026-11-24/ffffffff-1111-4111-8111-111111111111-1795400000/late.zip"),
        file(f"{root}/2026-11-22/eeeeeeee-1111-4111-8111-111111111111-1795300000/c.zip"),
    ]
    newest = newest_export(files)
    assert newest.files == tuple(files[:2])
    assert newest.object_prefix == "0a1b2c3d-1111-4111-8111-111111111111-1795478400"
    assert newest.day == date(2026, 11, 24)
    assert [prefix[:8] for prefix in newest.left_out] == ["eeeeeeee", "ffffffff"]


def test_files_outside_braze_s_layout_are_one_export() -> None:
    files = [file("/data/exports/part-1.zip"), file("/data/exports/part-2.zip")]
    assert newest_export(files).files == tuple(files)
    assert newest_export([]).files == ()
