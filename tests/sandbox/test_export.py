"""Exports by identifier and by segment."""

from __future__ import annotations

import gzip
import io
import json
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sandbox_workspace import SEGMENT

from recon.sandbox.store import Store


def people(count):
    for n in range(count):
        yield {
            "braze_id": f"{n:024x}",
            "external_id": f"u_{n}",
            "user_aliases": [],
            "random_bucket": n % 10_000,
            "created_at": "2024-05-01T10:00:00.000Z",
            "fields": {"dob": "1980-12-21"},
            "custom_attributes": {"n": n, "tags": [], "seen": "2024-05-01T10:00:00.000Z"},
            "time_attributes": ["seen"],
        }


def filled(folder, count):
    with Store.create(folder / "braze.sqlite") as store:
        store.insert(people(count))


def members(archive: bytes) -> list[list[dict]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        return [[json.loads(line) for line in zipped.read(name).splitlines()] for name in zipped.namelist()]


def test_ids_give_only_what_was_asked_for_and_nothing_unset(braze, person):
    braze.applied({"external_id": person, "dob": "1980-12-21", "tags": [], "gone": None})
    fields = "external_id dob email_subscribe first_name user_aliases custom_attributes total_revenue"
    assert braze.exported(person, fields=fields) == {
        "users": [
            {
                "external_id": person,
                "user_aliases": [],
                "email_subscribe": "subscribed",
                "dob": "1980-12-21T00:00:00.000Z",
                "custom_attributes": {"tags": []},
                "total_revenue": 0.0,
            }
        ],
        "message": "success",
    }


def test_ids_name_those_that_match_nobody(braze):
    answer = braze.exported("nobody_1", "nobody_2")
    assert (answer["users"], answer["invalid_user_ids"]) == ([], ["nobody_1", "nobody_2"])


@pytest.mark.parametrize(
    "body",
    [
        {"external_ids": [str(n) for n in range(51)], "fields_to_export": ["dob"]},
        {"external_ids": ["a"]},
        {"external_ids": ["a"], "fields_to_export": ["shoe_size"]},
        {"external_ids": ["a"], "email_address": "a@example.com", "fields_to_export": ["dob"]},
        {"fields_to_export": ["dob"]},
    ],
    ids=["too many", "no fields", "unknown field", "two kinds", "nobody asked for"],
)
def test_ids_refuses(braze, body):
    assert braze.post("/users/export/ids", body).status_code == 400


def test_only_the_named_custom_attributes_are_exported(braze, person):
    braze.applied({"external_id": person, "plan": "gold", "points": 1})
    body = {"external_ids": [person], "fields_to_export": ["dob"], "custom_attributes_to_export": ["points"]}
    assert braze.post("/users/export/ids", body).json()["users"] == [{"custom_attributes": {"points": 1}}]
    body["fields_to_export"] = ["custom_attributes"]
    (user,) = braze.post("/users/export/ids", body).json()["users"]
    assert user["custom_attributes"] == {"plan": "gold", "points": 1}


def test_a_segment_export_is_forbidden_until_ready_and_again_after_its_life(tmp_path, launch):
    filled(tmp_path, 10)
    workspace = launch(export_delay=0.3, modes={"export_link_seconds": 0.5})
    url = workspace.start_export()["url"]
    early = workspace.http.get(url)
    assert early.status_code == 403 and "AccessDenied" in early.text
    assert workspace.download(url).status_code == 200
    time.sleep(0.6)
    late = workspace.http.get(url)
    assert late.status_code == 403 and "ExpiredToken" in late.text


def test_an_archive_has_a_member_for_every_five_thousand_users(tmp_path, launch):
    filled(tmp_path, 10_001)
    workspace = launch()
    archive = workspace.download(workspace.start_export(fields_to_export=["external_id"])["url"]).content
    lines = members(archive)
    assert [len(member) for member in lines] == [5000, 5000, 1]
    assert {user["external_id"] for member in lines for user in member} == {f"u_{n}" for n in range(10_001)}
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        assert all(name.endswith(".txt") for name in zipped.namelist())


def test_a_broken_download_can_be_resumed(tmp_path, launch):
    filled(tmp_path, 2_000)
    workspace = launch()
    url = workspace.start_export()["url"]
    whole = workspace.download(url)
    etag = whole.headers["ETag"]
    rest = workspace.http.get(url, headers={"Range": "bytes=100-", "If-Range": etag})
    assert (rest.status_code, rest.content) == (206, whole.content[100:])
    changed = workspace.http.get(url, headers={"Range": "bytes=100-", "If-Range": '"other"'})
    assert (changed.status_code, changed.content) == (200, whole.content)


def test_a_segment_has_one_running_export(launch):
    workspace = launch(export_delay=30)
    workspace.start_export()
    second = {"segment_id": SEGMENT, "fields_to_export": ["dob"]}
    assert workspace.post("/users/export/segment", second).status_code == 429
    assert workspace.post("/export/segment/cancel", {"segment_id": SEGMENT}).status_code == 201
    assert workspace.post("/users/export/segment", second).status_code == 201


def test_an_unknown_segment_is_refused(braze):
    body = {"segment_id": "nothing", "fields_to_export": ["dob"]}
    assert braze.post("/users/export/segment", body).status_code == 400


@pytest.mark.parametrize(("form", "ending"), [("zip", ".zip"), ("gzip", ".gz")])
def test_a_bucket_gets_an_object_for_every_five_thousand_users(tmp_path, launch, form, ending):
    filled(tmp_path, 6_000)
    workspace = launch(export_to="bucket")
    answer = workspace.start_export(output_format=form, fields_to_export=["external_id"])
    assert "url" not in answer
    pattern = f"segment-export/{SEGMENT}/*/{answer['object_prefix']}/*{ending}"
    for _ in range(400):
        files = list((tmp_path / "exports").glob(pattern))
        if len(files) == 2:
            break
        time.sleep(0.02)
    users = []
    for file in files:
        data = file.read_bytes()
        lines = members(data)[0] if form == "zip" else list(map(json.loads, gzip.decompress(data).splitlines()))
        users += [user["external_id"] for user in lines]
    assert sorted(users) == sorted(f"u_{n}" for n in range(6_000))


def test_the_callback_is_called_when_the_export_is_ready(launch):
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.timeout = 10
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        answer = launch().start_export(callback_endpoint=f"http://127.0.0.1:{server.server_port}/done")
        thread.join()
    assert received == [{"success": True, "url": answer["url"]}]


def test_the_forms_that_only_the_documentation_shows_can_be_switched_on(tmp_path, launch):
    filled(tmp_path, 4)
    modes = {
        "export_dob": "date",
        "export_created_at": "utc",
        "export_times": "offset",
        "export_appboy_id": False,
        "export_member": "json",
        "export_duplicates": 4,
    }
    workspace = launch(modes=modes)
    fields = ["braze_id", "dob", "created_at", "custom_attributes"]
    archive = workspace.download(workspace.start_export(fields_to_export=fields)["url"]).content
    (users,) = members(archive)
    assert users[0] == {
        "created_at": "2024-05-01 10:00:00.000 UTC",
        "braze_id": "0" * 24,
        "dob": "1980-12-21",
        "custom_attributes": {"n": 0, "tags": [], "seen": "2024-05-01 10:00:00 +0000"},
    }
    assert [user["braze_id"][-1] for user in users] == ["0", "1", "2", "3", "3"]
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        assert zipped.namelist()[0].endswith(".json")


def test_blocklisted_attributes_are_absent_from_exports(launch):
    workspace = launch()
    doc = next(people(1))
    doc["custom_attributes"] = {"blocked": "x", "plan": "gold"}
    workspace.sandbox.insert([doc])
    (user,) = workspace.exported("u_0")["users"]
    assert user["custom_attributes"] == {"plan": "gold"}


def test_the_catalogue_pages_by_the_link_header(launch):
    names = [f"attribute_{n:03}" for n in range(120)]
    workspace = launch(attributes=[])
    workspace.applied(
        {"external_id": "a", **dict.fromkeys(names[:60], 1)}, {"external_id": "a", **dict.fromkeys(names, 1)}
    )
    found, url, pages = [], workspace.url + "/custom_attributes", 0
    while url:
        answer = workspace.http.get(url, headers={"Authorization": "Bearer key-all"})
        found += [a["name"] for a in answer.json()["attributes"]]
        url = answer.links.get("next", {}).get("url")
        pages += 1
    assert (found, pages) == (names, 3)
