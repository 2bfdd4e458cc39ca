"""What a user may write under `sql` and `when`, and what is refused with the row's name."""

from __future__ import annotations

import pytest
from shop_world import Shop

from recon.errors import ConfigError
from recon.mapping import expressions
from recon.store.sql import Sql


def build(text: str, value: str | None = "t0") -> str:
    return expressions.build(
        text, "the row for 'x', sql", Sql(value) if value else None, lambda name: Sql(f'"t {name}"')
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(SELECT 1)", "query"),
        ("value IN (SELECT value FROM user_traits)", "query"),
        ("SELECT value", "query"),
        ("EXISTS (SELECT 1)", "query"),
        ("read_text('/etc/passwd')", "read_text"),
        ("read_csv('x.csv')", "read_csv"),
        ("read_parquet('x.parquet')", "read_parquet"),
        ("getenv('HOME')", "getenv"),
        ("current_setting('memory_limit')", "current_setting"),
        ("random()", "rand"),
        ("now()", "time"),
        ("current_date", "date"),
        ("uuid()", "uuid"),
        ("value; DROP TABLE actual", "2 statements"),
        ("1; 2", "2 statements"),
        ("max(value)", "aggregate"),
        ("count(*)", "aggregate"),
        ("string_agg(value, ',')", "aggregate"),
        ("row_number() OVER ()", "aggregate"),
        ("plan", "there is no plan"),
        ("actual.email", "there is no actual.email"),
        ('"value2"', "there is no"),
        ("*", "names no value"),
        ("$secret", "parameter"),
        ("?", "parameter"),
        ("trait(value)", "one quoted name"),
        ("trait()", "one quoted name"),
        ("trait('a', 'b')", "one quoted name"),
        ("lower(", "not an SQL expression"),
        ("value AS x", "alias"),
        ("DROP TABLE actual", "not allowed"),
        ("ATTACH 'x.db'", ""),
        ("COPY actual TO 'x.csv'", ""),
        ("PRAGMA version", ""),
        ("unnest([1, 2])", "unnest"),
        ("", ""),
    ],
)
def test_what_reads_more_than_the_persons_traits_is_refused(text: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(text)
    assert "the row for 'x', sql" in str(caught.value)
    assert why in str(caught.value)
    assert "value" in caught.value.remedy


def test_value_needs_a_trait() -> None:
    with pytest.raises(ConfigError, match="this rule has none"):
        build("lower(value)", None)


@pytest.mark.parametrize(
    "text",
    [
        "CAST(value AS INTEGER)",
        "value::INTEGER",
        "CAST(CAST(value AS DOUBLE) AS INTEGER) + 1",
        "TRY_CAST(value AS INTEGER)",
    ],
)
def test_casts_are_tried_and_what_is_inside_them_is_replaced(text: str) -> None:
    made = build(text)
    assert "t0" in made
    assert "value" not in made
    assert made.count("TRY_CAST(") == text.upper().count("CAST(") + text.count("::")


def test_traits_are_found_and_replaced_wherever_they_stand() -> None:
    text = "CASE WHEN trait('a') = 'x' THEN CAST(trait('b') AS INTEGER) ELSE length(trait('a')) END"
    assert sorted(expressions.traits_in(text)) == ["a", "a", "b"]
    made = build(text, None)
    assert made.count('"t a"') == 2
    assert made.count('"t b"') == 1


def test_a_quote_in_a_name_stays_inside_the_name() -> None:
    assert expressions.traits_in("trait('it''s; --')") == ["it's; --"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"sql": "value + 1"}, "No function matches"),
        ({"sql": "no_such_function(value)"}, "no_such_function"),
        ({"sql": "left(value, 2)", "as": "number"}, "left"),
        ({"when": "trait('age') > 18"}, "Cannot compare"),
        ({"sql": "list_sort(value)"}, "list_sort"),
    ],
)
def test_an_expression_that_cannot_be_computed_is_a_configuration_error_before_anything_is_fetched(
    shop: Shop, rule: dict[str, str], words: str
) -> None:
    shop.add("ann", {"points": "7"})
    shop.config["attributes"] = [{"trait": "points", "to": "computed", **rule}]
    shop.write()
    for command in ("run", "doctor"):
        done = shop.recon(command)
        assert done.code == 2, done.said
        assert "'computed'" in done.said
        assert words in done.said
    assert shop.sandbox.requests("/users/export/segment", after=shop.logged) == [] or command == "doctor"


@pytest.mark.parametrize(
    "expression",
    [
        "strptime(trait('odd'), '%Y-%m-%d')",
        "CAST(trait('odd') AS DATE)",
        "CAST(trait('odd') AS INTEGER) / 0",
        "array_extract(string_split(trait('odd'), '-'), 9)",
    ],
)
def test_one_odd_value_does_not_stop_the_run(shop: Shop, expression: str) -> None:
    shop.add("ann", {"odd": "n/a", "city": "Bern"}, {}, {"home_city": "Basel"})
    shop.config["attributes"] = [{"to": "computed", "sql": expression}, {"to": "home_city", "trait": "city"}]
    shop.write()
    done = shop.recon("run")
    assert done.code == 0, done.said
    assert [row[1] for row in shop.drift()] == ["home_city"]


def test_a_condition_that_is_no_truth_value_is_not_met(shop: Shop) -> None:
    shop.add("ann", {"flag": "maybe", "city": "Bern"}, {}, {"home_city": "Basel"})
    bob = shop.add("bob", {"flag": "true", "city": "Bern"}, {}, {"home_city": "Basel"})
    shop.config["attributes"] = [{"to": "home_city", "trait": "city", "when": "trait('flag')"}]
    shop.write()
    assert shop.recon("run").code == 0
    assert [row[0] for row in shop.drift()] == [bob]


def test_a_misspelt_trait_or_attribute_is_warned_of(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Bern"})
    shop.config["attributes"] = [{"to": "home_city", "trait": "citty"}, {"to": "plan_teir", "trait": "city"}]
    shop.write()
    said = shop.recon("run").err
    assert "'citty'; did you mean 'city'" in said
    assert "'plan_teir'" in said
    assert "'plan_tier'" in said


def test_a_field_that_braze_never_exports_is_refused(shop: Shop) -> None:
    shop.add("ann", {"city": "Bern"})
    shop.config["attributes"] = [{"to": "image_url", "trait": "city"}]
    shop.write()
    done = shop.recon("run")
    assert done.code == 2
    assert "'image_url'" in done.err
