"""The drift report as its reader meets it: what it says, that it is safe to open, readable by everyone, and small."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import report_nights as nights
from hypothesis import given
from hypothesis import strategies as st
from report_page import Page

from recon.errors import UsageError
from recon.report import drift_report, glossary, trend, view, words
from recon.report.model import AttributeDrift, Change, Delivery, ReportData
from recon.store import assets

every_night = pytest.mark.parametrize("night", nights.ALL, ids=lambda night: night.__name__)
Night = Callable[[], ReportData]


def page(data: ReportData) -> Page:
    return Page(drift_report.render(data))


# What it says


def test_the_numbers_of_the_run_are_shown_grouped_for_reading() -> None:
    text = page(nights.repaired()).text
    for number in ("12,716", "9,871", "13,879,628", "14,301", "12,808", "7,331", "13,865,541", "24,800,000", "2,311"):
        assert number in text


def test_the_sections_answer_in_the_order_in_which_people_ask() -> None:
    assert [heading.text for heading in page(nights.repaired()).all("h2")] == [
        "The drift was repaired and proven",
        "What drifted, and why",
        "What was done",
        "Did it hold",
        "What is withheld",
        "Compared with earlier nights",
        "Examples",
        "Quarantine",
        "The run: timings and versions",
        "Words used here",
    ]


@every_night
def test_the_verdict_stands_first_and_in_words(night: Night) -> None:
    data = night()
    main = [line for line in page(data).lines if line]
    wanted = glossary.VERDICTS[data.verdict.state]
    at = main.index(wanted.answer)
    assert main[at + 1] == wanted.headline
    assert main[at + 2].split()[0] == data.verdict.sentence.split()[0]


def test_every_cause_that_occurs_is_explained_in_place() -> None:
    drift = AttributeDrift(9, 9, 90, changes=tuple(Change("a", "changed", cause, 1) for cause in glossary.CAUSES))
    text = page(replace(nights.repaired(), attributes=drift)).text.split("Words used here")[0]
    for cause, meaning in glossary.CAUSES.items():
        assert f"{cause} {meaning.meaning}" in text
        assert meaning.handling in text


def test_an_attribute_that_segment_does_not_own_says_that_it_is_not_repaired() -> None:
    assert "nickname owned by Braze, reported only 52" in page(nights.repaired()).text


def test_consent_is_counted_by_channel_and_contradictions_show_both_times() -> None:
    text = page(nights.repaired()).text
    assert "email 214 31 7" in text
    assert "Weekly digest 12 4 0" in text
    assert "c_77aa01 Weekly digest subscribed unknown unsubscribed 18 November 2026 conflict" in text
    assert "Consent that differs" not in page(nights.clean()).text


def test_duplicates_are_counted_by_kind_and_the_largest_clusters_named() -> None:
    text = page(nights.repaired()).text
    assert "merge One person with several profiles in Braze. 1,204" in text
    assert "c_9d02b7 1,102 1,100 merge, 2 suspected" in text
    assert "Duplicate profiles" not in page(nights.clean()).text


def test_a_cluster_is_drawn_as_a_star_and_its_pairs_are_told_in_words_too() -> None:
    drawn = page(nights.repaired())
    first, second = drawn_stars = [each for each in drawn.all("svg") if each.attributes.get("class") == "star"]
    assert all(each.attributes["aria-hidden"] == "true" for each in drawn_stars)
    inside = [each for each in drawn.elements if any(parent is first for parent in each.parents)]
    assert [each.attributes["class"] for each in inside if each.tag == "path"] == ["edge merge"] * 8 + [
        "edge suspected"
    ] * 2
    assert sum(each.tag == "circle" for each in inside) == 11
    assert [each.text for each in inside if each.tag == "text"].count("c_9d02…") == 1
    assert any(each.tag == "rect" and any(parent is second for parent in each.parents) for each in drawn.elements)
    assert "1,100 merge, 2 suspected 1,092 of them not drawn" in drawn.text
    assert "c_41fe08 identify a_0b11" in drawn.text and "c_10aa31 suspected c_77aa01" in drawn.text


def test_cohorts_stand_side_by_side_with_both_and_either_side() -> None:
    text = page(nights.repaired()).text
    assert "vip_customers attribute is_vip 34,310 38,904 33,699 611 5,205 611 5,205" in text
    assert "churn_risk subscription_group 4f1c 900 640 – – – 260 0" in text, "a run that did not count both sides"


def test_consent_is_a_matrix_of_both_sides_with_the_unsafe_corner_marked() -> None:
    drawn = page(nights.repaired())
    assert "Segment: opted out 2,301 safe 24 not safe, 12 unknown" in drawn.text
    assert "Segment: subscribed 38 stays out 480,211 agree" in drawn.text
    assert "Segment: silent 9,114 stays out 468,118 as Braze says" in drawn.text
    unsafe = [each.text for each in drawn.all("td") if "unsafe" in str(each.attributes.get("class"))]
    assert unsafe == ["245 not safe", "24 not safe, 12 unknown"]
    assert "Consent side by side" not in page(nights.clean()).text


def test_the_nights_are_told_by_cause_and_with_what_was_withheld() -> None:
    data = nights.repaired()
    drawn = page(data)
    panels = trend.trend(data).panels
    assert [panel.name for panel in panels][:2] == ["source_moved", "overwritten"] and panels[-1].name == "withheld"
    assert (panels[0].tonight, panels[-1].tonight, panels[-1].highest) == (5_207, 0, 18_568)
    assert panels[-1].heights.count(None) == 1, "the night without a result"
    assert "source_moved\n5,207 this run, at most 16,145" in drawn.text
    assert "2026-11-07 02:00 UTC 16,145 10,763 388 0 0 0 0 0 18,568" in drawn.text
    assert "2026-11-12 02:00 UTC not known not known" in drawn.text


def test_a_withheld_class_is_shown_with_its_number_and_reason() -> None:
    text = page(nights.withheld()).text
    assert "184,337 corrections wait" in text
    assert "attribute 184,300 18.6 % of the profiles would change, more than the limit of 10 % and 10,000" in text


def test_commands_in_next_steps_stand_out_as_code() -> None:
    codes = [code.text for code in page(nights.drift_found()).all("code")]
    assert "recon apply" in codes and "`" not in page(nights.drift_found()).text


def test_what_a_failed_run_never_reached_is_said_and_not_shown_as_zero() -> None:
    text = page(nights.failed()).text
    assert "The run stopped before the two sides were compared." in text
    assert "No plan was made, and nothing was sent to Braze." in text
    assert "newest row of user_traits 52 h old at most 36 h failed" in text


def test_a_run_without_apply_says_that_nothing_was_sent() -> None:
    text = page(nights.drift_found()).text
    assert "Nothing was sent: the run stopped at the plan." in text


def test_absent_empty_and_null_are_told_apart_in_examples() -> None:
    drift = replace(nights.DRIFT, examples={"plan_tier": ()})
    example = nights.EXAMPLES["plan_tier"][0]
    rows = (replace(example, desired=None, actual='""'), replace(example, desired="null", actual="[]"))
    text = page(replace(nights.repaired(), attributes=replace(drift, examples={"plan_tier": rows}))).text
    assert 'absent ""' in text and "null []" in text


@pytest.mark.parametrize(
    ("drifted", "words_"),
    [
        (0, "No drifted values, after 11,719"),
        (11_719, "As many"),
        (11_720, "1 more drifted"),
        (11_700, "19 fewer drifted"),
    ],
)
def test_the_night_is_compared_with_the_last_one_that_has_a_result(drifted: int, words_: str) -> None:
    data = nights.repaired()
    no_result = replace(data.earlier[-1], run="x", drifted_cells=None, started=nights.STARTED - timedelta(hours=1))
    data = replace(
        data, attributes=replace(nights.DRIFT, drifted_cells=drifted), earlier=(no_result, *data.earlier[::-1])
    )
    assert words_ in page(data).text


def test_a_report_reads_as_before() -> None:
    """To accept a change, run the test once with RECON_ACCEPT=1 and read the difference."""
    kept = Path(__file__).parent / "snapshots" / "partly_delivered.txt"
    text = page(nights.partly_delivered()).text + "\n"
    if os.environ.get("RECON_ACCEPT"):
        kept.write_text(text, encoding="utf-8")
    assert text == kept.read_text(encoding="utf-8")


def test_the_same_run_gives_the_same_bytes() -> None:
    assert drift_report.render(nights.repaired()) == drift_report.render(nights.repaired())


# Safe to open


@every_night
def test_nothing_is_loaded_and_only_our_script_runs(night: Night) -> None:
    html = drift_report.render(night())
    parsed = Page(html)
    [script] = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    assert script == (assets.folder("reports") / "report.js").read_text() and len(script) < 6_000
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert not parsed.all("img", "iframe", "object", "embed", "base", "form", "audio", "video", "use", "image")
    for element in parsed.elements:
        for name, value in element.attributes.items():
            assert not name.startswith("on"), (element.tag, name)
            assert name not in {"src", "srcset", "action", "data", "poster", "background", "xlink:href"}
            if name == "href":
                assert value is not None and (value.startswith("#") or value == "data:,")
    style = parsed.one("style").text
    assert "url(" not in style and "@import" not in style and "@font-face" not in style
    policy = [each.attributes.get("content") for each in parsed.all("meta") if "http-equiv" in each.attributes]
    assert policy and f"default-src 'none'; script-src 'sha256-{digest}';" in str(policy[0])


def test_hostile_text_is_shown_and_never_obeyed() -> None:
    html = drift_report.render(nights.hostile())
    parsed = Page(html)
    assert nights.NASTY in parsed.text
    assert html.count("<script") == 1 and "<img" not in html and "49" not in parsed.one("h1").text


def test_marks_that_cannot_be_seen_are_written_out() -> None:
    html = drift_report.render(nights.hostile())
    assert all(character.isprintable() or character == "\n" for character in html)
    assert r"abc\u202etxt.exe\x00\x1b[31m\ufeff\ud800" in Page(html).text
    assert r"a\xa0b" in Page(html).text


@given(st.text())
def test_any_text_becomes_printable(text: str) -> None:
    shown = words.visible(text)
    assert isinstance(shown, str)
    assert all(character.isprintable() or character == "\n" for character in shown)
    shown.encode("utf-8")


# Readable by everyone


@every_night
def test_headings_never_skip_a_level(night: Night) -> None:
    levels = [int(heading.tag[1]) for heading in page(night()).all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@every_night
def test_every_table_has_a_caption_and_scoped_headers(night: Night) -> None:
    parsed = page(night())
    captioned = {id(caption.parents[-1]) for caption in parsed.all("caption") if caption.text}
    for table in parsed.all("table"):
        assert id(table) in captioned
    for header in parsed.all("th"):
        assert header.attributes.get("scope") == ("col" if header.inside("thead") else "row")
        assert header.text


@every_night
def test_landmarks_are_there_and_references_lead_somewhere(night: Night) -> None:
    parsed = page(night())
    for tag in ("header", "nav", "main", "footer", "title"):
        assert parsed.one(tag).text
    assert parsed.one("html").attributes["lang"] == "en"
    ids = [str(element.attributes["id"]) for element in parsed.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    links = [str(link.attributes["href"]).removeprefix("#") for link in parsed.all("a")]
    labels = [
        str(each.attributes["aria-labelledby"]) for each in parsed.elements if "aria-labelledby" in each.attributes
    ]
    assert set(links) | set(labels) <= set(ids)
    assert [section.attributes["id"] for section in parsed.all("section")] == links[1:]


@every_night
def test_pictures_are_hidden_from_screen_readers_since_the_text_says_it_all(night: Night) -> None:
    for picture in page(night()).all("svg"):
        assert picture.attributes.get("aria-hidden") == "true"


def test_every_night_in_the_picture_is_also_in_a_table() -> None:
    data = nights.repaired()
    table = page(data).text
    for run in data.earlier[-(trend.NIGHTS_DRAWN - 1) :]:
        assert words.clock(run.started) in table


def themes() -> list[dict[str, str]]:
    css = (assets.folder("reports") / "style.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for block in (light, dark)]


def test_both_themes_name_the_same_colours() -> None:
    light, dark = themes()
    assert light.keys() == dark.keys() and len(light) > 10
    style = page(nights.clean()).one("style").text
    assert "prefers-color-scheme: dark" in style and "color-scheme: light dark" in style
    assert set(re.findall(r"var\(--([\w-]+)\)", style)) <= light.keys()


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "paper", "wanted"),
    [
        *((ink, "paper", 4.5) for ink in ("ink", "quiet", "accent", "act")),
        *(("ink", paper, 4.5) for paper in ("good-paper", "look-paper", "act-paper")),
        *((f"{tone}", f"{tone}-paper", 4.5) for tone in ("good", "look", "act")),
        *(("ink", f"heat{shade}", 4.5) for shade in (1, 2, 3, 4)),
        ("accent", "panel", 3.0),
        ("accent", "pale", 2.0),
    ],
)
def test_contrast_is_enough(theme: int, ink: str, paper: str, wanted: float) -> None:
    colours = themes()[theme]
    brighter, darker = sorted((luminance(colours[ink]), luminance(colours[paper])), reverse=True)
    assert (brighter + 0.05) / (darker + 0.05) >= wanted


# Small


@every_night
def test_a_report_stays_small(night: Night) -> None:
    assert len(drift_report.render(night()).encode()) < 200_000


def test_a_report_is_bounded_at_any_size_of_input() -> None:
    some = len(drift_report.render(nights.huge(400, 400, text="<&" * 5_000)).encode())
    many = len(drift_report.render(nights.huge(4_000, 4_000, text="<&" * 5_000)).encode())
    assert many < some * 1.01
    assert many < 1_000_000


def test_a_cut_list_says_how_much_was_cut() -> None:
    text = page(nights.huge(200, 200)).text
    assert "and 175 more attributes" in text
    assert "and 180 more attributes with drifted values" in text
    assert "and 180 more reasons" in text
    assert "and 180 more files and reasons" in text
    assert "and 371 more earlier runs" in text


def test_an_attribute_has_at_most_five_examples() -> None:
    rows = page(nights.huge()).text.count('p_7c1e0a94f2 "desired value" "actual value"')
    assert rows == 5 * view.EXAMPLE_ATTRIBUTES_SHOWN


def test_attributes_beyond_the_list_are_summed_and_nothing_is_lost() -> None:
    data = nights.huge(200, 3)
    assert data.attributes is not None
    table = view.of(data).attributes
    assert table is not None and table.rest is not None
    assert sum(row.cells for row in table.rows) + table.rest.cells == data.attributes.drifted_cells


# Numbers and pictures


@given(st.integers(1, 10**9).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_a_percentage_never_claims_all_or_nothing_wrongly(pair: tuple[int, int]) -> None:
    part, whole = pair
    text = words.percent(part, whole)
    assert (text == "0 %") == (part == 0)
    assert (text == "100 %") == (part == whole)
    assert not re.fullmatch(r"0\.0+ %|100\.0+ %", text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 0 s"), (222, "3 min 42 s"), (3_900, "1 h 5 min")],
)
def test_durations_read_like_speech(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@given(st.dictionaries(st.sampled_from(sorted(glossary.STATES)), st.integers(0, 10**7)))
def test_the_funnel_only_narrows_and_names_every_loss(states: dict[str, int]) -> None:
    data = replace(nights.repaired(), delivery=Delivery(states, 1, 0))
    stages = view.of(data).funnel
    if not sum(states.values()):
        assert stages == ()
        return
    assert stages[0].corrections == sum(states.values())
    assert stages[-1].corrections == states.get("verified", 0)
    for stage, following in itertools.pairwise(stages):
        assert stage.corrections - sum(count for _, count in stage.lost) == following.corrections
        assert stage.next_width == following.width <= stage.width


# The file


def test_the_report_is_written_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")
    assert drift_report.write(nights.hostile(), target) == target
    assert target.read_text(encoding="utf-8") == drift_report.render(nights.hostile())
    assert list(tmp_path.iterdir()) == [target]


def test_a_report_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write the report") as caught:
        drift_report.write(nights.clean(), tmp_path / "gone" / "report.html")
    assert "recon report" in caught.value.remedy
