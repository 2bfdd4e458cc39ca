"""Makes the whole world of a sandbox folder: Segment's tables, Braze's profiles, and the truth about both."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from recon.errors import UsageError
from recon.sandbox import settings
from recon.sandbox.seed import attributes, audiences, consents, currents, files, truth
from recon.sandbox.seed.traps import writing as traps
from recon.store import sql

if TYPE_CHECKING:
    import duckdb

# People made at a time: what bounds the memory, whatever the size of the base. Even, for two make a household.
BUCKET = 50_000
# What is drawn for a bucket, and the truth about it, in order.
_BOTH_SIDES = (
    *("people", "values", "cells", "mailboxes", "memberships", "consents", "consents_held", "consent_changes"),
    *("truth_bucket", "truth_consents", "truth_duplicates"),
)
TABLES = ("user_traits", "user_identifiers", "profile_merges")


class Taker(Protocol):
    """What takes the Braze profiles that the seed makes: JSON documents in the form of recon.sandbox.store."""

    def query(self, con: duckdb.DuckDBPyConnection, name: str, params: dict[str, Any]) -> None:
        """Takes what `sql/sandbox/<name>.sql` gives, one document a row."""

    def insert(self, profiles: Iterable[dict[str, Any]]) -> object:
        """Takes these."""

    def close(self) -> None:
        """Nothing more will come."""


def seed(
    folder: Path,
    profiles: int = 20_000,
    seed: int = 7,
    base_url: str = "http://127.0.0.1:8787",
    now: datetime | None = None,
    taker: Callable[[Path], Taker] | None = None,
) -> truth.Truth:
    """Write a world of `profiles` Segment people and one for each trap into `folder`; return what recon must find.

    The same (`profiles`, `seed`, `now`) make the same world. `now` is the instant the run is expected at, by default
    the present: changes within the quiet period are relative to it. `base_url` is where the sandbox will be served.
    Braze's profiles go into `folder`/braze.sqlite, or to what `taker` makes of `folder`. A folder that holds something
    else than an earlier world is a UsageError.
    """
    import duckdb

    if profiles < 0:
        raise UsageError(f"cannot make {profiles} profiles", "give a number of at least 0")
    at = (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None, microsecond=0)
    _make_room(folder)
    with duckdb.connect(":memory:") as con:
        for name in ("random", "words", "truth_start"):
            sql.run(con, f"sandbox/{name}")
        sql.run(con, "sandbox/rates", {"rates": attributes.rates()})
        sql.run(con, "sandbox/permissions", {"permissions": consents.permissions(), "stories": consents.stories()})
        groups = {"newsletter": consents.NEWSLETTER, "digest": consents.DIGEST, "offers": consents.OFFERS}
        drawn = {"seed": seed, "now": at, "audiences": audiences.audiences(), **groups}
        _fill(con, folder, profiles, drawn, taker or _Stored)
        currents.write(con, folder, at)
        return _tell(con, folder, base_url, profiles, files.Secrets.of(seed))


def _make_room(folder: Path) -> None:
    """Remove the earlier world of `folder`; never anything else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / settings.FILE).exists():
        raise UsageError(f"{folder} is not empty and holds no sandbox", "name a new or an empty folder")
    for name in ("segment", "truth", "exports", currents.FOLDER):
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in folder.glob("*.sqlite*"):
        path.unlink()
    for table in TABLES:
        (folder / "segment" / table).mkdir(parents=True)
    for name in ("truth", "exports"):
        (folder / name).mkdir()
    (folder / settings.FILE).touch()  # a seed that was broken off may be repeated


def _fill(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    profiles: int,
    world: dict[str, Any],
    taker: Callable[[Path], Taker],
) -> None:
    """Both sides, bucket by bucket, and the truth beside them."""
    tables = folder / "segment"
    with closing(taker(folder)) as braze:
        for number, first in enumerate(range(0, profiles, BUCKET)):
            params = {**world, "first": first, "last": min(first + BUCKET, profiles)}
            for name in _BOTH_SIDES:
                sql.run(con, f"sandbox/{name}", params)
            for name, table in zip(("traits", "identifiers", "merges"), TABLES, strict=True):
                file = str(tables / table / f"part-{number:05}.parquet")
                sql.run(con, f"sandbox/segment_{name}", {**params, "file": file})
            for name in ("profiles", "duplicates", "echoes"):
                braze.query(con, f"braze_{name}", params)
        # One stranger for every fifty people: half of them orphans with an external_id.
        strangers = profiles // 50
        sql.run(con, "sandbox/strangers", {**world, "first": 0, "last": strangers})
        braze.query(con, "braze_strangers", world)
        sql.run(con, "sandbox/truth_strangers", world)
        traps.segment(con, tables, world["now"])
        traps.truth(con, world["now"])
        braze.insert(traps.braze())


class _Stored:
    """Puts profiles into the sandbox's own store."""

    def __init__(self, folder: Path) -> None:
        from recon.sandbox.store import Store

        self._store = Store.create(folder / "braze.sqlite")
        self.insert = self._store.insert

    def query(self, con: duckdb.DuckDBPyConnection, name: str, params: dict[str, Any]) -> None:
        import orjson

        result = sql.run(con, f"sandbox/{name}", params)

        def documents() -> Iterator[dict[str, Any]]:
            while page := result.fetchmany(5_000):
                for (document,) in page:
                    profile = orjson.loads(document)
                    # In a fixed order, at a tenth of what it costs the query.
                    for part in ("fields", "custom_attributes"):
                        profile[part] = dict(sorted(profile[part].items()))
                    yield profile

        self.insert(documents())

    def close(self) -> None:
        self._store.index()
        self._store.close()


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while page := result.fetchmany(50_000):
        yield from page


def _tell(
    con: duckdb.DuckDBPyConnection, folder: Path, base_url: str, profiles: int, secrets: files.Secrets
) -> truth.Truth:
    """Write the truth and the small files."""
    written = {
        "attribute_file": str(folder / "truth" / "attribute.parquet"),
        "cohort_file": str(folder / "truth" / "cohort.parquet"),
        "subscription_file": str(folder / "truth" / "subscription.parquet"),
        "duplicate_file": str(folder / "truth" / "duplicate.parquet"),
        "missing_file": str(folder / "truth" / "missing.parquet"),
        "suppressions_file": str(folder / "segment" / "suppressions.csv"),
    }
    sql.run(con, "sandbox/truth_write", written)
    hashes = [truth.fingerprint(_rows(sql.run(con, f"sandbox/truth_{name}"))) for name in ("cells", "subscriptions")]
    counted = sql.run(con, "sandbox/truth_counts").fetchone()
    assert counted is not None  # an aggregate without groups has one row
    moves = sql.run(con, "sandbox/truth_cohorts").fetchall()
    cohorts = {audience: {"enter": enter, "leave": leave} for audience, enter, leave in moves}
    profiles_, *attributes_, duplicates, subscriptions = counted
    found = truth.Truth(
        truth.Profiles(**profiles_), truth.Attributes(*attributes_), cohorts, duplicates, subscriptions, *hashes
    )
    found.save(folder)
    suppressed = [user_id for (user_id,) in sql.run(con, "sandbox/suppressed").fetchall()]
    files.write(folder, secrets=secrets, base_url=base_url, profiles=profiles, suppressed=suppressed)
    return found
