"""The same tables in every form give the same drift, row for row, and identifiers survive each of them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from postgresql_server import Server
from segment_forms import write_warehouse, write_wide
from shop_world import TABLES, Shop

FORMS = ("parquet", "csv", "csv.gz", "ndjson", "ndjson.gz")
IDS = ("00123", " id ", "null", "NaN", "1e5", "NULL", "true", "0x1A", "1_000", 'a,"b"\'', "é", "[1]", "\\N")


def fill(shop: Shop) -> None:
    """People whose ids and values other readers take for something else."""
    for number, external_id in enumerate(IDS):
        if external_id:
            shop.exported.append(
                {
                    "braze_id": f"{number:024x}",
                    "external_id": external_id,
                    "created_at": "2024-01-01T00:00:00.000Z",
                    "user_aliases": [],
                    "fields": {"home_city": "Basel"},
                    "custom_attributes": {},
                }
            )
        shop.identifier(f"use_{number}", external_id)
        shop.trait(f"use_{number}", "city", "Bern")
    odd = {
        "plan": "",
        "points": "007",
        "city": 'two\nlines, "quoted" \\ \'',
        "tags": '["a","b,c"]',
        "address": '{"zip":"01234","n":null}',
        "joined_at": "2024-05-01 10:00:00",
    }
    shop.add(
        "odd",
        odd,
        {"plan_tier": "x", "loyalty_points": 8, "favorites": ["a"], "address": {"zip": 1234}},
        {"home_city": "B"},
    )
    shop.add(
        "nulls",
        {"city": None, "points": "null", "plan": "NULL", "email": ""},
        {"loyalty_points": 5},
        {"home_city": "B"},
    )
    shop.add("fresh", {"city": "Bern"}, {}, {"home_city": "B"}, hours_ago=1)
    shop.add("timeless", {"city": "Bern"}, {}, {"home_city": "B"}, hours_ago=None)
    merged = f"use_{shop.mark}_odd"
    shop.trait("use_lost", "city", "the newest wins", 200)
    shop.tables["profile_merges"].append(
        {"canonical_segment_id": merged, "segment_id": "use_lost", "seq": None, "timestamp": None}
    )


def test_the_same_tables_in_every_form_give_the_same_drift(shop: Shop) -> None:
    fill(shop)
    shop.write_export()
    found = {}
    for form in FORMS:
        for name in TABLES:
            shop.write_table(name, form)
        shop.configure()
        done = shop.recon("run", "--json")
        assert done.code == 0, done.said
        assert done.document["load"]["quarantined"] == 0
        found[form] = (shop.drift(), done.document["drift"]["profiles"], done.document["drift"]["attributes"])
    for form in FORMS:
        assert found[form] == found["parquet"], form
    rows = found["parquet"][0]
    assert {row[0] for row in rows if row[1] == "home_city"} >= set(IDS)
    assert (f"{shop.mark}_odd", "plan_tier", "", "x", "first_seen") in rows
    assert (f"{shop.mark}_odd", "home_city", "the newest wins", "B", "first_seen") in rows
    assert (f"{shop.mark}_odd", "address", {"zip": "01234"}, {"zip": 1234}, "first_seen") in rows
    assert (f"{shop.mark}_nulls", "plan_tier", "null", None, "first_seen") in rows
    assert (f"{shop.mark}_fresh", "home_city", "Bern", "B", "in_flight") in rows
    assert (f"{shop.mark}_timeless", "home_city", "Bern", "B", "first_seen") in rows
    assert found["parquet"][2]["nulls_kept"] == 2


def test_the_wide_form_and_a_warehouse_give_the_same_drift(shop: Shop, postgresql: Server) -> None:
    fill(shop)
    shop.write_export()
    found = {}

    def night(form: str) -> None:
        shutil.rmtree(shop.folder / ".recon", ignore_errors=True)
        shop.configure()
        done = shop.recon("run", "--json")
        assert done.code == 0, done.said
        assert done.document["load"]["quarantined"] == 0
        found[form] = (shop.drift(), done.document["drift"]["profiles"])

    for name in TABLES:
        shop.write_table(name)
    night("narrow")
    write_warehouse(shop, postgresql)
    night("narrow, warehouse")
    for form in ("parquet", "csv", "ndjson.gz"):
        write_wide(shop, form)
        night(f"wide, {form}")
    write_warehouse(shop, postgresql, wide=True)
    night("wide, warehouse")

    rows, profiles = found.pop("narrow")
    assert found.pop("narrow, warehouse") == (rows, profiles)
    assert (f"{shop.mark}_fresh", "home_city", "Bern", "B", "in_flight") in rows
    # The wide form has no times: what is in flight by them is drift like any other.
    timeless = [(*row[:4], "first_seen" if row[4] == "in_flight" else row[4]) for row in rows]
    assert len(found) == 4
    for form, drift in found.items():
        assert drift == (timeless, profiles), form


def test_a_table_may_lie_in_several_forms_and_files(shop: Shop) -> None:
    fill(shop)
    shop.write_export()
    for name in TABLES:
        shop.write_table(name)
    shop.configure()
    shop.recon("run")
    expected = shop.drift()
    rows = shop.tables["user_traits"]
    for form, part in (("parquet", rows[::3]), ("csv.gz", rows[1::3]), ("ndjson", rows[2::3])):
        shop.tables["user_traits"] = part
        shop.write_table("user_traits", form, "mixed")
    shop.configure(lambda config: config["segment"]["profiles"].update(user_traits="segment/user_traits/mixed.*"))
    assert shop.recon("run").code == 0
    assert shop.drift() == expected


@pytest.mark.parametrize("form", ["csv", "ndjson.gz"])
def test_ids_reach_braze_as_they_are(shop: Shop, form: str) -> None:
    fill(shop)
    shop.write_export()
    shop.exported.clear()
    shop.write(form)
    assert shop.recon("run").code == 0
    assert shop.recon("apply").code == 0
    sent = {thing["external_id"] for objects in shop.sent() for thing in objects}
    assert sent >= set(IDS)


def test_times_in_csv_without_a_zone_are_utc(shop: Shop) -> None:
    who = shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.write_export()
    shop.write_table("user_identifiers")
    shop.write_table("profile_merges")
    path = shop.write_table("user_traits", "csv")
    shop.configure()
    for hours, cause in ((5, "in_flight"), (7, "first_seen")):
        moment = datetime.now(UTC) - timedelta(hours=hours)
        header = path.read_text().splitlines()[0]
        path.write_text(f"{header}\nuse_{shop.mark}_ann,city,Bern,1,,,{moment:%Y-%m-%d %H:%M:%S}\n")
        shutil.rmtree(shop.folder / ".recon", ignore_errors=True)
        assert shop.recon("run").code == 0
        assert shop.drift() == [(who, "home_city", "Bern", "Basel", cause)]


@pytest.mark.parametrize("form", ["parquet", "warehouse"])
def test_an_opt_out_in_the_wide_form_is_found(shop: Shop, postgresql: Server, form: str) -> None:
    who = shop.add("ann", {"email": "ann@example.com", "email_consent": "false"}, {}, {"email": "ann@example.com"})
    shop.config["subscriptions"] = {
        "email": {"trait": "email_consent", "unsubscribed": ["false"], "opted_in": ["true"]}
    }
    shop.write_export()
    if form == "parquet":
        write_wide(shop, form)
    else:
        write_warehouse(shop, postgresql, wide=True)
    shop.configure()
    done = shop.recon("run")
    assert done.code == 0, done.said
    rows = pl.read_parquet(shop.run / "drift" / "subscription.parquet").select("external_id", "channel", "kind").rows()
    assert rows == [(who, "email", "unsubscribe")]
