"""Why a cell differs, told by what has moved since the last run (design §5, rulings "Profiles and causes")."""

from __future__ import annotations

from typing import Any

from shop_world import Shop


def causes(shop: Shop) -> dict[tuple[str, str], str]:
    """Cause by (name of the person, attribute)."""
    return {(row[0].removeprefix(f"{shop.mark}_"), row[1]): row[4] for row in shop.drift()}


def move_trait(shop: Shop, name: str, trait: str, value: str | None, hours_ago: float | None = 200) -> None:
    """Segment changes a trait of a person: the materialised table holds the new row only."""
    profile = f"use_{shop.mark}_{name}"
    rows = shop.tables["user_traits"]
    rows[:] = [row for row in rows if (row["canonical_segment_id"], row["name"]) != (profile, trait)]
    shop.trait(profile, trait, value, hours_ago)
    shop.write_table("user_traits")


def move_braze(shop: Shop, external_id: str, **attributes: Any) -> None:
    """Somebody else writes to Braze."""
    shop.post("/users/track", {"attributes": [{"external_id": external_id, **attributes}]})
    shop.sandbox.settle()


def test_without_an_earlier_run_every_cell_is_first_seen(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, fields={"home_city": "Basel"})
    shop.write().recon("run")
    assert causes(shop) == {("ann", "home_city"): "first_seen"}


def test_what_moved_since_a_repaired_night_names_the_cause(shop: Shop) -> None:
    ids = {
        name: shop.add(name, {"city": "Bern", "points": "1"}, fields={"home_city": "Basel"})
        for name in ("src", "brz", "both", "none")
    }
    shop.write()
    assert shop.recon("run", "--apply").code == 0
    move_trait(shop, "src", "city", "Chur")
    move_trait(shop, "both", "city", "Chur")
    move_braze(shop, ids["brz"], home_city="Genf")
    move_braze(shop, ids["both"], home_city="Genf")
    shop.recon("run")
    assert causes(shop) == {
        ("src", "home_city"): "source_moved",
        ("brz", "home_city"): "overwritten",
        ("both", "home_city"): "both_moved",
    }


def test_a_trait_that_first_appears_on_a_later_night_was_never_sent(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, fields={"home_city": "Bern"})
    shop.write().recon("run")
    shop.trait(f"use_{shop.mark}_ann", "points", "5")
    shop.write_table("user_traits")
    shop.recon("run")
    assert causes(shop) == {("ann", "loyalty_points"): "never_sent"}


def test_drift_that_nobody_repaired_keeps_its_cause(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, fields={"home_city": "Basel"})
    ben = shop.add("ben", {"city": "Bern"}, fields={"home_city": "Bern"})
    shop.write().recon("run")
    move_braze(shop, ben, home_city="Genf")
    for _ in range(3):
        shop.recon("run")
        assert causes(shop) == {("ann", "home_city"): "first_seen", ("ben", "home_city"): "overwritten"}


def test_a_change_that_was_in_flight_is_due_on_the_next_night(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, fields={"home_city": "Bern"})
    shop.write().recon("run")
    move_trait(shop, "ann", "city", "Chur", hours_ago=1)
    shop.recon("run", "--apply")
    assert causes(shop) == {("ann", "home_city"): "in_flight"}
    assert shop.sent() == []
    move_trait(shop, "ann", "city", "Chur", hours_ago=9)
    shop.recon("run", "--apply")
    assert causes(shop) == {("ann", "home_city"): "source_moved"}
    assert set(shop.states().values()) == {"verified"}


def test_a_new_row_in_the_mapping_is_first_seen(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern", "shoe": "41"}, fields={"home_city": "Bern"})
    shop.write().recon("run")
    shop.configure(lambda config: config["attributes"].insert(0, {"trait": "shoe", "to": "shoe_size", "as": "number"}))
    shop.recon("run")
    assert causes(shop) == {("ann", "shoe_size"): "first_seen"}


def test_a_value_that_braze_never_keeps_is_rejected_and_given_up(shop: Shop) -> None:
    shop.config["policy"]["give_up_after"] = 2
    shop.add("ann", {"points": "7"}, {"loyalty_points": 1})
    shop.write()

    nights = []
    for _ in range(4):
        shop.sandbox.fault("/users/track", "status", status=500, count=100)
        done = shop.recon("run", "--apply", "--json")
        shop.sandbox.clear_faults()
        nights.append((done.code, causes(shop).get(("ann", "loyalty_points")), sorted(set(shop.states().values()))))
    assert nights[0] == (5, "first_seen", ["not_applied"])
    assert nights[1] == (5, "rejected", ["not_applied"])
    assert nights[2] == (0, "rejected", ["quarantined"])
    assert nights[3] == (0, "rejected", ["quarantined"])
    move_trait(shop, "ann", "points", "8")
    assert shop.recon("run", "--apply").code == 0
    assert causes(shop) == {("ann", "loyalty_points"): "source_moved"}
