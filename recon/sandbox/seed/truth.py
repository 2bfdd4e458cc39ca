"""What recon must find in a seeded world: `truth.json` and truth/*.parquet."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FILE = "truth.json"


@dataclass(frozen=True)
class Profiles:
    """Counts of people: canonical profiles in `segment`, profiles in `braze`, and how they meet."""

    segment: int
    braze: int
    matched: int
    missing_in_braze: int
    only_in_braze: int


@dataclass(frozen=True)
class Attributes:
    """Counts over truth/attribute.parquet. Every row counts as drifted, whatever its cause; `nulls_kept` are cells
    with an explicit null in Segment and a value in Braze, which are no rows."""

    drifted_cells: int
    drifted_profiles: int
    by_cause: dict[str, int]
    by_attribute: dict[str, int]
    nulls_kept: int


@dataclass(frozen=True)
class Truth:
    """The document truth.json. `cohorts` counts truth/cohort.parquet by audience, `enter` and `leave`; `duplicates` the
    rows of truth/duplicate.parquet and `subscriptions` those of truth/subscription.parquet by kind.

    `cells` and `consents` are the SHA-256 over the rows of truth/attribute.parquet (external_id, attribute, desired,
    actual, cause) and of truth/subscription.parquet (external_id, channel, group_id, desired, actual, kind): see
    `fingerprint`.
    """

    profiles: Profiles
    attributes: Attributes
    cohorts: dict[str, dict[str, int]]
    duplicates: dict[str, int]
    subscriptions: dict[str, int]
    cells: str
    consents: str

    def save(self, folder: Path) -> None:
        """Write `folder`/truth.json."""
        document = {"version": 1, **dataclasses.asdict(self)}
        (folder / FILE).write_text(json.dumps(document, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Truth:
        """Read `folder`/truth.json."""
        document = json.loads((folder / FILE).read_bytes())
        return cls(
            Profiles(**document["profiles"]),
            Attributes(**document["attributes"]),
            document["cohorts"],
            document["duplicates"],
            document["subscriptions"],
            document["cells"],
            document["consents"],
        )


def fingerprint(rows: Iterable[tuple[str | None, ...]]) -> str:
    """SHA-256 over rows of text, each as a JSON array and a line feed.

    Rows in the order of their first columns as far as these name a row, compared byte by byte, null before any text.
    """
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()
