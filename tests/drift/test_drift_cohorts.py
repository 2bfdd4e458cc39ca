"""Who belongs to an audience, by Segment and by Braze, and what is written where they differ (rulings, "Cohorts")."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from shop_world import Shop

Move = tuple[str, str, str, str]


@pytest.fixture
def club(shop: Shop) -> Shop:
    """A shop with an audience in a boolean attribute and two that share an array."""
    shop.config["cohorts"] = [
        {"audience": "vip_customers", "to": {"attribute": "is_vip"}},
        {"audience": "churn_risk", "to": {"array": "segment_audiences"}},
        {"audience": "big_spenders", "to": {"array": "segment_audiences"}},
    ]
    return shop


def moves(shop: Shop) -> list[Move]:
    """Rows of cohort.parquet, with the person's name alone."""
    found = pl.read_parquet(shop.run / "drift" / "cohort.parquet")
    assert found.columns == ["external_id", "audience", "change", "cause"]
    return sorted((row[0].removeprefix(f"{shop.mark}_"), *row[1:]) for row in found.rows())


def held(shop: Shop, name: str) -> dict[str, Any]:
    """The person's custom attributes in Braze."""
    attributes: dict[str, Any] = shop.stored(f"{shop.mark}_{name}")["custom_attributes"]
    return attributes


def move_trait(shop: Shop, name: str, trait: str, value: str | None, hours_ago: float = 200) -> None:
    profile = f"use_{shop.mark}_{name}"
    rows = shop.tables["user_traits"]
    rows[:] = [row for row in rows if (row["canonical_segment_id"], row["name"]) != (profile, trait)]
    shop.trait(profile, trait, value, hours_ago)
    shop.write_table("user_traits")


def move_braze(shop: Shop, name: str, **attributes: Any) -> None:
    shop.post("/users/track", {"attributes": [{"external_id": f"{shop.mark}_{name}", **attributes}]})
    shop.sandbox.settle()


@pytest.mark.parametrize("stated", [{}, {"vip_customers": None}, {"vip_customers": "null"}, {"vip_customers": "false"}])
@pytest.mark.parametrize("in_braze", [{}, {"is_vip": False}])
def test_absent_null_and_false_are_all_not_a_member(club: Shop, stated: dict[str, Any], in_braze: Any) -> None:
    club.add("ann", {"city": "Bern", **stated}, in_braze, {"home_city": "Bern"})
    club.write().recon("run")
    assert moves(club) == []


@pytest.mark.parametrize("stated", [{}, {"vip_customers": None}, {"vip_customers": "null"}, {"vip_customers": "false"}])
def test_whoever_is_no_member_any_more_leaves_with_false(club: Shop, stated: dict[str, Any]) -> None:
    club.add("ann", {"city": "Bern", **stated}, {"is_vip": True}, {"home_city": "Bern"})
    assert club.write().recon("run", "--apply").code == 0
    assert moves(club) == [("ann", "vip_customers", "leave", "first_seen")]
    assert held(club, "ann") == {"is_vip": False}
    assert set(club.states().values()) == {"verified"}


@pytest.mark.parametrize("in_braze", [{}, {"is_vip": False}, {"is_vip": "true"}])
def test_a_member_that_braze_does_not_know_as_one_enters_with_true(club: Shop, in_braze: Any) -> None:
    club.add("ann", {"vip_customers": '"true"'}, in_braze)
    assert club.write().recon("run", "--apply").code == 0
    assert moves(club) == [("ann", "vip_customers", "enter", "first_seen")]
    assert held(club, "ann")["is_vip"] is True


def test_audiences_share_an_array_and_foreign_values_stay_in_their_order(club: Shop) -> None:
    club.add(
        "ann",
        {"churn_risk": "false", "big_spenders": "true"},
        {"segment_audiences": ["crm", "churn_risk", 7, "beta"]},
    )
    done = club.write().recon("run", "--apply", "--json")
    assert done.code == 0
    assert moves(club) == [
        ("ann", "big_spenders", "enter", "first_seen"),
        ("ann", "churn_risk", "leave", "first_seen"),
    ]
    [[sent]] = club.sent()
    assert sent == {
        "external_id": f"{club.mark}_ann",
        "_update_existing_only": True,
        "segment_audiences": ["crm", 7, "beta", "big_spenders"],
    }
    assert held(club, "ann")["segment_audiences"] == ["crm", 7, "beta", "big_spenders"]
    assert done.document["plan"]["corrections"] == {"cohort": 1}
    assert done.document["drift"]["cohorts"] == {
        "vip_customers": {"enter": 0, "leave": 0},
        "churn_risk": {"enter": 0, "leave": 1},
        "big_spenders": {"enter": 1, "leave": 0},
    }
    assert [row["class"] for row in club.results()] == ["cohort"]


