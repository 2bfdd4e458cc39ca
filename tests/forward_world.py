"""Engagement of many people as Braze writes it: repeated, late, out of order, in schemas of several versions, partly
broken.

Everything that Segment must end up with is known beforehand: `Engagement.expected`.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

# Imported once for all processes that begin here.
import jinja2  # noqa: F401
import numpy as np
import orjson
import polars as pl
from currents_world import CLICK, INTEGRATION, OPEN, SCHEMAS, SEND, avro_bytes, hour, joined, message_id, seconds
from deaths import Death, die

import recon.cli.forward
import recon.config.loading
import recon.deliver.forward  # noqa: F401
from recon.cli import main
from recon.segment.tracking import TrackingClient

PATTERN = "currents/*/event_type=*/date=*/**/*"
TYPES = (
    SEND,
    OPEN,
    CLICK,
    "users.messages.email.Delivery",
    "users.messages.pushnotification.Send",
    "users.messages.pushnotification.Open",
    "users.messages.sms.Send",
    "users.canvas.Entry",
    "users.messages.hologram.Send",
)
"""The last is unknown to everybody."""

_MERGED, _SUPPRESSED = 50, 97
_LATE = ("mailbox_provider", "from_domain", "is_suspected_bot_click", "app_group_id")
"""Columns that older files lack."""


@dataclass(frozen=True)
class Delivered:
    """One file that Braze puts into the bucket."""

    key: str
    content: bytes


@dataclass
class Engagement:
    """`files()` makes the files; `expected` fills meanwhile: event type, event id and user of what Segment must get."""

    events: int
    people: int
    seed: int = 7
    in_file: int = 5_000
    mark: str = ""
    expected: list[pl.DataFrame] = field(default_factory=list)

    def user(self, number: int) -> str:
        return f"{self.mark}user-{number}"

    def identifiers(self) -> pl.DataFrame:
        """Segment's user_identifiers: of every fiftieth pair, two ids are one person, and the first is the older."""
        numbers = np.arange(self.people)
        owner = np.where(numbers % _MERGED == 1, numbers - 1, numbers)
        return pl.DataFrame(
            {
                "canonical_segment_id": [f"use_{self.mark}{number}" for number in owner],
                "type": ["user_id"] * self.people,
                "value": [self.user(number) for number in numbers],
                "seq": [f"{number:020}" for number in numbers],
                "timestamp": (pl.Series(numbers) * 1_000_000).cast(pl.Datetime("us", "UTC")),
            }
        )

    def suppressed(self) -> list[str]:
        """Ids in Segment's list of suppressions."""
        return [self.user(number) for number in range(0, self.people, _SUPPRESSED)]

    def files(self) -> Iterator[Delivered]:
        """The files, in the order in which Braze delivers them."""
        random = np.random.default_rng(self.seed)
        before: dict[str, pl.DataFrame] = {}
        written = number = 0
        while written < self.events:
            kind = TYPES[number % len(TYPES)]
            hours_ago = int(random.integers(2, 60))
            rows = self._rows(kind, min(self.in_file, self.events - written), written, hours_ago, random)
            written += rows.height
            self._expect(kind, rows)
            again = before.get(kind, rows).sample(fraction=0.03, seed=number)
            repeated = pl.concat([rows, again, rows.sample(fraction=0.01, seed=number)], how="diagonal")
            before[kind] = rows
            repeated = repeated.sample(fraction=1, shuffle=True, seed=number)
            yield from self._written(kind, number, repeated, hours_ago)
            number += 1
        yield Delivered(self._key(OPEN, 2, "broken", "avro"), b"Obj\x01 and then nothing that anybody can read")
        yield from self._lines()

    def _written(self, kind: str, number: int, rows: pl.DataFrame, hours_ago: float) -> Iterator[Delivered]:
        if number % 3 == 0:
            rows = rows.drop([name for name in _LATE if name in rows.columns])
        elif number % 3 == 1:
            rows = rows.with_columns(pl.lit("later").alias("field_of_next_year"))
        content = avro_bytes(kind, rows)
        if number % 10 == 9:  # an upload broke off, and was made again (facts/braze-currents §1.4)
            parts = [avro_bytes(kind, part) for part in rows.iter_slices(max(rows.height // 4, 1))]
            content = joined(parts)
            yield Delivered(self._key(kind, hours_ago, f"{number}-cut", "avro"), content[: len(content) * 2 // 3])
        yield Delivered(self._key(kind, hours_ago, str(number), "avro"), content)

    def _lines(self) -> Iterator[Delivered]:
        """A piece of the HTTP stream, with lines that are broken."""
        rows = self._rows(CLICK, 50, self.events, 2, np.random.default_rng(self.seed + 1))
        self._expect(CLICK, rows)
        lines = [b'{"events": [', b"", b'{"no": "type"}']
        for row in rows.to_dicts():
            user = {name: row.pop(name) for name in ("user_id", "external_user_id")}
            event = {"event_type": CLICK, "id": row.pop("id"), "time": row.pop("time"), "user": user, "properties": row}
            lines.append(orjson.dumps({"events": [event]}))
        yield Delivered(self._key(CLICK, 2, "stream", "json"), b"\n".join(lines))

    def _rows(self, kind: str, count: int, first: int, hours_ago: int, random: np.random.Generator) -> pl.DataFrame:
        """Events of an hour, and some that phones have kept for up to two weeks."""
        users = random.integers(0, self.people, count)
        chance = random.random(count)
        fields = SCHEMAS.get(kind, SCHEMAS[SEND])
        columns: dict[str, Any] = {
            "id": pl.Series(
                [f"{self.mark}{number:08x}-7d51-4b75-b1a3-{number:012x}" for number in range(first, first + count)]
            ),
            "user_id": pl.Series([f"69cadaaed2d51b7c{number:08x}" for number in users]),
            "external_user_id": pl.Series([self.user(number) for number in users]),
            "time": pl.Series(
                np.where(
                    random.random(count) < 0.02,
                    random.integers(seconds(400), seconds(hours_ago), count),
                    random.integers(seconds(hours_ago + 1), seconds(hours_ago), count),
                ),
                dtype=pl.Int32,
            ),
        }
        for name, form in fields.items():
            if name in columns or form not in ("string", "boolean") or name == "abort_log":
                continue
            if form == "boolean":
                columns[name] = pl.Series(random.random(count) < 0.1)
            else:
                words = [None, f"5f1e0c7a-{name}", f'{name} "two"', "Grüße 👋"]
                columns[name] = pl.Series(words)[random.integers(0, len(words), count)]
        frame = pl.DataFrame(columns)
        odd = pl.Series(chance)
        return frame.with_columns(
            pl.when(odd < 0.002).then(None).otherwise(pl.col("id")).alias("id"),
            pl.when(odd.is_between(0.002, 0.004)).then(None).otherwise(pl.col("time")).alias("time"),
            pl.when(odd.is_between(0.004, 0.024))
            .then(None)
            .when(odd.is_between(0.024, 0.029))
            .then(pl.lit("[REDACTED]"))
            .otherwise(pl.col("external_user_id"))
            .alias("external_user_id"),
            pl.lit(None, pl.String).alias("message_extras")
            if "message_extras" in fields
            else pl.lit(None).alias("none"),
        ).drop("none", strict=False)

    def _expect(self, kind: str, rows: pl.DataFrame) -> None:
        number = pl.col("external_user_id").str.extract(r"-(\d+)$").cast(pl.Int64)
        good = rows.select("id", "time", "external_user_id", number=number).filter(
            pl.col("id").is_not_null() & pl.col("time").is_not_null() & pl.col("number").is_not_null()
        )
        # Who is suppressed is so under each of the person's ids.
        owner = pl.when(pl.col("number") % _MERGED == 1).then(pl.col("number") - 1).otherwise(pl.col("number"))
        twin = pl.when(owner % _MERGED == 0).then(owner + 1).otherwise(owner)
        good = good.filter((owner % _SUPPRESSED != 0) & (twin % _SUPPRESSED != 0))
        user = pl.format("{}user-{}", pl.lit(self.mark), owner)
        self.expected.append(good.select(pl.lit(kind).alias("event_type"), "id", user.alias("user_id")))

    def messages(self, workspace: str) -> dict[str, str]:
        """messageId → user_id of everything that Segment must have."""
        rows = pl.concat(self.expected).iter_rows()
        return {message_id(workspace, kind, event_id): user for kind, event_id, user in rows}

    def _key(self, kind: str, hours_ago: float, name: str, form: str) -> str:
        place = f"currents/{INTEGRATION}/event_type={kind}/date={hour(hours_ago)}"
        version = "3" if form == "avro" and name.isdigit() and int(name) % 3 == 0 else "version=6"
        return f"{place}/{version}/us-01/{INTEGRATION}+0+{name}.{form}"


def run_forward(folder: str, timeout: float, death: Death | None) -> None:
    """`recon forward` in `folder`, for a process of its own that begins with everything imported. After `timeout`
    seconds it takes a silent Segment for lost.
    """
    assert TrackingClient.__init__.__kwdefaults__
    TrackingClient.__init__.__kwdefaults__["read_timeout"] = timeout
    if death:
        die(death)
    os.chdir(folder)
    sys.argv = ["recon", "forward", "-q", "--no-progress"]
    main()


def parquet(frame: pl.DataFrame) -> bytes:
    """A frame as a Parquet file."""
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()
