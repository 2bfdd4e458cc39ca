"""The gates that a night's inputs must pass: which measures, within which bounds, and why (recon.yml, `quality`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import duckdb

from recon.config.models import Quality
from recon.config.values import format_duration
from recon.quality import identity
from recon.quality.measures import Files
from recon.quality.rules import Profile, Rule, age, percent
from recon.segment import wide
from recon.store import sql

_SUBJECTS = {"braze_export": "the Braze export", "suppressions": "the suppression list"}
_WITH_PROFILES = ("user_traits", wide.PROFILE_TRAITS, "user_identifiers", "braze_export")


@dataclass(frozen=True)
class Night:
    """What the gates look at: the profile of tonight's inputs, and that of the last good run, empty if there is none.

    `con` has the tables, for examples of what fails.
    """

    con: duckdb.DuckDBPyConnection
    quality: Quality
    profile: Profile
    earlier: Profile
    files: Files


def rules(night: Night) -> list[Rule]:
    """The gates that tonight's inputs can be judged by."""
    return [
        *_freshness(night),
        *_drops(night),
        *_keys(night),
        *_join(night),
        *_email(night),
        *identity.rules(night.con, night.profile, night.earlier, _traits_table(night)),
    ]


def _freshness(night: Night) -> Iterator[Rule]:
    """By row times where they tell something. A backfill's rows have none, and merges and suppressions are rare events,
    whose newest row is old on a good day too: there the file has to do."""
    limit = night.quality.max_age
    for table in night.files.inputs:
        by_row = f"{table}.row_age" in night.profile
        measure = f"{table}.row_age" if by_row else f"{table}.file_age"
        by_day = table == "braze_export" and night.files.export_day is not None
        what = "newest row" if by_row else "date folder" if by_day else "newest file"
        yield Rule(
            name=f"{what} of {_subject(table)}",
            table=table,
            rule="quality.max_age",
            measure=measure,
            found=f"{'at least ' if by_day else ''}{age(night.profile[measure])} old",
            allowed=f"at most {format_duration(limit)}",
            most=limit.total_seconds(),
            examples=lambda table=table: _newest_file(night, table),  # type: ignore[misc]
        )


def _newest_file(night: Night, table: str) -> list[str]:
    newest = night.files.newest(table)
    return [f"newest file {newest[0]}, written {newest[1]:%Y-%m-%d %H:%M} UTC"] if newest else []


def _drops(night: Night) -> Iterator[Rule]:
    for table in _WITH_PROFILES:
        if table in night.files.inputs and night.earlier.get(f"{table}.profiles"):
            yield _drop(night, f"profiles in {_subject(table)} against the last good run", table, "profiles")


def _drop(night: Night, name: str, table: str, what: str, examples: Callable[[], Sequence[str]] = tuple) -> Rule:
    measure, limit = f"{table}.{what}", night.quality.profiles_drop_percent
    now, before = night.profile[measure], night.earlier[measure]
    change = 100 * abs(before - now) / before
    return Rule(
        name=name,
        table=table,
        rule="quality.profiles_drop_percent",
        measure=measure,
        found=f"{percent(change)} {'fewer' if now < before else 'more'} ({now:,} after {before:,})",
        allowed=f"at most {percent(limit)} fewer",
        least=before - math.floor(before * limit / 100 + 1e-9),
        examples=examples,
    )


def _keys(night: Night) -> Iterator[Rule]:
    id_ = "canonical_segment_id"
    if wide.PROFILE_TRAITS in night.files.inputs:
        yield _none(night, f"values of profile_traits without {id_}", wide.PROFILE_TRAITS, "keyless")
    else:
        yield _none(night, f"rows of user_traits without {id_}", "user_traits", "keyless", "quality/keyless_traits")
        yield _none(night, f"rows of profile_merges without {id_} or segment_id", "profile_merges", "keyless")
    yield _none(
        night, f"rows of user_identifiers without {id_}", "user_identifiers", "keyless", "quality/keyless_identifiers"
    )
    yield _none(night, "empty user_ids in user_identifiers", "user_identifiers", "nameless")
    if "suppressions" in night.files.inputs:
        yield _none(night, "empty user_ids in the suppression list", "suppressions", "nameless")
    yield _none(night, "external ids that the Braze export holds twice", "braze_export", "twins")


def _none(night: Night, name: str, table: str, what: str, query: str | None = None) -> Rule:
    measure = f"{table}.{what}"
    return Rule(
        name=name,
        table=table,
        rule="keys",
        measure=measure,
        found=f"{night.profile[measure]:,}" if night.profile[measure] else "none",
        allowed="none",
        most=0,
        examples=lambda: [f"{count:,} × {key}" for key, count in sql.run(night.con, query).fetchall()] if query else [],
    )


def _join(night: Night) -> Iterator[Rule]:
    """Whether both sides still speak of the same ids.

    What may not fall is their number, not their share, which falls as well when somebody brings new people into Braze.
    """
    ids, known = night.profile["braze_export.external_ids"], night.profile["braze_export.known"]
    if not ids:
        return
    name = "external ids in the Braze export that Segment knows"
    if night.earlier.get("braze_export.known"):
        yield _drop(night, name, "braze_export", "known", lambda: _id_forms(night))
        return
    yield Rule(
        name=name,
        table="braze_export",
        rule="join key",
        measure="braze_export.known",
        found=f"{known:,} of {ids:,} ({percent(100 * known / ids)})",
        allowed="at least 1",
        least=1,
        examples=lambda: _id_forms(night),
    )


def _id_forms(night: Night) -> list[str]:
    rows = sql.run(night.con, "quality/id_forms").fetchall()
    return [f"{side}: {count:,} ids are {looks}, {length} characters long" for side, looks, length, count in rows]


def _email(night: Night) -> Iterator[Rule]:
    if "people.without_email" not in night.profile:
        return
    share, limit = night.profile["people.without_email"], night.quality.email_null_percent
    without = {words: night.profile[f"people.{what}"] for what, words in (("no_row", "no row"), ("only_null", "null"))}
    yield Rule(
        name="people in Segment without an e-mail address",
        table=_traits_table(night),
        rule="quality.email_null_percent",
        measure="people.without_email",
        found=f"{percent(share)} of {night.profile['people.people']:,}",
        allowed=f"at most {percent(limit)}",
        most=limit,
        examples=lambda: [f"{words}: {count:,} people" for words, count in without.items() if count],
    )


def _traits_table(night: Night) -> str:
    return wide.PROFILE_TRAITS if wide.PROFILE_TRAITS in night.files.inputs else "user_traits"


def _subject(table: str) -> str:
    return _SUBJECTS.get(table, table)
