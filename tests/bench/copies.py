"""A world of files, several times over: the quick way to a base that is too large to seed.

    python tests/bench/copies.py WORLD FOLDER --times 10

WORLD is what files_world.py wrote. Every copy has ids, aliases, e-mail addresses and phone numbers of its own, changed
on both sides alike, so recon must find in FOLDER exactly what it finds in WORLD, so many times.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import zipfile
from pathlib import Path

import duckdb

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


def _copy(con: duckdb.DuckDBPyConnection, world: Path, to: Path, lines: Path, number: int) -> None:
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
    line = "line"
    for pattern, into in (
        ('"(external_id|braze_id|appboy_id|alias_name)":"([^"]*)"', rf'"\1":"\2{mark}"'),
        ('"email":"([^"@]*)@', rf'"email":"\1@c{number}.'),
    ):
        line = f"regexp_replace({line}, '{pattern}', '{into}', 'g')"
    phone = 'regexp_extract(line, \'"phone":"([^"]*)"\', 1)'
    other = f"translate({phone}, '{_DIGITS}', '{_turned(number)}')"
    line = f"""CASE WHEN {phone} = '' THEN {line} ELSE replace(
        {line}, concat('"phone":"', {phone}, '"'), concat('"phone":"', {other}, '"')
    ) END"""
    plain = "QUOTE '', ESCAPE '', HEADER FALSE, DELIMITER '\x01'"
    con.execute(
        f"""COPY (
            SELECT {line} FROM read_csv('{lines}', columns = {{'line': 'VARCHAR'}}, header = FALSE, delim = '\x01',
                quote = '', escape = '', max_line_size = 67108864)
        ) TO '{to}/braze/copy-{number}.gz' (FORMAT csv, COMPRESSION gzip, {plain})"""
    )


def make(world: Path, to: Path, times: int) -> None:
    """Writes `times` copies of `world` into `to`; truth.json has the counts of all."""
    for name in ("user_traits", "user_identifiers", "profile_merges"):
        (to / "segment" / name).mkdir(parents=True)
    (to / "braze").mkdir()
    for name in ("sandbox.json", "braze.sqlite", ".env"):
        shutil.copy(world / name, to / name)
    (to / "recon.yml").write_text((world / "recon.yml").read_text().replace("braze/*.zip", "braze/*.gz"))
    lines = to / "lines.ndjson"
    with zipfile.ZipFile(world / "braze" / "export.zip") as archive, lines.open("wb") as out:
        for name in archive.namelist():
            out.write(archive.read(name))
    with duckdb.connect() as con:
        con.execute("SET preserve_insertion_order = FALSE")
        con.execute("SET memory_limit = '2GB'")
        for number in range(times):
            _copy(con, world, to, lines, number)
        con.execute(
            f"""COPY (
                SELECT concat(user_id, '-c', n) AS user_id, suppressed_at
                FROM read_csv('{world}/segment/suppressions.csv', all_varchar = TRUE), range({times}) AS copies (n)
            ) TO '{to}/segment/suppressions.csv' (FORMAT csv, HEADER TRUE)"""
        )
    lines.unlink()

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
