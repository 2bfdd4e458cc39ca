"""The one place that knows Great Expectations: rules become a suite, a quality profile the frame that it looks at.

GX 1.24 cannot look into DuckDB 2 itself, and pandas over whole tables would not fit; so the frame has one row, which
SQL computed over the whole tables, and one column for each measure. A user's suite brings a frame and expectations of
its own. Importing GX costs some CPU seconds and 200 MB (most of it scipy and altair, which its package imports whatever
is asked of it), the check itself a tenth of a second: it is imported in here only.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recon.quality.rules import Profile, Rule

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

Expected = tuple[str, Mapping[str, Any]]
"""An expectation as GX names it, and its arguments."""

_SHOWN = 3
# Kinds of expectation that GX can ask a database only.
_OF_DATABASES = ("like_pattern", "unexpected_rows", "query_results", "other_table")


@dataclass(frozen=True)
class Outcome:
    """What GX made of one expectation: `observed` is its own measure of the column or table, else `unexpected` rows of
    `rows` are not as expected, of which some are `examples`: what their key column and the column say."""

    passed: bool
    observed: Any
    unexpected: int
    rows: int
    examples: Sequence[Mapping[str, Any]]


class NotJudged(Exception):
    """GX could not judge the expectation of this `number`, counted from 0; the text is GX's first line."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(what)
        self.number = number


def judge(name: str, profile: Profile, rules: Sequence[Rule]) -> list[bool]:
    """Whether `profile` keeps each of `rules`, in their order. `name` is what the suite is called."""
    with _silent():
        import pandas as pd
        from great_expectations.expectations.core.expect_column_values_to_be_between import (
            ExpectColumnValuesToBeBetween,
        )

        asked = [
            ExpectColumnValuesToBeBetween(
                column=rule.measure, min_value=rule.least, max_value=rule.most, meta={"number": number}
            )
            for number, rule in enumerate(rules)
        ]
        results = _validated(name, pd.DataFrame([profile]), asked, {"result_format": "SUMMARY"})
    # An empty cell passes in GX, and an expectation that broke only fails, without counts. Neither is a judgement.
    for rule, result in zip(rules, results, strict=True):
        if result.result.get("missing_count") != 0:
            raise RuntimeError(f"Great Expectations could not judge {rule.measure}")
    return [bool(result.success) for result in results]


def judge_frame(name: str, frame: pd.DataFrame, expected: Sequence[Expected], key: str | None) -> list[Outcome]:
    """What becomes of each of `expected`, which have no `faults`, on the rows of `frame`. NotJudged if GX gives up."""
    form: dict[str, Any] = {"result_format": "COMPLETE", "include_unexpected_rows": False}
    if key is not None:
        form["unexpected_index_column_names"] = [key]
    with _silent():
        asked = [_kind(type_)(**kwargs, meta={"number": number}) for number, (type_, kwargs) in enumerate(expected)]
        results = _validated(name, frame, asked, form)
    for number, result in enumerate(results):
        if not result.result:
            raise NotJudged(number, _raised(result.exception_info))
    return [
        Outcome(
            bool(result.success),
            result.result.get("observed_value"),
            int(result.result.get("unexpected_count") or 0),
            int(result.result.get("element_count") or 0),
            (result.result.get("unexpected_index_list") or ())[:_SHOWN],
        )
        for result in results
    ]


def faults(expected: Expected) -> list[str]:
    """What is wrong with an expectation by itself: no such type, or not the arguments that it takes."""
    import difflib

    type_, kwargs = expected
    with _silent():
        from great_expectations.expectations.registry import list_registered_expectation_implementations

        known = [each for each in list_registered_expectation_implementations() if not _of_databases(each)]
        if type_ not in known:
            near = difflib.get_close_matches(type_, known, n=1, cutoff=0.6)
            hint = f"; did you mean {near[0]}?" if near else ""
            return [f"Great Expectations has no expectation {type_} for a table of rows{hint}"]
        kind = _kind(type_)
        try:
            kind(**kwargs)
        except ValueError as error:
            errors: list[dict[str, Any]] = getattr(error, "errors", list)()
            said = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}".removeprefix("__root__: ") for each in errors]
            return list(dict.fromkeys(said)) or [type(error).__name__]
    return []


def _of_databases(type_: str) -> bool:
    return any(part in type_ for part in _OF_DATABASES)


def _kind(type_: str) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    return get_expectation_impl(type_)


def _validated(name: str, frame: pd.DataFrame, asked: Sequence[Any], form: Mapping[str, Any]) -> list[Any]:
    """GX's results in the order of what was `asked`, each of which bears its number."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    # All in memory: no file is written, here or anywhere.
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    suite = gx.ExpectationSuite(name, expectations=list(asked))
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": frame})
    results = batch.validate(suite, result_format=dict(form)).results
    return sorted(results, key=lambda result: result.expectation_config.meta["number"])


def _raised(info: Mapping[str, Any]) -> str:
    """GX tells it for the expectation as a whole, or for each metric that it needed."""
    told = [info, *(each for each in info.values() if isinstance(each, dict))]
    said = next((each["exception_message"] for each in told if each.get("exception_message")), "no reason given")
    return str(said).strip().splitlines()[0]


@contextmanager
def _silent() -> Iterator[None]:
    """Keeps GX's warnings and log lines to itself, and undoes what its import does to everybody's warnings."""
    logger = logging.getLogger("great_expectations")
    nowhere, passes_on = logging.NullHandler(), logger.propagate
    logger.addHandler(nowhere)
    logger.propagate = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.captureWarnings(False)
            logger.propagate = passes_on
            logger.removeHandler(nowhere)
