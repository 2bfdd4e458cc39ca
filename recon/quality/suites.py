"""Users' own suites as gates: what their files expect of a run, judged as recon's own gates are."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from recon.braze.redact import redact
from recon.config import suites
from recon.config.models import Config
from recon.config.suites import SuiteFile
from recon.errors import ConfigError
from recon.quality import frames
from recon.quality.judge import Expected, NotJudged, Outcome, faults, judge_frame
from recon.store.job import Job

_COLUMNS = ("column", "column_A", "column_B")
_LISTS = ("column_list",)


def gates(job: Job, when: str) -> list[dict[str, Any]]:
    """The gates of all suites of `when`, as `recon.quality.gates` has them: `table` is the suite's file, `rule` the
    expectation. ConfigError for a suite that cannot be judged."""
    files = [file for file in suites.read(job.config) if file.suite.when == when]
    if not files:
        return []
    with frames.of_run(job, when) as con:
        return [gate for file in files for gate in _judged(file, frames.frame(con, file))]


def looks(config: Config) -> Iterator[tuple[str, Callable[[], str]]]:
    """For `recon doctor`: whether the suites could be judged, as far as that is known before there is a run.

    ConfigError lists what is wrong in them, each with file and line.
    """
    if config.quality.suites:
        yield "quality.suites", lambda: _looked_at(config)


def _looked_at(config: Config) -> str:
    files = suites.read(config)
    wrong = [error for file in files for error in _without_run(config, file)]
    if wrong:
        raise ConfigError("\n".join(error.what for error in wrong), wrong[0].remedy)
    return f"{len(files):,} can be judged"


def _without_run(config: Config, file: SuiteFile) -> list[ConfigError]:
    try:
        with frames.empty(config, file.suite.when) as con:
            return list(_wrong(file, list(frames.frame(con, file).columns)))
    except ConfigError as error:
        return [error]


def _judged(file: SuiteFile, frame: Any) -> Iterator[dict[str, Any]]:
    suite = file.suite
    for error in _wrong(file, list(frame.columns)):
        raise error
    expected = [_expected(each) for each in suite.expectations]
    try:
        outcomes = judge_frame(suite.name, frame, expected, suite.key)
    except NotJudged as error:
        raise file.wrong(("expectations", error.number), f"cannot be judged: {redact(error)}") from None
    for (type_, kwargs), outcome in zip(expected, outcomes, strict=True):
        about = ", ".join(_named(kwargs))
        yield {
            "name": f"{suite.name}: {about}" if about else suite.name,
            "passed": outcome.passed,
            "found": _found(outcome),
            "allowed": ", ".join(f"{name} {_text(value)}" for name, value in kwargs.items() if name not in _COLUMNS)
            or "all",
            "table": file.path,
            "rule": type_,
            "examples": [] if outcome.passed else _examples(outcome, suite.key),
        }


def _wrong(file: SuiteFile, columns: Sequence[str]) -> Iterator[ConfigError]:
    suite = file.suite
    there = f"the SQL gives {', '.join(columns)}"
    if suite.key is not None and suite.key not in columns:
        yield file.wrong(("key",), f"there is no column {suite.key}; {there}")
    for row, each in enumerate(suite.expectations):
        expected = _expected(each)
        for fault in faults(expected):
            yield file.wrong(("expectations", row), fault)
        for name in _named(expected[1]):
            if name not in columns and each.type != "expect_column_to_exist":
                yield file.wrong(("expectations", row, "kwargs"), f"there is no column {name}; {there}")


def _expected(each: suites.Expectation) -> Expected:
    return each.type, {name: _lists(value) for name, value in each.kwargs.items()}


def _lists(value: Any) -> Any:
    """What was read from YAML, as GX wants it: its lists are tuples here."""
    if isinstance(value, tuple):
        return [_lists(each) for each in value]
    return {key: _lists(each) for key, each in value.items()} if isinstance(value, dict) else value


def _named(kwargs: Any) -> list[str]:
    """The columns that an expectation is about."""
    single = [str(kwargs[name]) for name in _COLUMNS if name in kwargs]
    return single + [str(each) for name in _LISTS for each in kwargs.get(name, ())]


def _found(outcome: Outcome) -> str:
    if outcome.observed is not None:
        return _value(outcome.observed)
    return (
        f"{outcome.unexpected:,} of {outcome.rows:,} rows" if outcome.unexpected else f"none of {outcome.rows:,} rows"
    )


def _examples(outcome: Outcome, key: str | None) -> list[str]:
    """Failed rows by their key, if they have one, with the values that are no text."""
    if key is None:
        return []
    return [
        ": ".join([_text(row[key]), *(_value(value) for name, value in row.items() if name != key)])
        for row in outcome.examples
    ]


def _value(value: Any) -> str:
    """A value of a frame. A text is somebody's until its suite says that it may be shown."""
    if isinstance(value, dict | list | tuple | set):
        return f"{len(value):,} values"
    return "a text" if isinstance(value, str) else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return "none" if math.isnan(value) else f"{value:,.6g}" if value % 1 else f"{int(value):,}"
    return redact(value)
