"""Large bases are worked on in buckets of people: what is found does not depend on how many."""

from __future__ import annotations

import duckdb
import pytest
from shop_world import Shop

from recon.drift import buckets

pytestmark = pytest.mark.minutes


def people(shop: Shop) -> None:
    """A crowd in which every tenth is merged, and nulls, unreadable values and repeated rows are among the others."""
    for number in range(60):
        name, before = f"p{number}", f"before_{shop.mark}_p{number}"  # which lies in another bucket
        shop.add(
            name,
            {"city": "Bern" if number % 3 else "Basel", "points": str(number), "plan": "Gold"},
            {"loyalty_points": number + number % 2, "plan_tier": "gold"},
            {"home_city": "Basel"},
            in_braze=number % 7 > 0,
        )
        if number % 10 == 1:
            shop.tables["profile_merges"].append(
                {
                    "canonical_segment_id": f"use_{shop.mark}_{name}",
                    "segment_id": before,
                    "seq": None,
                    "timestamp": None,
                }
            )
            shop.trait(before, "city", "Chur", hours_ago=20)
        if number % 10 == 2:
            shop.trait(f"use_{shop.mark}_{name}", "points", "n/a", hours_ago=30)
        if number % 10 == 3:
            shop.trait(f"use_{shop.mark}_{name}", "city", None, hours_ago=40)
        if number % 10 == 4:
            shop.trait(f"use_{shop.mark}_{name}", "points", "1000", hours_ago=1)
    shop.add("bare", None, {"loyalty_points": 1})


def found(shop: Shop) -> dict[str, object]:
    """The files of the drift, and what Braze should hold, which the next night asks for."""
    with duckdb.connect(str(shop.run / "work.duckdb"), read_only=True) as con:
        desired = con.execute("SELECT * FROM desired ORDER BY ALL").fetchall()
    return {"desired": desired, **{path.name: path.read_bytes() for path in (shop.run / "drift").iterdir()}}


@pytest.mark.parametrize("profiles", [7, 20])
def test_buckets_find_what_one_piece_finds_byte_for_byte(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, profiles: int
) -> None:
    people(shop)
    shop.write()
    assert shop.recon("run").code == 0
    whole, counted = found(shop), shop.run_document["steps"]["drift"]["result"]
    assert counted["attributes"]["drifted_cells"] > 50
    assert counted["attributes"]["nulls_kept"] == 6
    monkeypatch.setattr(buckets, "PROFILES", profiles)
    assert shop.recon("drift").code == 0
    assert shop.run_document["steps"]["drift"]["result"] == counted
    assert found(shop) == whole
