"""A world of files, several times over: the quick way to a base that is too large to seed.

    python tests/bench/copies.py WORLD FOLDER --times 10

WORLD is what files_world.py wrote. Every copy has ids, aliases, e-mail addresses and phone numbers of its own, changed
on both sides alike, so recon must find in FOLDER exactly what it finds in WORLD, so many times.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import shutil
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import orjson
import polars as pl
from files_world import GROUP_STATES

# Ten digits become others; 0 and 1 stay, for they have a meaning at the beginning.
_DIGITS = "23456789"


def _turned(number: int) -> str:
    """Other digits for those of _DIGITS, different ones for every copy."""
    return "".join(random.Random(number).sample(_DIGITS, len(_DIGITS)))


def _value(number: int, kind: str) -> str:
    """The value of a row of `kind`: what names a person is changed, all else stays."""
    mark = f"-c{number}"
    return f"""CASE {kind}
        WHEN 'email' THEN replace(value, '@', '@c{number}.')
        WHEN 'phone' THEN translate(value, '{_DIGITS}', '{_turned(number)}')
        WHEN 'user_id' THEN concat(value, '{mark}')
        WHEN 'anonymous_id' THEN concat(value, '{mark}')
        ELSE value
    END"""


def _segment(con: duckdb.DuckDBPyConnection, world: Path, to: Path, number: int) -> None:
    mark = f"-c{number}"
    ids = f"concat(canonical_segment_id, '{mark}') AS canonical_segment_id"
    for table, changed in (
        ("user_traits", f"{ids}, {_value(number, 'name')} AS value"),
        ("user_identifiers", f"{ids}, {_value(number, 'type')} AS value"),
        ("profile_merges", f"{ids}, concat(segment_id, '{mark}') AS segment_id"),
    ):
        con.execute(
            f"COPY (SELECT * REPLACE ({changed}) FROM read_parquet('{world}/segment/{table}/*.parquet')) "
            f"TO '{to}/segment/{table}/copy-{number}.parquet' (FORMAT parquet)"
        )


class _Braze:
    """Changes what Braze says, with the digits and the mark of one copy."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._mark = f"-c{number}"
        self._digits = str.maketrans(_DIGITS, _turned(number))

    def address(self, value: str) -> str:
        """An e-mail address or a phone number."""
        return value.replace("@", f"@c{self._number}.") if "@" in value else value.translate(self._digits)

    def _change(self, record: dict[str, Any], ids: tuple[str, ...], addresses: tuple[str, ...]) -> None:
        for name in ids:
            if record.get(name) is not None:
                record[name] += self._mark
        for name in addresses:
            if isinstance(record.get(name), str):
                record[name] = self.address(record[name])

    def user(self, line: bytes) -> bytes:
        """One line of an export."""
        user = orjson.loads(line)
        self._change(user, ("external_id", "braze_id", "appboy_id"), ("email", "phone"))
        for alias in user.get("user_aliases") or ():
            alias["alias_name"] += self._mark
        return orjson.dumps(user) + b"\n"

    def export(self, world: Path, to: Path) -> None:
        """The archive, member by member."""
        with (
            zipfile.ZipFile(world / "braze" / "export.zip") as archive,
            zipfile.ZipFile(
                to / "braze" / f"copy-{self._number}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1
            ) as out,
        ):
            for name in archive.namelist():
                out.writestr(name, b"".join(map(self.user, archive.read(name).splitlines())))

    def group_states(self, world: Path, to: Path) -> None:
        """What Braze tells of subscription groups; every copy adds to one file."""
        with (world / GROUP_STATES).open("rb") as told, (to / GROUP_STATES).open("ab") as out:
            for line in told:
                out.write(line.replace(b'","group_id"', f'{self._mark}","group_id"'.encode(), 1))

    def currents(self, world: Path, to: Path) -> None:
        """Currents' files. One that cannot be read stays as it is."""
        for file in (world / "currents").rglob("*.avro"):
            copy = to / file.relative_to(world).with_stem(f"{file.stem}-{self._number}")
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                events = pl.read_avro(file)
            except pl.exceptions.PolarsError:
                shutil.copy(file, copy)
                continue
            addresses = {"email_address", "phone_number", "channel_identifier"} & set(events.columns)
            events.with_columns(
                pl.col("external_user_id") + self._mark,
                *(pl.col(name).map_elements(self.address, pl.String) for name in addresses),
            ).write_avro(copy)


def _copy(world: Path, to: Path, number: int) -> None:
    with duckdb.connect() as con:
        con.execute("SET preserve_insertion_order = FALSE")
        con.execute("SET memory_limit = '1GB'")
        con.execute("SET threads = 1")
        _segment(con, world, to, number)
    braze = _Braze(number)
    braze.currents(world, to)
    braze.export(world, to)


def make(world: Path, to: Path, times: int) -> None:
    """Writes `times` copies of `world` into `to`; truth.json has the counts of all."""
    for name in ("user_traits", "user_identifiers", "profile_merges"):
        (to / "segment" / name).mkdir(parents=True)
    (to / "braze").mkdir()
    for name in ("sandbox.json", "braze.sqlite", ".env", "recon.yml"):
        shutil.copy(world / name, to / name)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for done in [pool.submit(_copy, world, to, number) for number in range(times)]:
            done.result()
    for number in range(times):
        _Braze(number).group_states(world, to)
    with duckdb.connect() as con:
        con.execute(
            f"""COPY (
                SELECT concat(user_id, '-c', n) AS user_id, suppressed_at
                FROM read_csv('{world}/segment/suppressions.csv', all_varchar = TRUE), range({times}) AS copies (n)
            ) TO '{to}/segment/suppressions.csv' (FORMAT csv, HEADER TRUE)"""
        )

    def multiplied(value: object) -> object:
        if isinstance(value, dict):
            return {key: multiplied(each) for key, each in value.items()}
        return value * times if isinstance(value, int) else None

    truth = json.loads((world / "truth.json").read_text())
    (to / "truth.json").write_text(json.dumps({**multiplied(truth), "version": 1}, indent=2) + "\n")  # type: ignore[dict-item]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=10)
    asked = parser.parse_args()
    make(asked.world.resolve(), asked.folder.resolve(), asked.times)
