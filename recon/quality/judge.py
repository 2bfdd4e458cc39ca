"""The one place that knows Great Expectations: rules become a suite, a quality profile the frame that it looks at.

GX 1.24 cannot look into DuckDB 2 itself, and pandas over whole tables would not fit; so the frame has one row, which
SQL computed over the whole tables, and one column for each measure. Importing GX costs about six CPU seconds and
200 MB, the check itself a tenth of a second: it is imported in here only.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from recon.quality.rules import Profile, Rule


def judge(name: str, profile: Profile, rules: Sequence[Rule]) -> list[bool]:
    """Whether `profile` keeps each of `rules`, in their order. `name` is what the suite is called."""
    with _silent():
        import great_expectations as gx
        import pandas as pd  # type: ignore[import-untyped]
        from great_expectations.data_context.types.base import (
            DataContextConfig,
            InMemoryStoreBackendDefaults,
            ProgressBarsConfig,
        )
        from great_expectations.expectations.core.expect_column_values_to_be_between import (
            ExpectColumnValuesToBeBetween,
        )

        # All in memory: no file is written, here or anywhere.
        config = DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        )
        context = gx.get_context(mode="ephemeral", project_config=config)
        suite = gx.ExpectationSuite(
            name,
            expectations=[
                ExpectColumnValuesToBeBetween(
                    column=rule.measure, min_value=rule.least, max_value=rule.most, meta={"rule": number}
                )
                for number, rule in enumerate(rules)
            ],
        )
        asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": pd.DataFrame([profile])})
        results = batch.validate(suite).results
    passed = {}
    for result in results:
        asked = result.expectation_config
        # An empty cell passes in GX, and an expectation that broke only fails, without counts. Neither is a judgement.
        if asked is None or result.result.get("missing_count") != 0:
            raise RuntimeError(f"Great Expectations could not judge {asked and asked.kwargs['column']}")
        passed[asked.meta["rule"]] = bool(result.success)
    return [passed[number] for number in range(len(rules))]


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
