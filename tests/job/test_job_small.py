"""What a night does in Braze, and what it leaves alone: small shops, each over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from shop_world import Shop


def ann(shop: Shop) -> str:
    """A person with three wrong values, one right one, and things in Braze that nobody mapped."""
    return shop.add(
        "ann",
        {"city": "Bern", "points": "7", "tags": '["tea"]', "plan": "gold"},
        {"plan_tier": "gold", "loyalty_points": 6, "favorite_color": "blue"},
        {"home_city": "Basel", "first_name": "Ann", "language": "de"},
    )


def test_a_night_repairs_what_differs_and_touches_nothing_else(shop: Shop) -> None:
    who = ann(shop)
    before = shop.write().store()
    done = shop.recon("run", "--apply")
    assert done.code == 0, done.said
    shop.sandbox.settle()
    after = shop.store()
    [wanted] = [profile for profile in before.values() if profile["external_id"] == who]
    wanted["fields"]["home_city"] = "Bern"
    wanted["custom_attributes"] |= {"loyalty_points": 7, "favorites": ["tea"]}
    assert after == before
    assert set(shop.states().values()) == {"verified"}


def test_the_same_drift_is_repaired_again_on_another_night(shop: Shop) -> None:
    """Something keeps undoing the repair: the second night's plan is that of the first, and is sent all the same."""
    who = shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    first = (shop.run / "plan" / "plan.json").read_bytes()
    undo = {"attributes": [{"external_id": who, "home_city": "Basel", "_update_existing_only": True}]}
    shop.post("/users/track", undo)
    shop.sandbox.settle()
    assert shop.stored(who)["fields"]["home_city"] == "Basel"
    assert shop.recon("run", "--apply").code == 0
    assert (shop.run / "plan" / "plan.json").read_bytes() == first
    shop.sandbox.settle()
    assert shop.stored(who)["fields"]["home_city"] == "Bern"
    assert shop.states() == {(who, "home_city"): "verified"}


def test_nothing_is_left_after_a_night(shop: Shop) -> None:
    ann(shop)
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    sent = len(shop.tracks())
    done = shop.recon("run", "--apply", "--json", "--detailed-exitcode")
    assert done.code == 0
    assert done.document["drift"]["attributes"]["to_repair"] == 0
    assert done.document["plan"]["price"]["objects"] == 0
    assert len(shop.tracks()) == sent


def test_without_apply_nothing_is_sent(shop: Shop) -> None:
    ann(shop)
    before = shop.write().store()
    assert shop.recon("run").code == 0
    assert shop.recon("run", "--detailed-exitcode").code == 10
    assert shop.tracks() == []
    assert shop.store() == before


def test_an_object_is_merged_and_its_sibling_keys_survive(shop: Shop) -> None:
    who = shop.add(
        "ann",
        {"address": '{"city":"Bern","geo":{"lat":1}}'},
        {"address": {"city": "Basel", "zip": "4000", "geo": {"lon": 2}}},
    )
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    shop.sandbox.settle()
    assert shop.stored(who)["custom_attributes"]["address"] == {
        "city": "Bern",
        "zip": "4000",
        "geo": {"lat": 1, "lon": 2},
    }
    [[sent]] = shop.sent()
    assert sent["_merge_objects"] is True


def test_an_explicit_null_clears_only_where_the_policy_says_so(shop: Shop) -> None:
    ann_ = shop.add("ann", {"city": None, "points": "null"}, {"loyalty_points": 5}, {"home_city": "Basel"})
    bob = shop.add("bob", {"plan": "gold"}, {"loyalty_points": 5, "plan_tier": "gold"}, {"home_city": "Basel"})
    shop.write()
    done = shop.recon("run", "--apply", "--json")
    assert done.code == 0
    assert shop.drift() == []
    assert done.document["drift"]["attributes"]["nulls_kept"] == 2
    shop.configure(lambda config: config["policy"].update(clear_when_null=["home_city"]))
    done = shop.recon("run", "--apply", "--json")
    assert done.code == 0
    assert [row[:4] for row in shop.drift()] == [(ann_, "home_city", None, "Basel")]
    assert done.document["drift"]["attributes"]["nulls_kept"] == 1
    shop.sandbox.settle()
    assert "home_city" not in shop.stored(ann_)["fields"]
    assert shop.stored(ann_)["custom_attributes"] == {"loyalty_points": 5}
    assert shop.stored(bob)["fields"]["home_city"] == "Basel"
    [[sent]] = shop.sent()
    assert sent == {"external_id": ann_, "_update_existing_only": True, "home_city": None}
    assert shop.states() == {(ann_, "home_city"): "verified"}


def test_an_absent_trait_never_clears(shop: Shop) -> None:
    shop.add("ann", {"plan": "gold"}, {"plan_tier": "gold"}, {"home_city": "Basel"})
    shop.config["policy"]["clear_when_null"] = ["home_city"]
    shop.write()
    done = shop.recon("run", "--json")
    assert shop.drift() == []
    assert done.document["drift"]["attributes"]["nulls_kept"] == 0


@pytest.mark.parametrize("owner", ["braze", "observe"])
def test_what_segment_does_not_own_is_shown_and_never_sent(shop: Shop, owner: str) -> None:
    who = shop.add("ann", {"plan": "gold"}, {"plan_tier": "silver"})
    for rule in shop.config["attributes"]:
        if rule["to"] == "plan_tier":
            rule["owner"] = owner
    before = shop.write().store()
    assert shop.recon("run", "--apply").code == 0
    assert shop.drift() == [(who, "plan_tier", "gold", "silver", "first_seen")]
    assert pl.read_parquet(shop.run / "plan" / "corrections.parquet").is_empty()
    assert shop.store() == before


