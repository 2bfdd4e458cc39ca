"""Gates on who is who, and on the words of consent: is Segment's identity graph sane, are opt-outs still understood?

A percentage says little about a handful of people, so each gate has a least number below which it never fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from recon.config.models import Config
from recon.quality.rules import Profile, Rule, percent
from recon.store import sql

_NOES = ("false", "no", "n", "0", "off", "unsubscribed", "unsubscribe", "opted_out", "opted out", "opt-out", "optout")
"""Words that say no in any configuration; what other words mean is the configuration's business."""

_FEW_PEOPLE = 20
_FEW_IDENTIFIERS = 1000


def measure(con: duckdb.DuckDBPyConnection, config: Config) -> Profile:
    """`identity.*` and, for each trait that holds consent, `consent.<trait>.*`. Needs `winner`."""
    names = ("identifiers", "largest", "circles")
    found: Profile = {f"identity.{name}": value for name, value in zip(names, _row(con, "identity"), strict=True)}
    for trait, words in consent_words(config).items():
        refused, unread = _row(con, "consent", trait=trait, words=words, noes=list(_NOES))
        found |= {f"consent.{trait}.refused": refused, f"consent.{trait}.unread": unread}
    return found


def consent_words(config: Config) -> dict[str, list[str]]:
    """Trait → the words that mean opted out, in lower case, of every channel and group that the trait is for."""
    asked = config.subscriptions
    words: dict[str, list[str]] = {}
    for rule in (asked.email, asked.push, *asked.groups):
        if rule is not None:
            words.setdefault(rule.trait, []).extend(str(word).strip().lower() for word in rule.unsubscribed)
    return words


def rules(con: duckdb.DuckDBPyConnection, profile: Profile, earlier: Profile, traits_table: str) -> Iterator[Rule]:
    """The gates on what `measure` found; `earlier` is the profile of the last good run, `traits_table` is where traits
    come from."""
    identifiers, largest = int(profile["identity.identifiers"]), int(profile["identity.largest"])
    yield Rule(
        name="identifiers of the profile that has most",
        table="user_identifiers",
        rule="identity",
        measure="identity.largest",
        found=f"{largest:,} of {identifiers:,} ({percent(100 * largest / max(identifiers, 1))})",
        allowed=f"at most half, or {_FEW_IDENTIFIERS:,}",
        most=max(identifiers // 2, _FEW_IDENTIFIERS),
        examples=lambda: [f"{count:,} × {kind}" for kind, count in _rows(con, "kinds_of_largest")],
    )
    circles = int(profile["identity.circles"])
    yield Rule(
        name="merges that run in a circle",
        table="profile_merges",
        rule="identity",
        measure="identity.circles",
        found=f"{circles:,}" if circles else "none",
        allowed=f"fewer than {_FEW_PEOPLE}",
        most=_FEW_PEOPLE - 1,
    )
    for name in profile:
        if name.startswith("consent.") and name.endswith(".unread"):
            yield from _consent(name.removeprefix("consent.").removesuffix(".unread"), profile, earlier, traits_table)


def _consent(trait: str, profile: Profile, earlier: Profile, table: str) -> Iterator[Rule]:
    measure = f"consent.{trait}.unread"
    yield Rule(
        name=f"people whose {trait} says no in a word that recon.yml does not know",
        table=table,
        rule="subscriptions, unsubscribed",
        measure=measure,
        found=f"{int(profile[measure]):,}",
        allowed=f"fewer than {_FEW_PEOPLE}",
        most=_FEW_PEOPLE - 1,
    )
    measure = f"consent.{trait}.refused"
    before = int(earlier.get(measure, 0))
    if before >= _FEW_PEOPLE:
        yield Rule(
            name=f"people whose {trait} says no against the last good run",
            table=table,
            rule="subscriptions, unsubscribed",
            measure=measure,
            found=f"{int(profile[measure]):,} after {before:,}",
            allowed="at least half as many",
            least=before / 2,
        )


def _row(con: duckdb.DuckDBPyConnection, query: str, **params: object) -> Sequence[float]:
    row = sql.run(con, f"quality/{query}", params or None).fetchone()
    assert row is not None  # an aggregate without groups has one row
    return row


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> Sequence[tuple[str, int]]:
    return sql.run(con, f"quality/{query}").fetchall()
