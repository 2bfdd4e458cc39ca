"""The report and the index of runs in a real browser, opened from disk as people open them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_world import ARTIFACTS, Night
from playwright.sync_api import Browser, Page, expect

Theme = Literal["light", "dark"]


def opened(page: Page, path: Path) -> Page:
    page.goto(path.as_uri())
    return page


def column(page: Page, caption: str, at: int) -> list[str]:
    """The visible texts of a column of the table with this caption."""
    rows = page.locator("table", has=page.locator("caption", has_text=caption)).locator("tbody tr:visible")
    return [text.strip() for text in rows.locator(f"> :nth-child({at})").all_inner_texts()]


def test_the_numbers_are_the_truth(page: Page, seeded: Night) -> None:
    text = opened(page, seeded.report).locator("main").inner_text()
    truth = seeded.truth
    assert f"{truth.attributes.drifted_cells:,}" in page.locator(".figures").inner_text()
    causes = page.locator("table", has=page.locator("caption", has_text="Why they differ")).locator("tbody tr")
    shown = {row.locator("code").first.inner_text(): row.locator(".num").inner_text() for row in causes.all()}
    # Without an earlier run a cause that needs one is not known: the sum is what must agree.
    assert sum(int(count.replace(",", "")) for count in shown.values()) == truth.attributes.drifted_cells
    for kind, count in truth.duplicates.items():
        row = page.locator("table", has=page.locator("caption", has_text="Duplicate profiles")).locator(
            "tr", has=page.locator("code", has_text=kind)
        )
        assert row.locator(".num").first.inner_text() == f"{count:,}"
    assert f"{truth.profiles.segment:,}" in text
    for cohort in truth.cohorts.items():
        name, moves = cohort
        row = page.locator("table.cohorts tbody tr", has_text=name).locator(".num").all_inner_texts()
        segment, braze, both, *rest = (int(count.replace(",", "")) for count in row)
        assert rest[2:] == [moves["enter"], moves["leave"]] and both == segment - rest[0] == braze - rest[1]
    unsafe = [text.split() for text in page.locator(".matrix .unsafe").all_inner_texts()]
    differ = page.locator("table", has=page.locator("caption", has_text="Consent that differs"))
    assert sum(int(words[0]) for words in unsafe) >= sum(int(n) for n in column(page, "Consent that differs", 2))
    assert differ.count() == 1 and page.locator(".star").count()


def test_a_table_is_filtered_as_one_types(page: Page, seeded: Night) -> None:
    opened(page, seeded.report)
    page.locator("summary", has_text="How they differ").click()
    caption = "Drifted values by attribute, kind of change and cause"
    everything = column(page, caption, 1)
    wanted = everything[-1]
    page.get_by_label(f"Filter: {caption}").fill(wanted)
    left = column(page, caption, 1)
    assert 0 < len(left) < len(everything) and wanted in left
    expect(page.get_by_role("status").filter(has_text=f"{len(left)} of {len(everything)} rows")).to_be_visible()
    page.get_by_label(f"Filter: {caption}").fill("")
    assert column(page, caption, 1) == everything


def test_a_table_is_sorted_from_the_keyboard(page: Page, seeded: Night) -> None:
    opened(page, seeded.report)
    table = page.locator("table", has=page.locator("caption", has_text="Where they differ"))
    heading = table.locator("thead th").nth(1)
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    page.keyboard.press("Space")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    counts = [int(text.replace(",", "")) for text in column(page, "Where they differ", 2)]
    assert counts == sorted(counts) and counts[0] < counts[-1]
    table.locator("thead th button").first.press("Enter")
    expect(heading).not_to_have_attribute("aria-sort", "ascending")
    names = [name.replace("\u200b", "") for name in column(page, "Where they differ", 1)]
    assert names == sorted(names, key=str.lower)


def test_a_chosen_theme_survives_a_reload(page: Page, seeded: Night) -> None:
    opened(page, seeded.report)
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_label("Theme").select_option("dark")
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark
    page.emulate_media(media="print")
    assert page.evaluate(background) == light, "paper is white"
    page.emulate_media(media="screen", color_scheme="dark")
    page.get_by_label("Theme").select_option("light")
    assert page.evaluate(background) == light


def test_everything_is_readable_without_script(chromium: Browser, seeded: Night) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = opened(context.new_page(), seeded.report)
    assert not page.locator("button, input, select").count()
    page.locator("summary", has_text="How they differ").click()
    expect(page.get_by_text("Drifted values by attribute, kind of change and cause")).to_be_visible()
    context.close()


def test_the_index_leads_to_the_report(page: Page, seeded: Night) -> None:
    opened(page, seeded.index)
    expect(page.locator(".runs tbody tr")).to_have_count(13)
    assert f"{seeded.truth.attributes.drifted_cells:,}" in page.locator(".runs tbody tr").first.inner_text()
    page.get_by_role("link", name="Read the report of the last run").click()
    expect(page.locator("#safe .verdict")).to_be_visible()
    assert page.url == seeded.report.as_uri()


def test_the_audit_says_what_its_document_says_and_is_used_from_the_keyboard(page: Page, seeded: Night) -> None:
    opened(page, seeded.audit)
    said = json.loads(seeded.audit.with_name("audit.json").read_text())
    figures = page.locator(".figures dd").all_inner_texts()
    names = ("opted_out", "reachable", "messages", "past_deadline", "not_deleted", "proven", "only_braze", "nameless")
    assert [int(text.split()[0].replace(",", "")) for text in figures] == [said["counts"][name] for name in names]
    caption = "Opt-outs with messages first, then those that Braze does not hold"
    who = column(page, caption, 1)
    assert [text.split()[0] for text in who] == [row["person"] for row in said["opt_outs"][:50]]
    filtering = page.get_by_label(f"Filter: {caption}")
    filtering.focus()
    page.keyboard.type("push")
    assert {*column(page, caption, 2)} == {"push"}
    filtering.fill("")
    heading = page.locator("table.opt-outs thead th").nth(2)
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    since = page.locator("table.opt-outs tbody tr > :nth-child(3) > time:first-child").all()
    times = [each.get_attribute("datetime") or "" for each in since]
    assert times == sorted(times) and len(set(times)) > 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("which", ["report", "index", "audit"])
def test_nothing_stands_in_anybodys_way(page: Page, seeded: Night, which: str, width: int, theme: Theme) -> None:
    """axe finds nothing serious with everything unfolded, and the page is no wider than the window."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    opened(page, getattr(seeded, which))
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found: dict[str, Any] = Axe().run(page).response
    serious = [
        (fault["id"], node["html"][:200], node["failureSummary"])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
    assert serious == []
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{which}-{width}-{theme}.png", full_page=True)


@pytest.mark.parametrize("which", ["report", "index", "audit"])
def test_on_paper_there_are_no_controls_and_everything_is_unfolded(page: Page, seeded: Night, which: str) -> None:
    opened(page, getattr(seeded, which))
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("select:visible, input:visible, nav:visible").count()
    if page.locator(".sort").count():
        display = "getComputedStyle(document.querySelector('.sort')).display"
        assert page.evaluate(display) == "contents", "with a button in it Chromium repeats no head on the next page"
    if which == "report":
        expect(page.get_by_text("Drifted values by attribute, kind of change and cause")).to_be_visible()
    ARTIFACTS.mkdir(exist_ok=True)
    page.pdf(path=ARTIFACTS / f"{which}.pdf", format="A4", print_background=True)
    assert (ARTIFACTS / f"{which}.pdf").read_bytes().startswith(b"%PDF")
