"""What people call channels and subscription groups."""

from __future__ import annotations

from collections.abc import Mapping

from recon.config.models import Config


def names(config: Config) -> dict[str, str]:
    """Of subscription groups, by id."""
    held = {cohort.to.name: f"audience {cohort.audience}" for cohort in config.cohorts}
    return held | {group.id: group.name for group in config.subscriptions.groups}


def called(field: str, known: Mapping[str, str]) -> str:
    """Of the field of a correction (`email_subscribe`, `subscription_group:ID`), given `names`; else what it says."""
    return known.get(field.partition(":")[2], field.removesuffix("_subscribe"))
