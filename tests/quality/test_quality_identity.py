"""Gates on the identity graph and on the words of consent, judged on a few rows in memory, all in one process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from shop_world import Shop

from recon.config.loading import load as load_config
from recon.config.models import Config
from recon.quality import identity
from recon.quality.judge import judge
from recon.quality.rules import Profile
from recon.store import sql

CONSENT = "email_consent"
LARGEST = "identifiers of the profile that has most"
CIRCLES = "merges that run in a circle"
UNREAD = f"people whose {CONSENT} says no in a word that recon.yml does not know"
VANISHED = f"people whose {CONSENT} says no against the last good run"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("create table user_traits (canonical_segment_id text, name text, value text)")
        con.execute("create table user_identifiers (canonical_segment_id text, type text, value text)")
        con.execute(
            "create table profile_merges (canonical_segment_id text, segment_id text, seq int, happened_at timestamp)"
        )
        yield con


@pytest.fixture
def config(shop: Shop) -> Config:
    shop.config["subscriptions"] = {"email": {"trait": CONSENT, "unsubscribed": ["False", "left"]}}
    shop.configure()
    return load_config(Path(shop.folder) / "recon.yml")


def failed(con: duckdb.DuckDBPyConnection, config: Config, earlier: Profile | None = None) -> dict[str, Any]:
    """The gates that fail, by name."""
    sql.run(con, "desired/winner")
    profile = identity.measure(con, config)
    asked = list(identity.rules(con, profile, earlier or {}, "user_traits"))
    outcomes = zip(asked, judge("inputs", profile, asked), strict=True)
    return {rule.name: (rule.found, list(rule.examples())) for rule, passed in outcomes if not passed}


def own(con: duckdb.DuckDBPyConnection, profile: str, kind: str, count: int) -> None:
    con.execute("insert into user_identifiers select ?, ?, range::text from range(?)", [profile, kind, count])


def say(con: duckdb.DuckDBPyConnection, word: str, people: int) -> None:
    con.execute("insert into user_traits select 'use_' || range, ?, ? from range(?)", [CONSENT, word, people])


def test_no_profile_owns_more_than_half_of_many_identifiers(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    assert failed(con, config) == {}
    own(con, "use_a", "user_id", 1000)
    assert failed(con, config) == {}, "a small town's only family"
    own(con, "use_a", "anonymous_id", 500)
    con.execute("insert into user_identifiers select 'use_' || range, 'user_id', range::text from range(1500)")
    assert failed(con, config) == {}, "half is not more than half"
    own(con, "use_a", "anonymous_id", 2)
    assert failed(con, config) == {LARGEST: ("1,502 of 3,002 (50 %)", ["1,000 × user_id", "502 × anonymous_id"])}


def test_merges_in_circles_are_counted_once_each(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    def circle(number: int) -> None:
        ends = [(f"{number}b", f"{number}a"), (f"{number}c", f"{number}b"), (f"{number}a", f"{number}c")]
        con.executemany("insert into profile_merges values (?, ?, null, null)", ends)

    con.execute("insert into profile_merges select 'end', 'm' || range, null, null from range(90)")
    con.execute("insert into profile_merges select 'self' || range, 'self' || range, null, null from range(30)")
    con.execute("insert into profile_merges select 'self' || range, 'lost' || range, null, null from range(30)")
    for number in range(19):
        circle(number)
    assert failed(con, config) == {}
    circle(19)
    assert failed(con, config) == {CIRCLES: ("20", [])}


@pytest.mark.parametrize("word", ["no", '"No"', " unsubscribed ", '"OPTED_OUT"'])
def test_a_no_that_the_configuration_does_not_know_is_not_read_as_a_yes(
    con: duckdb.DuckDBPyConnection, config: Config, word: str
) -> None:
    say(con, "false", 500)
    say(con, '"Left"', 500)
    say(con, "weekly", 500)
    say(con, word, 19)
    assert failed(con, config) == {}
    con.execute("insert into user_traits values ('use_last', ?, ?)", [CONSENT, word])
    assert failed(con, config) == {UNREAD: ("20", [])}


def test_opt_outs_do_not_vanish_overnight(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    say(con, "FALSE", 10)
    assert failed(con, config) == {}, "a first night has nothing to compare with"
    assert failed(con, config, {f"consent.{CONSENT}.refused": 19}) == {}, "few people"
    assert failed(con, config, {f"consent.{CONSENT}.refused": 20}) == {}
    assert failed(con, config, {f"consent.{CONSENT}.refused": 21}) == {VANISHED: ("10 after 21", [])}