def test_invalid_and_untidy_values_are_shown_and_never_sent(shop: Shop) -> None:
    who = shop.add(
        "ann", {"points": "n/a", "plan": " Gold ", "city": "Bern"}, {"plan_tier": "gold"}, {"home_city": "Basel"}
    )
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    assert shop.drift() == [
        (who, "home_city", "Bern", "Basel", "first_seen"),
        (who, "loyalty_points", "n/a", None, "invalid"),
        (who, "plan_tier", "gold", "gold", "format"),
    ]
    assert shop.sent() == [[{"external_id": who, "_update_existing_only": True, "home_city": "Bern"}]]


def test_what_changed_within_the_quiet_period_waits(shop: Shop) -> None:
    who = shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"}, hours_ago=5)
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    assert shop.drift() == [(who, "home_city", "Bern", "Basel", "in_flight")]
    assert shop.tracks() == []
    shop.configure(lambda config: config["policy"].update(quiet_period="4h"))
    assert shop.recon("run", "--apply").code == 0
    assert shop.states() == {(who, "home_city"): "verified"}


def test_a_suppressed_person_gets_the_opt_out_and_nothing_else(shop: Shop) -> None:
    who = shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    bob = shop.add("bob", {"city": "Bern"}, {}, {"home_city": "Basel"})
    (shop.folder / "suppressed.csv").write_text(f"user_id,suppressed_at\n{who},2024-01-01T00:00:00Z\n")
    shop.config["segment"]["suppressions"] = "suppressed.csv"
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    opt_outs = [(who, "email_subscribe"), (who, "push_subscribe")]
    assert shop.states() == dict.fromkeys([(bob, "home_city"), *opt_outs], "verified")
    assert shop.stored(who)["fields"]["home_city"] == "Basel"


def test_somebody_who_is_missing_in_braze_is_listed_and_not_created(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Bern"})
    who = shop.add("nobody", {"city": "Bern"}, in_braze=False)
    before = shop.write().store()
    done = shop.recon("run", "--apply", "--json")
    assert done.code == 0
    assert done.document["drift"]["profiles"]["missing_in_braze"] == 1
    missing = pl.read_parquet(shop.run / "drift" / "missing.parquet").to_dicts()
    assert missing == [{"canonical_segment_id": f"use_{shop.mark}_nobody", "external_id": who}]
    assert shop.store() == before


def test_after_a_merge_only_the_winner_is_corrected(shop: Shop) -> None:
    old = shop.add("old", {"city": "Bern"}, {}, {"home_city": "Basel"}, hours_ago=100)
    new = shop.add("new", {"city": "Zug"}, {}, {"home_city": "Basel"}, hours_ago=50)
    shop.tables["user_identifiers"].clear()
    winner, loser = f"use_{shop.mark}_old", f"use_{shop.mark}_new"
    shop.identifier(winner, old, hours_ago=400)
    shop.identifier(winner, new, hours_ago=40)
    row: dict[str, Any] = {"canonical_segment_id": winner, "segment_id": loser, "seq": None, "timestamp": None}
    shop.tables["profile_merges"].append(row)
    shop.write()
    assert shop.recon("run", "--apply").code == 4
    assert shop.drift() == [(old, "home_city", "Zug", "Basel", "first_seen")]
    assert shop.states() == {(old, "home_city"): "verified", (new, "merge"): "withheld"}
    shop.sandbox.settle()
    assert shop.stored(new)["fields"]["home_city"] == "Basel"


def test_values_travel_to_the_letter(shop: Shop) -> None:
    """Hostile text, big and tiny numbers, other scripts: what is stored is what Segment says."""
    text = 'O\'Brien "<b>" \\ {{x}} – 東京 \U0001f600\n--; DROP'
    who = shop.add("ann", {"city": text, "points": "9007199254740993", "tags": '["a,b","c\\"d","7"]'})
    bob = shop.add("bob", {"points": "-0.1", "plan": "1e5", "joined_at": "2024-02-29T23:59:59.123+02:00"})
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    shop.sandbox.settle()
    assert shop.stored(who)["fields"]["home_city"] == text
    assert shop.stored(who)["custom_attributes"] == {
        "loyalty_points": 9007199254740993,
        "favorites": ["a,b", 'c"d', "7"],
    }
    assert shop.stored(bob)["custom_attributes"] == {
        "loyalty_points": -0.1,
        "plan_tier": "1e5",
        "signup_time": "2024-02-29T21:59:59.123Z",
    }
    assert set(shop.states().values()) == {"verified"}


def test_a_profile_deleted_meanwhile_is_not_brought_back(shop: Shop) -> None:
    who = shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.write_export()
    shop.exported.clear()
    shop.write()
    done = shop.recon("run", "--apply", "--json")
    assert shop.sandbox.profile(who) is None
    assert shop.states() == {(who, "home_city"): "not_applied"}
    assert done.code == 5
    assert json.loads(done.out)["exit_code"] == 5


def test_what_the_configuration_asks_for_and_recon_does_not_do_yet_is_said(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Bern"})
    shop.config["policy"]["create_missing"] = True
    shop.write()
    done = shop.recon("run")
    assert "does nothing about policy.create_missing" in done.err


def test_many_profiles_are_read_back_by_one_more_export(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recon.deliver.verify.READ_BY_ID_MINUTES", 0)
    shop.add("ann", {"city": "Bern", "points": "7"}, {"loyalty_points": 1}, {"home_city": "Basel"})
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    assert set(shop.states().values()) == {"verified"}
    assert shop.sandbox.requests("/users/export/ids", after=shop.logged) == []
    assert not (shop.run / "unpacked").exists()
