"""A plan's price is what its delivery really sends, and what it saves is what Braze holds already."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import polars as pl
import pytest
from shop_world import DIGEST, Shop
from town_world import LABEL, Town

ARRAYS = {"/users/track": "attributes", "/users/alias/new": "user_aliases", "/users/identify": "aliases_to_identify"}
ARRAYS |= {"/users/external_ids/rename": "external_id_renames", "/users/merge": "merge_updates"}
ARRAYS |= {"/users/delete": "external_ids"}


def written(town: Shop) -> tuple[int, Counter[str]]:
    """The requests that wrote profiles, and the objects by endpoint, by the sandbox's own log."""
    rows = [row for path in ARRAYS for row in town.sandbox.requests(path, after=town.logged)]
    objects: Counter[str] = Counter()
    for row in rows:
        objects[row["path"]] += len(json.loads(row["body"])[ARRAYS[row["path"]]])
    return len(rows), objects


@pytest.fixture
def busy(town: Town) -> Town:
    """A night with every class and stage: people who share a survivor, several aliases, opt-outs, a deletion."""
    town.config["identity"] |= {
        "merge": "auto",
        "aliases": [{"identifier": "anonymous_id", "label": LABEL}, {"identifier": "card", "label": "card"}],
    }
    town.config["policy"] |= {"delete_suppressed": True}
    town.config["policy"]["breakers"] |= {name: {"count": 1000, "percent": 100} for name in ("delete", "attribute")}
    town.config["braze"]["limits"] = {"objects_per_request": 2}
    town.add("ann", {"city": "Bern", "points": "7"})
    for letter in "bcd":
        town.twin(f"ann_{letter}", "ann")
    town.add("bob", {"city": "Bern"})
    for kind in ("anonymous_id", "card"):
        town.identifier(f"use_{town.mark}_bob", f"{town.mark}-{kind}", kind)
    town.add("cid", {"city": "Bern"})
    town.loose("cid", "cid")
    town.add("dan", in_braze=False)
    town.twin("dan_b", "dan")
    for number in range(3):
        town.opted_out(town.add(f"out{number}", {"city": "Bern"}), "email_consent", "digest")
    town.suppress(town.add("gone"))
    town.write()
    return town


def test_requests_and_objects_are_those_that_leave(busy: Town) -> None:
    plan = busy.night()
    assert set(plan["corrections"]) == {"alias", "attribute", "delete", "identify", "merge", "rename", "unsubscribe"}
    busy.recon("approve", plan["plan"], "--class", "delete")
    assert plan["withheld"].keys() == {"delete"}
    assert busy.recon("apply").code == 0
    requests, objects = written(busy)
    assert objects == {
        "/users/track": 4 + 6,  # three who opted out and one who is suppressed; then six people's attributes
        "/users/alias/new": 2,
        "/users/identify": 1,
        "/users/external_ids/rename": 1,
        "/users/merge": 3,
        "/users/delete": 1,
    }
    # The deletion was priced as withheld. Two aliases of one profile go one after the other, and so do merges into one.
    assert plan["price"]["objects"] == objects.total() - 1
    assert plan["price"]["requests"] == requests - 1 == 2 + 2 + 1 + 1 + 3 + 3


def test_large_objects_count_as_the_requests_they_fill(shop: Shop) -> None:
    shop.config["braze"]["limits"] = {"bytes_per_request": 2_000}
    for number in range(10):
        shop.add(f"p{number}", {"city": f"{number}" * 250, "plan": f"{number}" * 250})
    shop.write()
    price = shop.recon("run", "--json").document["plan"]["price"]
    assert shop.recon("apply").code == 0
    assert len(shop.tracks()) == 4
    assert price["requests"] == 4


def test_minutes_are_those_at_the_configured_rate_less_the_reserve(shop: Shop) -> None:
    shop.config["braze"]["limits"] = {"objects_per_request": 1, "track_per_3s": 1, "reserve": 0.5}
    shop.config["policy"]["budget"] = {"minutes": 1}
    for number in range(12):
        shop.add(f"p{number:02}", {"city": "Bern"})
    shop.write()
    plan = shop.recon("run", "--json").document["plan"]
    # Twenty requests a minute are allowed, of which half are kept for others.
    assert plan["price"]["minutes"] == 1.2
    assert plan["withheld"]["attribute"] == {
        "n": 12,
        "reason": "budget: 1.2 minutes of 1 allowed (0.2 too many)",
    }
    assert shop.recon("apply").code == 4
    assert shop.tracks() == []


