"""docs/delivery.md: every state of a correction is explained, and the plan it shows is shaped as recon shows one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from town_world import Town

from recon.report import glossary

PAGE = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text(encoding="utf-8")
LINES = {
    "plan": r"plan [0-9a-f]{12} of run \d{8}T\d{6}Z",
    "stage": r"\d\. \w+: .* \([\d,]+ corrections?, [\d,]+ profiles?\)",
    "field": r"  \w+  .*  [+~-] [\d,]+.*",
    "value": r"    [+~-] \S+ +.* → .*  # \w+.*",
    "pieces": r"    [+~-] \S+ +# \w+.*",
    "piece": r"      +[+~-] .*",
    "step": r"    [+~-] (merge|identify|rename|add|delete) .*",
    "more": r"      … and [\d,]+ more \(--all shows them\)",
    "withheld": r"    withheld \w+: .*",
    "command": r"    let them go with: recon approve [0-9a-f]{12} --class \w+",
    "totals": r"Plan: [\d,]+ to add, [\d,]+ to change, [\d,]+ to remove(; [\d,]+ (opt-outs? first|withheld)){1,2}\.",
    "price": r"Price: [\d,]+ objects?, [\d,]+ requests?, .*, [\d,]+ data points?\.",
    "saved": r"Saved: [\d,]+ data points? of what Braze holds already\.",
    "next": r" next: `recon apply`, then `recon verify`; or `recon apply --limit 10` first",
}


def kinds(text: str) -> set[str]:
    """Which kinds of line a plan has; every line is of one."""
    found = set()
    for line in filter(None, text.splitlines()):
        kind = next((name for name, form in LINES.items() if re.fullmatch(form, line)), None)
        assert kind, line
        found.add(kind)
    return found


@pytest.mark.parametrize("state", glossary.STATES)
def test_every_state_has_a_meaning_and_a_way_out(state: str) -> None:
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{state}` |")]
    assert all(cell.strip() for cell in row.strip("|").split("|"))


def test_the_plan_on_the_page_is_shaped_as_a_plan_is_shown(town: Town) -> None:
    for number in range(6):
        town.add(f"p{number}", {"city": "Bern", "tags": '["a"]'}, {"favorites": ["b"]}, {"home_city": "Basel"})
    town.twin("p0_b", "p0")
    town.opted_out(f"{town.mark}_p1", "push_consent")
    town.write()
    town.night()
    shown = kinds(town.recon("show", "plan").out)
    [block] = re.findall(r"```text\n(plan .*?)```", PAGE, re.S)
    assert kinds(block) == shown == set(LINES)
