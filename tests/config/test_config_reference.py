"""The JSON Schema and the page made from the models."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from recon.config import reference
from recon.config.schema import json_schema

HERE = Path(__file__).parent


@pytest.fixture
def contract() -> Any:
    return YAML(typ="safe", pure=True).load(HERE / "contract.yml")


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(json_schema())
    return Draft202012Validator(json_schema())


def test_the_page_is_up_to_date() -> None:
    page = HERE.parent.parent / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == reference.markdown(), (
        "run: python -m recon.config.reference > docs/configuration.md"
    )


def test_every_link_of_the_page_leads_to_a_heading() -> None:
    page = re.sub(r"```.*?```", "", reference.markdown(), flags=re.DOTALL)
    headings = [line.lstrip("# ").lower() for line in page.splitlines() if line.startswith("#")]
    anchors = {"".join(c for c in h.replace(" ", "-") if c.isalnum() or c in "-_") for h in headings}
    links = [part.partition(")")[0] for part in page.split("](#")[1:]]
    assert links
    assert set(links) <= anchors
    assert len(anchors) == len(headings)


def test_every_key_has_a_meaning() -> None:
    rows = [line for line in reference.markdown().splitlines() if line.startswith("| `")]
    assert len(rows) > 70
    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_schema_accepts_the_contracts_example(validator: Draft202012Validator, contract: Any) -> None:
    assert [error.message for error in validator.iter_errors(contract)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["polcy"], {}),
        (["version"], 2),
        (["braze", "export", "files"], "x"),
        (["braze", "limits", "reserve"], "${SHARE}"),
        (["braze", "url"], "rest.iad-01.braze.com"),
        (["attributes", 0, "as"], "integer"),
        (["attributes", 0], {"to": "x"}),
        (["cohorts", 0, "to", "array"], "x"),
        (["policy", "quiet_period"], "6 hours"),
        (["policy", "breakers", "merge"], {"count": 1}),
        (["quality", "email_null_percent"], 101),
    ],
)
def test_the_schema_marks_a_mistake(
    validator: Draft202012Validator, contract: Any, path: list[Any], value: Any
) -> None:
    wrong = copy.deepcopy(contract)
    place = wrong
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert not validator.is_valid(wrong)