def test_data_points_are_counted_as_braze_bills_them(shop: Shop) -> None:
    """facts/braze-rest-api §2.9."""
    bills: dict[str, tuple[dict[str, str | None], int]] = {
        "text": ({"city": "Bern"}, 1),
        "set": ({"tags": '["a","b","c"]'}, 1),
        "object": ({"address": '{"city":"Bern","zip":"3000","geo":{"lat":1,"lon":2}}'}, 3),
        "objects": ({"tags": '[{"name":"Rex","age":3},{"name":"Tom"}]'}, 3),
        "two": ({"city": "Bern", "points": "7"}, 2),
    }
    points = {shop.add(name, traits): points for name, (traits, points) in bills.items()}
    shop.write()
    price = shop.recon("run", "--apply", "--json").document["plan"]["price"]
    assert (price["data_points"], price["data_points_avoided"]) == (10, 0)
    rows = pl.read_parquet(shop.run / "plan" / "corrections.parquet")
    assert dict(rows.group_by("external_id").agg(pl.col("data_points").sum()).rows()) == points
    again = shop.recon("run", "--json").document["plan"]["price"]
    assert (again["data_points"], again["data_points_avoided"]) == (0, 10)


def test_clearing_costs_one_and_consent_and_ids_cost_nothing(town: Town) -> None:
    town.config["policy"]["clear_when_null"] = ["address"]
    ann = town.add("ann", {"address": None}, {"address": {"city": "Bern", "zip": "3000"}})
    town.opted_out(ann, "email_consent", "digest")
    town.identifier(f"use_{town.mark}_ann", f"{town.mark}-anon", "anonymous_id")
    town.write()
    plan = town.night()
    assert plan["corrections"] == {"alias": 1, "attribute": 1, "unsubscribe": 2}
    assert plan["price"]["data_points"] == 1


def test_saved_is_what_braze_holds_already_and_nothing_else(shop: Shop) -> None:
    shop.config["cohorts"] = [
        {"audience": "vip", "to": {"attribute": "is_vip"}},
        {"audience": "old", "to": {"array": "lists"}},
        {"audience": "young", "to": {"array": "lists"}},
        {"audience": "readers", "to": {"subscription_group": DIGEST}},
    ]
    same: dict[str, Any] = {"plan": "gold", "address": '{"city":"Bern","zip":"3000"}', "vip": "true", "old": "true"}
    held: dict[str, Any] = {
        "plan_tier": "gold",
        "address": {"city": "Bern", "zip": "3000"},
        "is_vip": True,
        "lists": ["old"],
    }
    shop.add("same", same, held)  # 1 + 2 + 1 + 1
    shop.add("untidy", {"plan": " Gold "}, {"plan_tier": "gold"})  # 1: only the spelling differs
    shop.add("drifted", {"city": "Bern", "plan": "gold", "vip": "true"}, {"plan_tier": "gold"})  # 1: the plan
    shop.add("young", {"points": "7"}, hours_ago=1)  # in flight: it differs
    shop.add("broken", {"points": "n/a", "city": "Bern"}, {}, {"home_city": "Bern"})  # 1: the city
    shop.add("theirs", {"nickname": "Bo"}, {"nickname": "Bo"})  # Braze owns it: recon would never send it
    shop.add("leaves", {}, {"is_vip": True})  # Segment says nothing of this person
    shop.add("out", {"readers": "true"}, groups={DIGEST: "Subscribed"})  # states cost nothing
    shop.write()
    price = shop.recon("run", "--json").document["plan"]["price"]
    assert price["data_points"] == 3
    assert price["data_points_avoided"] == 5 + 1 + 1 + 1


def test_what_is_withheld_is_neither_paid_nor_saved(shop: Shop) -> None:
    shop.config["policy"]["breakers"]["attribute"] = {"count": 0, "percent": 0}
    shop.add("ann", {"city": "Bern", "plan": "gold"}, {"plan_tier": "gold"})
    shop.write()
    price = shop.recon("run", "--json").document["plan"]["price"]
    assert (price["data_points"], price["data_points_avoided"]) == (0, 1)
