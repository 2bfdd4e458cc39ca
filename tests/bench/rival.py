"""datacompy on polars against the two wide sides of a finished run, in an environment of its own: it caps polars.

    python -m venv rival && rival/bin/pip install datacompy polars pyarrow duckdb
    rival/bin/python tests/bench/rival.py RUN_FOLDER

Both sides are what recon compares: desired values, and Braze's, all as text. Prints CPU seconds and peak memory.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb


def _write_sides(run: Path, folder: str) -> None:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{run / 'work.duckdb'}' AS night (READ_ONLY)")
        columns = ", ".join(f"a{n}" for (n,) in con.sql("SELECT number FROM night.cell ORDER BY number").fetchall())
        matched = "external_id IN (SELECT external_id FROM night.desired)"
        con.execute(f"COPY (SELECT external_id, {columns} FROM night.desired) TO '{folder}/desired.parquet'")
        con.execute(
            f"COPY (SELECT external_id, {columns} FROM night.actual WHERE {matched}) TO '{folder}/actual.parquet'"
        )


def main() -> None:
    """Writes both sides, then compares them in a process that does nothing else."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder:
        if len(sys.argv) == 2:
            import subprocess

            _write_sides(Path(sys.argv[1]), folder)
            subprocess.run([sys.executable, __file__, folder, "compare"], check=True)
            return
    import datacompy
    import polars as pl

    began = time.monotonic()
    sides = [pl.read_parquet(f"{sys.argv[1]}/{side}.parquet") for side in ("desired", "actual")]
    compared = datacompy.PolarsCompare(*sides, join_columns="external_id")
    differing = sum(column["unequal_cnt"] for column in compared.column_stats)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"datacompy {datacompy.__version__}, polars {pl.__version__}: {differing:,} cells differ as text; "
        f"{time.monotonic() - began:.1f} s, {used.ru_utime + used.ru_stime:.1f} CPU s, {used.ru_maxrss >> 10:,} MB"
    )


if __name__ == "__main__":
    main()
