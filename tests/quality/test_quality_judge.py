"""What Great Expectations is asked, and what it may not do to the rest of the process."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import pytest

from recon.quality.judge import judge
from recon.quality.rules import Rule, age, percent


def rule(measure: str, least: float | None = None, most: float | None = None) -> Rule:
    return Rule("a rule", "a_table", "some.setting", measure, "found", "allowed", least, most)


def test_bounds_are_included_and_outcomes_come_in_the_order_of_the_rules() -> None:
    profile = {"a.b": 5, "c": 0.5}
    asked = [
        rule("a.b", most=4),
        rule("c", most=0.5),
        rule("a.b", least=5, most=5),
        rule("a.b", least=6),
        rule("c", 0.4),
    ]
    assert judge("any", profile, asked) == [False, True, True, False, True]


@pytest.mark.parametrize("profile", [{}, {"other": 1.0}, {"measure": float("nan"), "other": 1.0}])
def test_what_cannot_be_judged_neither_passes_nor_fails(profile: dict[str, float]) -> None:
    with pytest.raises(RuntimeError, match="could not judge measure"):
        judge("any", profile, [rule("measure", most=1)])


def test_great_expectations_says_nothing_and_keeps_its_hands_off_other_peoples_warnings(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    filters, level = list(warnings.filters), logging.getLogger("great_expectations").level
    assert judge("any", {"measure": 2}, [rule("measure", most=1)]) == [False]
    assert tuple(capfd.readouterr()) == ("", "")
    assert list(tmp_path.iterdir()) == []
    assert (list(warnings.filters), logging.getLogger("great_expectations").level) == (filters, level)
    with pytest.warns(UserWarning, match="still seen"):
        warnings.warn("still seen", stacklevel=1)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 h 0 min"), (3599, "0 h 59 min"), (187_260, "52 h 1 min")])
def test_an_age_in_words(seconds: float, words: str) -> None:
    assert age(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0 %"), (0.04, "less than 0.1 %"), (3.14, "3.1 %"), (5.0, "5 %"), (10.0, "10 %")]
)
def test_a_share_in_words(value: float, words: str) -> None:
    assert percent(value) == words
