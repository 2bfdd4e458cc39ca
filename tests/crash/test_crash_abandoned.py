"""A delivery that is killed and that nobody goes on with: the next night makes up for it, consent above all."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from crash_world import World
from shop_world import READERS

pytestmark = pytest.mark.minutes

JOINED = {f"s_{twin}": f"s_{twin.partition('_')[0]}" for twin in ("m0_b", "m0_c", "m1_b", "m2_b", "m3_b")}
JOINED |= {f"s-loose-i{number}": f"s_i{number}" for number in range(3)}
"""Who goes in a merge or an identify, by external id or alias, and who survives."""


def opt_outs(profile: dict[str, Any]) -> set[str]:
    states = {**profile["fields"], **profile.get("groups", {})}
    return {name for name, state in states.items() if str(state).lower() == "unsubscribed"}


def known_as(profile: dict[str, Any]) -> str:
    name: str = profile["external_id"] or profile["user_aliases"][0]["alias_name"]
    return name


def undone(world: World) -> list[tuple[str, str, set[str]]]:
    """(who is gone, the survivor, what of the former's opt-outs does not hold) of those that were joined."""
    was = {known_as(profile): opt_outs(profile) for profile in world.shop.exported}
    now = {known_as(profile): opt_outs(profile) for profile in world.shop.sandbox.profiles()}
    lost = [(who, kept, was[who] - now[kept]) for who, kept in JOINED.items() if who not in now]
    return [each for each in lost if each[2]]


def test_the_next_night_sets_again_what_a_merge_has_undone(world: World) -> None:
    found: list[Any] = []
    seen = 0
    for moment in (
        ["POST /users/identify answered", 1],
        ["POST /users/merge arrived", 1],
        ["POST /users/merge answered", 2],
    ):
        world.begin()
        assert world.recon("apply", kill_on=moment).code == -9
        world.shop.sandbox.settle()
        seen += len(undone(world))
        assert world.recon("run", "--apply").code in (4, 5)
        found += [(moment, each) for each in undone(world)]
        done = world.recon("run", "--json")
        if "unsubscribe" in json.loads(done.out)["plan"]["corrections"]:
            found.append((moment, "and on the next night once more"))
    assert found == []
    assert seen > 2, "no merge has undone anything: then this shows nothing"


def test_going_on_lets_braze_apply_the_opt_outs_before_anything_else_is_sent(world: World) -> None:
    world.begin()
    assert world.recon("apply", kill_on=["pause", 0]).code == -9
    assert {row["path"] for row in world.shop.sandbox.requests()} == {"/users/track"}
    assert world.recon("apply", "--resume").code == 5
    moments = world.passed()
    first = next(n for n, name in enumerate(moments) if name.startswith("POST /users/") and "export" not in name)
    assert "pause" in moments[:first]


def test_who_left_a_group_while_a_delivery_lay_still_is_not_put_into_it_again(world: World) -> None:
    """recon takes an audience's former member out of a group and is killed. The person leaves by their own doing, then
    the delivery is gone on with. When the audience has them again, that is a conflict."""
    who = "s_c2"
    world.begin()
    assert world.recon("apply", kill_on=["deliver/write_results 0", 0]).code == -9
    time.sleep(1.1)  # times are kept by the second
    event = {
        "id": "left",
        "external_user_id": who,
        "time": int(datetime.now(UTC).timestamp()),
        "subscription_group_id": READERS,
        "subscription_status": "Unsubscribed",
        "channel": "email",
        "state_change_source": "Preference Center",
    }
    name = "users.behaviors.subscriptiongroup.StateChange"
    path = world.folder / f"currents/event_type={name}/date=2026-11-01-00/version=6/left.avro"
    trait = next(
        row
        for row in world.shop.tables["user_traits"]
        if (row["canonical_segment_id"], row["name"]) == ("use_s_c2", "readers")
    )
    traits = world.folder / "segment" / "user_traits" / "part-0.parquet"
    aside = traits.with_suffix(".aside")
    time.sleep(1.1)
    assert world.recon("apply", "--resume").code == 5
    assert world.recon("verify").code == 5
    try:
        path.parent.mkdir(parents=True)
        pl.DataFrame([event]).write_avro(path)
        trait["value"] = "true"
        traits.rename(aside)
        world.shop.write_table("user_traits")
        assert world.recon("run").code == 0
        planned = pl.read_parquet(world.shop.run / "plan" / "corrections.parquet").to_dicts()
        differing = pl.read_parquet(world.shop.run / "drift" / "subscription.parquet").to_dicts()
    finally:
        path.unlink()
        trait["value"] = "false"
        aside.replace(traits)  # the same file: the other tests' plan is bound to its bytes and its time
    assert [row for row in planned if (row["external_id"], row["class"]) == (who, "cohort")] == []
    assert [row["kind"] for row in differing if row["external_id"] == who and row["group_id"] == READERS] == [
        "conflict"
    ]
