"""The floors of a night's steps: the bare minimum by hand, on the files of a finished run, in CPU seconds as JSON.

python tests/bench/floors.py RUN_FOLDER
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import duckdb
import orjson


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of `work`, its child processes included."""

    def used() -> float:
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    before = used()
    work()
    return used() - before


def parse(archive: str, names: list[str]) -> int:
    """Inflates members of an archive and parses every line."""
    lines = 0
    with zipfile.ZipFile(archive) as zipped:
        for name in names:
            with zipped.open(name) as member:
                for line in member:
                    orjson.loads(line)
                    lines += 1
    return lines


def load(run: Path) -> None:
    """Load: inflate and orjson, line by line, in two processes."""
    archive = next((run / "raw" / "braze").glob("*.zip"))
    with zipfile.ZipFile(archive) as zipped:
        names = zipped.namelist()
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(parse, [str(archive)] * 2, [names[::2], names[1::2]]))


def drift(run: Path) -> None:
    """Drift: one-pass pivot of the narrow traits, then the two wide sides joined where any text differs."""
    with tempfile.TemporaryDirectory(dir=run) as folder, duckdb.connect(f"{folder}/floor.duckdb") as con:
        con.execute(f"ATTACH '{run / 'work.duckdb'}' AS night (READ_ONLY)")
        traits = run / "raw" / "segment" / "user_traits"
        rows = f"read_parquet('{traits}/*.parquet')"
        names = [row[0] for row in con.sql(f"SELECT DISTINCT name FROM {rows}").fetchall()]
        firsts = ", ".join(f"first(value) FILTER (WHERE name = '{name}')" for name in names)
        con.execute(f"CREATE TEMP TABLE wide AS SELECT canonical_segment_id, {firsts} FROM {rows} GROUP BY 1")
        columns = [row[0] for row in con.sql("DESCRIBE night.desired").fetchall() if row[0].startswith("a")]
        differs = " OR ".join(f"desired.{column} <> actual.{column}" for column in columns)
        con.execute(
            "CREATE TEMP TABLE differing AS SELECT desired.*, actual.* FROM night.desired AS desired "
            f"JOIN night.actual AS actual ON desired.external_id = actual.external_id WHERE {differs}"
        )


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    print(json.dumps({step.__name__: round(cpu_seconds(lambda step=step: step(folder)), 2) for step in (load, drift)}))
