"""recon show --profile tells of amounts, arrays of objects and phone numbers what was read, and why it was not."""

from __future__ import annotations

from typing import Any

from shop_world import Shop


def test_a_profiles_story_has_amounts_lists_of_objects_and_phone_numbers(shop: Shop) -> None:
    shop.config["attributes"] = [
        {"trait": "cents", "to": "balance", "as": "amount", "currency": {"trait": "currency"}},
        {"trait": "fee", "to": "fee", "as": "amount", "currency": "JPY"},
        {"trait": "pets", "to": "pets", "as": "array"},
        {"trait": "phone", "to": "phone"},
        {"trait": "country", "to": "country"},
    ]
    traits: dict[str, str | None] = {
        "cents": "1999",
        "currency": "EUR",
        "fee": "7",
        "pets": '[{"name": "Rex", "vet": "rex@example.com"}]',
        "phone": "030 23125001",
        "country": "DE",
    }
    good = shop.add("good", traits, {"fee": 7.0}, {"country": "DE", "phone": "+493023125001"})
    bad = shop.add("bad", {**traits, "currency": "Euro", "phone": "12", "pets": '[{"pet name": "Rex"}]'})
    shop.write()
    assert shop.recon("run").code == 0

    def told(who: str) -> dict[str, dict[str, Any]]:
        document = shop.recon("show", "--profile", who, "--json").document
        return {row["attribute"]: row for row in document["attributes"]}

    rows = told(good)
    assert rows["balance"]["from"] == {"trait": "cents", "as": "amount", "currency": "trait currency"}
    assert (rows["balance"]["desired"], rows["balance"]["cause"]) == ("19.99", "first_seen")
    assert (rows["fee"]["from"]["currency"], rows["fee"]["desired"], rows["fee"]["cause"]) == ("JPY", "7", None)
    assert rows["pets"]["desired"].startswith('[{"name":"Rex"')
    assert rows["phone"]["cause"] == "format"
    assert rows["phone"]["desired"] == rows["phone"]["actual"]

    rows = told(bad)
    assert {name: row["cause"] for name, row in rows.items() if row["cause"] == "invalid"} == dict.fromkeys(
        ["balance", "pets", "phone"], "invalid"
    )
    assert rows["balance"]["desired"] == '"1999 Euro"'
    assert "ISO 4217" in rows["balance"]["reason"]
    assert rows["pets"]["desired"] == '[{"pet name": "Rex"}]'
    said = shop.recon("show", "--profile", bad).out
    assert "currency: trait currency" in said
    assert "not a possible phone number" in said


def test_a_misspelt_currency_trait_is_warned_of(shop: Shop) -> None:
    shop.config["attributes"] = [{"trait": "cents", "to": "balance", "as": "amount", "currency": {"trait": "currenzy"}}]
    shop.add("ann", {"cents": "1999", "currency": "EUR"})
    shop.write()
    assert "'currenzy'; did you mean 'currency'" in shop.recon("run").err
