"""docs/drift.md: it explains every word that a night can show, and the files as they are."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from shop_world import Shop

from recon.report import glossary

PAGE = (Path(__file__).parents[2] / "docs" / "drift.md").read_text(encoding="utf-8")
TYPES: dict[str, type[pl.DataType]] = {"text": pl.String, "time": pl.Datetime, "yes or no": pl.Boolean}


def section(heading: str) -> str:
    """What stands under a heading, up to the next heading."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PAGE, re.M | re.S)
    assert found, f"no heading {heading!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The rows of the tables in a piece of the page, cell by cell."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]


@pytest.mark.parametrize("cause", glossary.CAUSES)
def test_every_cause_has_its_example_what_recon_does_and_what_you_may_do(cause: str) -> None:
    told = section(f"`{cause}`")
    assert "```" in told or rows(told)
    assert re.search(r"^recon ", told, re.M)
    assert "You: " in told


@pytest.mark.parametrize("kind", glossary.DUPLICATES)
def test_every_kind_of_duplicate_is_explained_and_shown(kind: str) -> None:
    explained = [row for row in rows(section("3. Duplicate profiles")) if row[0] == f"`{kind}`"]
    shown = [row for row in rows(section("3. Duplicate profiles")) if row[1] == f"`{kind}`"]
    assert [len(row) for row in explained] == [3]
    assert all(explained[0])
    assert shown


@pytest.mark.parametrize("kind", glossary.CONSENT)
def test_every_kind_of_consent_is_decided_explained_and_shown(kind: str) -> None:
    told = rows(section("The decision table"))
    assert [row for row in told if row[0] == f"`{kind}`" and len(row) == 2 and row[1]]
    assert [row for row in told if row[-1] == f"`{kind}`" and len(row) == 4]
    assert [row for row in told if row[-1] == f"`{kind}`" and len(row) == 7]


def test_the_page_names_every_file_column_and_key_of_a_night_and_no_other(shop: Shop) -> None:
    shop.add("drifted", {"city": "Bern"}, {}, {"home_city": "Rome"})
    shop.add("missing", {"city": "Bern"}, in_braze=False)
    shop.write()
    assert shop.recon("run").code == 0
    files = {path.name: pl.read_parquet_schema(path) for path in (shop.run / "drift").iterdir()}
    headings = re.findall(r"^### `(\w+\.parquet)`$", PAGE, re.M)
    assert sorted(headings) == sorted(files)
    for name, schema in files.items():
        columns = [(row[0].strip("`"), row[1]) for row in rows(section(f"`{name}`")) if row[0].startswith("`")]
        assert [column for column, _ in columns] == schema.names()
        assert [TYPES[told] for _, told in columns] == [kind.base_type() for kind in schema.dtypes()]
    document = shop.recon("drift", "--json").document
    keys = {*document, *document["attributes"], *document["profiles"]}
    assert keys - set(re.findall(r"`(\w+)`", section("Where to find it"))) == set()


def test_links_within_the_page_lead_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.*)$", PAGE, re.M)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) - anchors == set()


def test_the_page_shows_no_address_and_no_phone_number() -> None:
    assert re.findall(r"[\w.+-]+@[\w-]+\.\w+|\+\d{7,}", PAGE) == []
