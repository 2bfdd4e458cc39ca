"""The index of runs: every run there has been, newest first, with its verdict and a link to its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from recon.report import drift_report, glossary, past, trend
from recon.report.model import EarlierRun
from recon.report.verdict import verdict
from recon.store.runs import Runs

RUNS_LISTED = 400


@dataclass(frozen=True, slots=True)
class Row:
    """A run: counts are None where it did not get to them; `report` is a path from the index, None once pruned.

    `causes` names the three most frequent causes of drift, with their cells.
    """

    run: str
    started: datetime
    seconds: float
    words: glossary.VerdictWords
    sentence: str
    exit_code: int
    drifted: int | None
    repaired: int | None
    withheld: int | None
    causes: tuple[tuple[str, int], ...]
    report: str | None


def write(runs: Runs, state: Path) -> Path:
    """Writes `state`/index.html anew and returns it."""
    return drift_report.put(render(rows(runs, state)), state / "index.html")


def render(listed: list[Row]) -> str:
    """The index as HTML, of runs newest first; at least one."""
    nights = [EarlierRun(row.run, row.started, row.drifted, row.repaired or 0, row.exit_code) for row in listed]
    return (
        drift_report.environment()
        .get_template("index.html.j2")
        .render(
            runs=listed[:RUNS_LISTED],
            more=max(0, len(listed) - RUNS_LISTED),
            trend=trend.nights(nights[1:], nights[0]),
        )
    )


def rows(runs: Runs, state: Path) -> list[Row]:
    """Every run, pruned ones too, newest first."""
    counted = zip(past.rows(runs, at_work=False), runs.history(), strict=True)
    return [_row(counts, document, state) for counts, document in counted][::-1]


def _row(counts: Mapping[str, Any], document: Mapping[str, Any], state: Path) -> Row:
    ended = verdict(document)
    report = f"runs/{document['run']}/report.html"
    causes = document["steps"].get("drift", {}).get("result", {}).get("attributes", {}).get("by_cause", {})
    return Row(
        run=document["run"],
        started=datetime.fromisoformat(document["started_at"]),
        seconds=counts["seconds"],
        words=glossary.VERDICTS[ended.state],
        sentence=ended.sentence,
        exit_code=ended.exit_code,
        drifted=counts["drifted_cells"],
        repaired=counts["verified"],
        withheld=counts["withheld"],
        causes=tuple(sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))[:3]),
        report=report if (state / report).exists() else None,
    )