def test_the_last_one_to_leave_an_array_leaves_it_empty(club: Shop) -> None:
    club.add("ann", {"churn_risk": "false"}, {"segment_audiences": ["churn_risk"]})
    assert club.write().recon("run", "--apply").code == 0
    assert held(club, "ann") == {"segment_audiences": []}


def test_a_missing_array_is_made_and_its_order_is_the_configurations(club: Shop) -> None:
    club.add("ann", {"big_spenders": "true", "churn_risk": "true"})
    assert club.write().recon("run", "--apply").code == 0
    assert held(club, "ann") == {"segment_audiences": ["churn_risk", "big_spenders"]}


def test_a_cohort_travels_in_one_object_with_the_attributes(club: Shop) -> None:
    club.add("ann", {"city": "Bern", "vip_customers": "true", "address": '{"city": "Bern"}'})
    club.write().recon("run", "--apply")
    [[sent]] = club.sent()
    assert sent.keys() - {"external_id", "_update_existing_only", "_merge_objects"} == {
        "home_city",
        "is_vip",
        "address",
    }


def test_a_membership_within_the_quiet_period_is_listed_and_left(club: Shop) -> None:
    club.add("ann", {"vip_customers": "true"}, hours_ago=1)
    club.add("ben", {"churn_risk": "true"}, {"segment_audiences": ["crm"]}, hours_ago=1)
    club.trait(f"use_{club.mark}_ben", "big_spenders", "true")
    done = club.write().recon("run", "--apply", "--json")
    assert moves(club) == [
        ("ann", "vip_customers", "enter", "in_flight"),
        ("ben", "big_spenders", "enter", "first_seen"),
        ("ben", "churn_risk", "enter", "in_flight"),
    ]
    assert done.document["drift"]["cohorts"]["churn_risk"] == {"enter": 1, "leave": 0}
    assert done.document["drift"]["to_repair"] == 1
    assert held(club, "ann") == {}
    assert held(club, "ben") == {"segment_audiences": ["crm", "big_spenders"]}


def test_a_word_that_nobody_can_read_costs_no_membership(club: Shop) -> None:
    club.add("ann", {"vip_customers": "perhaps"}, {"is_vip": True})
    done = club.write().recon("run", "--apply", "--json")
    assert moves(club) == [("ann", "vip_customers", "leave", "invalid")]
    assert done.document["plan"]["corrections"] == {}
    assert held(club, "ann") == {"is_vip": True}


def test_something_else_than_an_array_is_not_overwritten(club: Shop) -> None:
    club.add("ann", {"churn_risk": "true"}, {"segment_audiences": "crm"})
    club.write().recon("run", "--apply")
    assert moves(club) == [("ann", "churn_risk", "enter", "invalid")]
    assert held(club, "ann") == {"segment_audiences": "crm"}


def test_a_key_that_a_full_array_has_no_room_for_is_not_pushed(club: Shop) -> None:
    club.config["cohorts"] = [
        {"audience": name, "to": {"array": "short"}} for name in ("churn_risk", "big_spenders", "vip_customers")
    ]
    club.add("ann", {"churn_risk": "true", "big_spenders": "true"}, {"short": ["vip_customers", "crm"]})
    club.add("ben", {"churn_risk": "true"}, {"short": ["crm", "beta"]})
    assert club.write().recon("run", "--apply").code == 0
    assert moves(club) == [
        ("ann", "big_spenders", "enter", "invalid"),
        ("ann", "churn_risk", "enter", "first_seen"),
        ("ann", "vip_customers", "leave", "first_seen"),
        ("ben", "churn_risk", "enter", "invalid"),
    ]
    assert held(club, "ann") == {"short": ["crm", "churn_risk"]}
    assert held(club, "ben") == {"short": ["crm", "beta"]}


@pytest.mark.parametrize("name", ["blocked", "forced_text"])
def test_an_attribute_that_braze_would_not_keep_is_told_and_not_pushed(club: Shop, name: str) -> None:
    club.config["cohorts"] = [{"audience": "vip_customers", "to": {"attribute": name}}]
    club.add("ann", {"vip_customers": "true"})
    done = club.write().recon("run", "--apply", "--json")
    assert done.code == 0
    assert moves(club) == [("ann", "vip_customers", "enter", "invalid")]
    assert any(name in warning for warning in done.document["drift"]["warnings"])
    assert club.tracks() == []


