"""What Identify calls and audience events say counts in the next drift where it is newer than Segment's tables."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import polars as pl
import pytest
from town_world import Town

NOW = datetime.now(UTC)


def call(who: str | None, hours_ago: float, **members: Any) -> dict[str, Any]:
    at = (NOW - timedelta(hours=hours_ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    common = {"messageId": f"m-{who}-{hours_ago}", "userId": who, "timestamp": at, "receivedAt": at}
    return {name: value for name, value in (common | members).items() if value is not None}


def identify(who: str | None, hours_ago: float, **traits: Any) -> dict[str, Any]:
    return call(who, hours_ago, type="identify", traits=traits)


def browsing(anonymous: str, hours_ago: float, userId: str | None = None, **traits: Any) -> dict[str, Any]:
    """What somebody who has not logged in says."""
    return call(userId, hours_ago, type="identify", traits=traits, anonymousId=anonymous)


def audience(who: str, hours_ago: float, event: str, **properties: Any) -> dict[str, Any]:
    return call(who, hours_ago, type="track", event=event, properties=properties)


@pytest.fixture
def fresh(town: Town) -> Town:
    town.config["policy"]["quiet_period"] = "6h"
    town.config["events"] = {"files": "events/*.gz"}
    town.config["cohorts"] = [
        {"audience": "vip", "to": {"attribute": "is_vip"}},
        {"audience": "big/spender", "to": {"attribute": "is_big"}},
    ]
    (town.folder / "events").mkdir()
    return town


def put(town: Town, *calls: Any, name: str = "1.gz") -> None:
    lines = [line if isinstance(line, bytes) else orjson.dumps(line) for line in calls]
    (town.folder / "events" / name).write_bytes(gzip.compress(b"\n".join(lines)))


def test_newer_calls_win_trait_by_trait_and_older_ones_change_nothing(fresh: Town) -> None:
    held: dict[str, Any] = {"attributes": {"plan_tier": "old"}, "fields": {"home_city": "Old"}}
    both: dict[str, str | None] = {"city": "Bern", "plan": "old"}
    newer = fresh.add("newer", both, **held, hours_ago=20)
    older = fresh.add("older", both, **held, hours_ago=10)
    first = fresh.add("first", {}, fields={"home_city": "Old"})
    recent = fresh.add("recent", {"city": "Old"}, fields={"home_city": "Old"})
    typed = fresh.add("typed", {"points": "1", "tags": '["a"]'}, {"loyalty_points": 1, "favorites": ["a"]}, {})
    void = fresh.add("void", {"city": "Old"}, fields={"home_city": "Old"})
    twin = fresh.twin("twin", "newer", in_braze=False)
    put(
        fresh,
        identify(newer, 15, city="Chur", plan="old"),
        identify(newer, 12, plan="gold"),
        identify(twin, 11, city="Davos", unmapped=1),
        identify(older, 15, city="Chur"),
        identify(first, 30, city="Thun"),
        identify(recent, 2, city="Genf"),
        identify(typed, 12, points=7, tags=["a", "b"]),
        identify(void, 12, city=None),
        identify("stranger", 12, city="Nowhere"),
        identify(None, 12, city="Nobody", anonymousId="a"),
        call(newer, 9, type="track", event="Viewed", context={"traits": {"city": "No"}}, properties={"city": "No"}),
    )
    fresh.write().night()  # type: ignore[attr-defined]
    found = {(who.partition("_")[2], what): (value, cause) for who, what, value, _, cause in fresh.drift()}
    assert found == {
        ("newer", "home_city"): ("Davos", "first_seen"),
        ("newer", "plan_tier"): ("gold", "first_seen"),
        ("older", "home_city"): ("Bern", "first_seen"),
        ("first", "home_city"): ("Thun", "first_seen"),
        ("recent", "home_city"): ("Genf", "in_flight"),
        ("typed", "loyalty_points"): (7, "first_seen"),
        ("typed", "favorites"): (["a", "b"], "first_seen"),
    }
    assert fresh.run_document["steps"]["load"]["result"]["fresh_traits"] == 7
    assert fresh.run_document["steps"]["drift"]["result"]["attributes"]["nulls_kept"] == 1


def test_a_call_without_a_user_id_counts_where_the_identity_graph_leaves_no_doubt_who_made_it(fresh: Town) -> None:
    people = {
        name: fresh.add(name, {"city": "Bern"}, fields={"home_city": "Bern"}, hours_ago=40)
        for name in ("ann", "bob", "shared", "moved", "late")
    }
    profiles = {name: f"use_{who}" for name, who in people.items()}
    fresh.twin("ann_again", "ann", in_braze=False)
    fresh.identifier(profiles["ann"], "a-ann", "anonymous_id")
    fresh.identifier(profiles["ann"], "a-again", "anonymous_id")
    fresh.identifier(profiles["bob"], "a-shared", "anonymous_id")
    fresh.identifier(profiles["shared"], "a-shared", "anonymous_id")
    fresh.identifier(profiles["moved"], "a-moved", "anonymous_id")
    fresh.identifier(profiles["late"], "a-ann", "email")  # another kind of id
    put(
        fresh,
        browsing("a-ann", 12, city="Chur"),
        browsing("a-again", 11, plan="gold"),
        browsing("a-shared", 13, userId="", city="Thun"),
        browsing("a-moved", 12, city="Genf"),
        call(people["bob"], 14, type="identify", traits={"x": 1}, anonymousId="a-moved"),  # somebody else used it since
        browsing("a-nobody", 12, city="Nobody"),
        call(people["late"], 12, type="identify", traits={"plan": "free"}, anonymousId="a-new"),
        browsing("a-new", 12, city="Nowhere"),  # the graph does not know it yet
    )
    fresh.write().night()  # type: ignore[attr-defined]
    found = {(who.partition("_")[2], what): value for who, what, value, *_ in fresh.drift()}
    assert found == {("ann", "home_city"): "Chur", ("ann", "plan_tier"): "gold", ("late", "plan_tier"): "free"}


def test_audiences_and_consent_follow_the_newest_word_and_bad_rows_are_set_aside(fresh: Town) -> None:
    enters = fresh.add("enters", {"vip": "false"}, {"is_vip": False})
    leaves = fresh.add("leaves", {"vip": "true"}, {"is_vip": True})
    stays = fresh.add("stays", {"vip": "true"}, {"is_vip": True}, hours_ago=8)
    slash = fresh.add("slash", {}, {"is_big": False})
    out = fresh.add("out", {"email_consent": "true"})
    put(
        fresh,
        audience(enters, 12, "Audience Entered", audience_key="vip", vip=True),
        audience(leaves, 12, "Audience Exited", audience_key="vip"),
        audience(stays, 12, "Audience Exited", audience_key="vip", vip=False),
        audience(slash, 12, "Audience Entered", audience_key="big/spender", **{"big/spender": True}),
        identify(out, 1, email_consent=False),
        audience(stays, 7, "Audience Exited"),
        audience(stays, 7, "Audience Exited", audience_key="vip", vip="maybe"),
        call(stays, 7, type="identify", traits="none"),
        call(stays, 7, type="identify", timestamp="soon", traits={"vip": False}),
        b"{broken",
    )
    fresh.write().night()  # type: ignore[attr-defined]
    rows = pl.read_parquet(fresh.run / "drift" / "cohort.parquet").to_dicts()
    assert {(row["external_id"], row["audience"], row["change"]) for row in rows} == {
        (enters, "vip", "enter"),
        (leaves, "vip", "leave"),
        (slash, "big/spender", "enter"),
    }
    opted = pl.read_parquet(fresh.run / "drift" / "subscription.parquet").to_dicts()
    assert [(row["external_id"], row["kind"]) for row in opted] == [(out, "unsubscribe")]
    assert fresh.run_document["steps"]["load"]["result"]["quarantined"] == 5


def test_they_can_be_left_out_and_no_file_is_no_fault(fresh: Town) -> None:
    who = fresh.add("ann", {"city": "Bern"}, fields={"home_city": "Bern"})
    fresh.write().night()  # type: ignore[attr-defined]
    put(fresh, identify(who, 12, city="Chur"))
    fresh.configure(lambda config: config["events"].update(fresh_traits="0d"))
    fresh.night()
    assert fresh.drift() == []
