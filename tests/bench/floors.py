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
    archive = next((run / "raw" / "braze").glob("**/*.zip"))
    with zipfile.ZipFile(archive) as zipped:
        names = zipped.namelist()
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(parse, [str(archive)] * 2, [names[::2], names[1::2]]))


def drift(run: Path) -> dict[str, float]:
    """Desired: one pass over the narrow traits into one row per profile, in a table. Attributes: two wide tables joined
    where any text differs, the cells that differ told one by one. The second is given both sides ready to compare: what
    Braze holds is, but for the drifted cells, written as Segment's is."""
    with tempfile.TemporaryDirectory(dir=run) as folder, duckdb.connect(f"{folder}/floor.duckdb") as con:
        con.execute(f"ATTACH '{run / 'work.duckdb'}' AS night (READ_ONLY)")
        traits = run / "raw" / "segment" / "user_traits"
        rows = f"read_parquet('{traits}/*.parquet')"
        names = [row[0] for row in con.sql(f"SELECT DISTINCT name FROM {rows}").fetchall()]
        firsts = ", ".join(f"first(value) FILTER (WHERE name = '{name}')" for name in names)
        desired = cpu_seconds(
            lambda: con.execute(f"CREATE TABLE wide AS SELECT canonical_segment_id, {firsts} FROM {rows} GROUP BY 1")
        )
        con.execute("DROP TABLE wide")
        cells = con.sql("SELECT attribute, number FROM night.cell").fetchall()
        con.execute(
            "CREATE TEMP TABLE held AS SELECT desired.external_id, "
            + ", ".join(f"desired.a{n}, max(actual) FILTER (attribute = '{name}') AS b{n}" for name, n in cells)
            + ", list(attribute) AS drifted FROM night.desired LEFT JOIN night.attribute_drift USING (external_id) "
            "GROUP BY ALL"
        )
        sides = {
            "one": ", ".join(f"a{n}" for _, n in cells),
            "other": ", ".join(
                f"CASE WHEN list_contains(drifted, '{name}') THEN b{n} ELSE a{n} END AS a{n}" for name, n in cells
            ),
        }
        for side, columns in sides.items():
            con.execute(f"CREATE TEMP TABLE {side} AS SELECT external_id, {columns} FROM held")
        con.execute("DROP TABLE held")
        differs = " OR ".join(f"one.a{n} IS DISTINCT FROM other.a{n}" for _, n in cells)
        told = ", ".join(
            f"CASE WHEN one.a{n} IS DISTINCT FROM other.a{n} "
            f"THEN {{'cell': {n}, 'one': one.a{n}, 'other': other.a{n}}} END"
            for _, n in cells
        )
        attributes = cpu_seconds(
            lambda: con.execute(
                "CREATE TEMP TABLE found AS SELECT external_id, unnest(list_filter(cells, lambda c: c IS NOT NULL)) "
                f"FROM (SELECT external_id, [{told}] AS cells FROM one JOIN other USING (external_id) WHERE {differs})"
            )
        )
    return {"desired": round(desired, 2), "attributes": round(attributes, 2), "drift": round(desired + attributes, 2)}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    print(json.dumps({"load": round(cpu_seconds(lambda: load(folder)), 2), **drift(folder)}))
