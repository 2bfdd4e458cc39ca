"""The seed's truth, against a slow and plain reading of the seeded files (plain_world, plain_consent)."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
from plain_consent import Consents, utc
from plain_world import AUDIENCES, NEWSLETTER, NOTHING, NOW, World

from recon.sandbox.seed import Truth, seed
from recon.sandbox.server import running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    seed(folder, profiles=2_000, now=NOW)
    return folder


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    return World(folder)


def test_a_plain_reading_of_both_sides_finds_exactly_the_truth(folder: Path, world: World) -> None:
    rows = duckdb.execute("from read_parquet(?)", [f"{folder}/truth/attribute.parquet"]).fetchall()
    told = {
        (external_id, attribute): (cause, json.loads(desired), NOTHING if actual is None else json.loads(actual))
        for external_id, attribute, desired, actual, cause in rows
    }
    assert len(told) == len(rows)
    found = world.drift()
    assert found.keys() - told.keys() == set()
    assert told.keys() - found.keys() == set()
    assert {key: (told[key], found[key]) for key in told if told[key] != found[key]} == {}


def test_the_counts_of_the_truth_are_those_of_the_files(folder: Path, world: World) -> None:
    truth = Truth.load(folder)
    alive = [ids[0] for ids in world.ids.values() if ids[0] in world.by_id]
    known = {value for ids in (*world.ids.values(), *world.anonymous.values()) for value in ids}
    strangers = [
        p
        for p in world.braze
        if p["external_id"] not in known
        and (p["external_id"] is not None or not any(a["alias_name"] in known for a in p["user_aliases"]))
    ]
    assert truth.profiles.segment == len(world.people)
    assert truth.profiles.braze == len(world.braze)
    assert truth.profiles.matched == len(alive)
    assert truth.profiles.missing_in_braze == sum(ids[0] not in world.by_id for ids in world.ids.values())
    assert truth.profiles.only_in_braze == len(strangers)
    found = world.drift()
    assert truth.attributes.drifted_cells == len(found)
    assert truth.attributes.drifted_profiles == len({external_id for external_id, _ in found})
    assert truth.attributes.by_attribute == Counter(attribute for _, attribute in found)
    assert truth.attributes.by_cause == Counter(cause for cause, _, _ in found.values())


def test_a_plain_reading_of_the_duplicates_finds_exactly_the_truth(folder: Path, world: World) -> None:
    rows = duckdb.execute(
        "select kind, keep, other, cluster from read_parquet(?)", [f"{folder}/truth/duplicate.parquet"]
    ).fetchall()
    assert {row[:3] for row in rows} == world.duplicates()
    assert Truth.load(folder).duplicates == Counter(row[0] for row in rows)
    # A cluster: everything that the pairs connect, named by the least external id.
    groups: list[set[str]] = []
    aliases = {name for names in world.anonymous.values() for name in names}
    for _, keep, other, _ in rows:
        ids = {keep, other} - aliases
        touching = [group for group in groups if group & ids]
        groups = [group for group in groups if not group & ids] + [ids.union(*touching)]
    cluster_of = {user_id: min(group) for group in groups for user_id in group}
    assert [row for row in rows if row[3] != cluster_of[row[1]]] == []


def test_nulls_kept_are_explicit_nulls_beside_a_value_in_braze(folder: Path) -> None:
    world = World(folder)
    world.drift()
    assert world.nulls == Truth.load(folder).attributes.nulls_kept > 0


def test_missing_people_are_listed_by_both_ids(folder: Path, world: World) -> None:
    listed = duckdb.execute("from read_parquet(?)", [f"{folder}/truth/missing.parquet"]).fetchall()
    assert dict(listed) == {person: ids[0] for person, ids in world.ids.items() if ids[0] not in world.by_id}
    assert ("use_trap_missing", "trap_missing") in listed


def test_a_plain_reading_finds_exactly_who_enters_and_leaves(folder: Path, world: World) -> None:
    rows = duckdb.execute("from read_parquet(?)", [f"{folder}/truth/cohort.parquet"]).fetchall()
    told = {(external_id, audience): (change, cause) for external_id, audience, change, cause in rows}
    assert len(told) == len(rows)
    found = world.moves()
    assert found == told
    counts = {name: {"enter": 0, "leave": 0} for name in AUDIENCES}
    for (_, audience), (change, _) in found.items():
        counts[audience][change] += 1
    assert Truth.load(folder).cohorts == counts


def test_a_plain_reading_of_consent_finds_exactly_the_truth(folder: Path, world: World) -> None:
    rows = duckdb.execute(
        """select external_id, channel, group_id, desired, actual, kind, timezone('UTC', segment_time),
            timezone('UTC', braze_time) from read_parquet(?)""",
        [f"{folder}/truth/subscription.parquet"],
    ).fetchall()
    told = {row[:3]: (*row[3:6], utc(row[6]), utc(row[7])) for row in rows}
    assert len(told) == len(rows)
    found = Consents(folder, world).rows()
    assert found.keys() - told.keys() == set()
    assert told.keys() - found.keys() == set()
    assert {key: (told[key], found[key]) for key in told if told[key] != found[key]} == {}
    assert Truth.load(folder).subscriptions == Counter(row[5] for row in rows)


def test_when_the_truth_is_applied_only_what_waits_for_people_is_left(folder: Path, tmp_path: Path) -> None:
    """Opt-outs first, then attributes and cohorts, over HTTP: Braze spreads what belongs to an address, and the consent
    of nobody else drifts by it."""
    shop = tmp_path / "shop"
    shutil.copytree(folder, shop)
    settings = json.loads((shop / "sandbox.json").read_text())
    settings["braze"]["apply_delay"] = [0.0, 0.0]
    (shop / "sandbox.json").write_text(json.dumps(settings))
    key = next(key["key"] for key in settings["braze"]["keys"] if key["name"] == "write")
    before = Consents(shop, World(shop)).rows()

    def group(group_id: str, state: str) -> dict[str, Any]:
        return {"subscription_groups": [{"subscription_group_id": group_id, "subscription_state": state}]}

    out = "unsubscribed"
    opt_outs = [
        {"external_id": who, **(group(group_id, out) if group_id else {f"{channel}_subscribe": out})}
        for (who, channel, group_id), (_, _, kind, _, _) in before.items()
        if kind == "unsubscribe"
    ]
    cells = duckdb.execute(
        "select external_id, attribute, desired from read_parquet(?) where cause = 'first_seen'",
        [f"{shop}/truth/attribute.parquet"],
    ).fetchall()
    moves = duckdb.execute(
        """select external_id, change from read_parquet(?)
        where audience = 'newsletter_readers' and cause = 'first_seen'""",
        [f"{shop}/truth/cohort.parquet"],
    ).fetchall()
    later = [{"external_id": who, what: json.loads(value)} for who, what, value in cells if what in ("email", "phone")]
    later += [
        {"external_id": who, **group(NEWSLETTER, "subscribed" if change == "enter" else out)} for who, change in moves
    ]
    with running(shop) as sandbox:
        for objects in (opt_outs, later):
            for start in range(0, len(objects), 75):
                answer = requests.post(
                    f"{sandbox.url}/users/track",
                    json={"attributes": objects[start : start + 75]},
                    headers={"Authorization": f"Bearer {key}"},
                    timeout=30,
                )
                assert (answer.status_code, answer.json().get("errors")) == (201, None)
            sandbox.settle()
    world = World(shop)
    assert Consents(shop, world).rows() == {row: found for row, found in before.items() if found[2] != "unsubscribe"}
    left = {key: move for key, move in world.moves().items() if key[1] == "newsletter_readers"}
    assert {cause for _, cause in left.values()} == {"in_flight"}
