"""Values that take two traits of a person: an amount with its currency, a phone number with the person's country."""

from __future__ import annotations

from typing import Any

import pytest
from shop_world import Shop

from recon.errors import ConfigError
from recon.mapping import currencies


def found(shop: Shop) -> dict[str, tuple[Any, str]]:
    """Desired value and cause by person, of the attribute that is tested."""
    shop.write()
    done = shop.recon("run")
    assert done.code == 0, done.said
    tested = shop.config["attributes"][0]["to"]
    return {row[0]: (row[2], row[4]) for row in shop.drift() if row[1] == tested}


def test_an_amount_has_the_digits_of_the_persons_own_currency(shop: Shop) -> None:
    shop.config["attributes"] = [
        {"trait": "cents", "to": "balance", "as": "amount", "currency": {"trait": "currency"}},
        {"trait": "currency", "to": "balance_currency", "as": "string"},
    ]
    euro = shop.add("euro", {"cents": "1999", "currency": "EUR"})
    yen = shop.add("yen", {"cents": "1999", "currency": "jpy"})
    dinar = shop.add("dinar", {"cents": "1999", "currency": '"KWD"'})
    held = shop.add("held", {"cents": "1999", "currency": "EUR"}, {"balance": 19.99, "balance_currency": "EUR"})
    nothing = shop.add("nothing", {"cents": "null", "currency": "EUR"})
    gold = shop.add("gold", {"cents": "1999", "currency": "XAU"})
    unknown = shop.add("unknown", {"cents": "1999", "currency": "Euro"})
    missing = shop.add("missing", {"cents": "1999"})
    null = shop.add("null", {"cents": "1999", "currency": "null"})
    fraction = shop.add("fraction", {"cents": "19.99", "currency": "EUR"})
    alone = shop.add("alone", {"currency": "EUR"})
    rows = found(shop)
    assert {who: row for who, row in rows.items() if row[1] != "invalid"} == {
        euro: (19.99, "first_seen"),
        yen: (1999, "first_seen"),
        dinar: (1.999, "first_seen"),
    }
    assert {who: row[0] for who, row in rows.items() if row[1] == "invalid"} == {
        gold: "1999 XAU",
        unknown: "1999 Euro",
        missing: "1999 ",
        null: "1999 ",
        fraction: "19.99 EUR",
    }
    assert not {held, nothing, alone} & set(rows)


def test_an_amount_whose_currency_has_just_changed_is_in_flight(shop: Shop) -> None:
    shop.config["attributes"] = [
        {"trait": "cents", "to": "balance", "as": "amount", "currency": {"trait": "currency"}, "sql": "value + 1"}
    ]
    ann = shop.add("ann", {"cents": "1998"})
    shop.trait(f"use_{ann}", "currency", "EUR", hours_ago=1)
    assert found(shop) == {ann: (19.99, "in_flight")}


def test_a_currency_that_does_not_exist_is_refused_before_anything_is_fetched(shop: Shop) -> None:
    shop.config["attributes"] = [{"trait": "cents", "to": "balance", "as": "amount", "currency": "EUX"}]
    shop.write()
    done = shop.recon("run")
    assert done.code == 2
    assert "'balance'" in done.err
    assert "EUR" in done.err


@pytest.mark.parametrize(("code", "digits"), [("EUR", "2"), ("JPY", "0"), ("KWD", "3"), ("CLF", "4"), ("HUF", "2")])
def test_the_digits_are_those_of_iso_4217(code: str, digits: str) -> None:
    assert currencies.digits(code, "the row") == digits


@pytest.mark.parametrize("code", ["XXX", "XAU", "DEM"])
def test_what_has_no_minor_units_is_no_currency_of_an_amount(code: str) -> None:
    with pytest.raises(ConfigError, match="the row: ISO 4217 has no currency"):
        currencies.digits(code, "the row")


PHONES = [
    # text, country in Segment, what Braze should hold
    ("030 23125001", "Germany", "+493023125001"),
    ("030/23125001", "DE", "+493023125001"),
    ("0612345678", "fr", "+33612345678"),
    ("06 12 34 56 78", "France", "+33612345678"),
    ("0049 30 23125001", "FR", "+493023125001"),
    ("+49 30 23125001", "FR", "+493023125001"),
    ("493023125001", "FR", "+493023125001"),
    ("011 44 20 7946 0000", "US", "+442079460000"),
    ("020 7946 0000 ext 7", "GB", "+442079460000"),
    # Ten bare digits are a US number to Braze, wherever the person lives …
    ("4155552671", "DE", "+14155552671"),
    ("(693) 555-0112", "DE", "+16935550112"),
    # … unless no US number begins so.
    ("1701234567", "DE", "+491701234567"),
    ("612345678", "FR", "+33612345678"),
    ("030 23125001", "Atlantis", None),
    ("030 23125001", None, None),
    ("12", "DE", None),
]


def test_a_phone_number_without_its_country_is_read_in_the_persons(shop: Shop) -> None:
    shop.config["attributes"] = [{"trait": "phone", "to": "phone"}, {"trait": "country", "to": "country"}]
    people = {}
    for number, (text, country, wanted) in enumerate(PHONES):
        traits: dict[str, str | None] = {"phone": text} | ({"country": country} if country else {})
        people[shop.add(f"p{number}", traits)] = (text if wanted is None else wanted, wanted)
        shop.add(f"held{number}", traits, fields={"phone": wanted} if wanted else {})
    rows = found(shop)
    for who, (desired, wanted) in people.items():
        assert rows[who] == (desired, "invalid" if wanted is None else "first_seen"), who
        held = rows[who.replace("_p", "_held")]
        assert held == (desired, "invalid" if wanted is None else "format"), who