def test_what_moved_since_a_repaired_night_names_the_cause(club: Shop) -> None:
    for name in ("src", "brz", "both", "back", "new"):
        stated = {} if name == "new" else {"vip_customers": "false" if name == "back" else "true"}
        club.add(name, {"points": "1", **stated}, {"loyalty_points": 1, "segment_audiences": ["crm"]})
    assert club.write().recon("run", "--apply").code == 0
    assert {row[0] for row in moves(club)} == {"src", "brz", "both"}
    move_trait(club, "src", "vip_customers", "false")
    move_braze(club, "brz", is_vip=False)
    move_braze(club, "back", is_vip=True)
    move_trait(club, "new", "churn_risk", "true")
    move_trait(club, "both", "vip_customers", "false")
    move_trait(club, "both", "churn_risk", "true")
    assert club.recon("run", "--apply").code == 0
    assert moves(club) == [
        ("back", "vip_customers", "leave", "overwritten"),
        ("both", "churn_risk", "enter", "never_sent"),
        ("both", "vip_customers", "leave", "source_moved"),
        ("brz", "vip_customers", "enter", "overwritten"),
        ("new", "churn_risk", "enter", "never_sent"),
        ("src", "vip_customers", "leave", "source_moved"),
    ]
    assert held(club, "new")["segment_audiences"] == ["crm", "churn_risk"]
    assert club.recon("run", "--apply").code == 0
    assert moves(club) == []


def test_a_membership_that_braze_never_keeps_is_given_up(club: Shop) -> None:
    club.config["policy"]["give_up_after"] = 2
    club.add("ann", {"churn_risk": "true"}, {"segment_audiences": ["crm"]})
    club.write()
    nights = []
    for _ in range(3):
        club.sandbox.fault("/users/track", "status", status=500, count=100)
        done = club.recon("run", "--apply", "--json")
        club.sandbox.clear_faults()
        nights.append((done.code, moves(club)[0][3], club.results()[0]["state"], done.document["drift"]["to_repair"]))
    assert nights == [
        (5, "first_seen", "not_applied", 1),
        (5, "rejected", "not_applied", 1),
        (0, "rejected", "quarantined", 0),
    ]


def test_the_breaker_of_cohorts_holds_back_cohorts_alone(club: Shop) -> None:
    for number in range(10):
        club.add(f"p{number}", {"city": "Bern", "vip_customers": "true"}, {}, {"home_city": "Basel"})
    club.config["policy"]["breakers"] = {
        "attribute": {"count": 10_000, "percent": 100},
        "cohort": {"count": 9, "percent": 20},
    }
    done = club.write().recon("run", "--apply", "--json")
    assert done.code == 4
    assert set(done.document["plan"]["withheld"]) == {"cohort"}
    assert {(row["class"], row["state"]) for row in club.results()} == {
        ("cohort", "withheld"),
        ("attribute", "verified"),
    }
    assert "is_vip" not in held(club, "p0")


def test_one_profiles_story_tells_its_audiences(club: Shop) -> None:
    ann = club.add("ann", {"vip_customers": "true", "churn_risk": "true"}, {"segment_audiences": ["churn_risk"]})
    club.write().recon("run")
    told = {row["audience"]: row for row in club.recon("show", "--profile", ann, "--json").document["cohorts"]}
    assert told["vip_customers"] == {
        "audience": "vip_customers",
        "to": "attribute is_vip",
        "segment": True,
        "braze": False,
        "change": "enter",
        "cause": "first_seen",
    }
    assert (told["churn_risk"]["segment"], told["churn_risk"]["braze"], told["churn_risk"]["change"]) == (
        True,
        True,
        None,
    )
    assert "enter: first_seen" in club.recon("show", "--profile", ann).out


def test_the_report_sets_cohorts_side_by_side(club: Shop) -> None:
    for number in range(3):
        club.add(f"p{number}", {"vip_customers": "true"}, {"is_vip": number == 0})
    club.write().recon("run")
    page = (club.run / "report.html").read_text()
    assert "Cohorts side by side" in page
    assert "attribute is_vip" in page


def test_a_configuration_of_cohorts_alone_works(club: Shop) -> None:
    key = 'café "x"'
    club.config["attributes"] = []
    club.config["cohorts"] = [{"audience": key, "to": {"array": "keys"}}]
    club.add("ann", {key: "true"}, {"keys": ["b", key]})
    ben = club.add("ben", {key: "false"}, {"keys": ["b", key, 1.5]})
    assert club.write().recon("run", "--apply").code == 0
    assert moves(club) == [("ben", key, "leave", "first_seen")]
    assert held(club, "ben") == {"keys": ["b", 1.5]}
    assert club.recon("show", "--profile", ben).code == 0
    assert club.recon("run", "--apply").code == 0
    assert moves(club) == []
