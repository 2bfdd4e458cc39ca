"""The same input makes the same plan, byte by byte; the same correction has the same id on every night."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import polars as pl
from shop_world import COMMAND, TABLES, Shop
from town_world import Town

FILES = ("plan.json", "corrections.parquet")


def plan_of(folder: Path, processors: set[int]) -> list[bytes]:
    """A night in `folder` on these processors, which is how many threads DuckDB takes."""
    done = subprocess.run(
        [COMMAND, "run", "--no-progress"],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, processors),
    )
    assert done.returncode == 0, done.stderr
    run = max((folder / ".recon" / "runs").iterdir())
    return [(run / "plan" / name).read_bytes() for name in FILES]


def test_neither_folder_nor_threads_nor_the_order_of_files_and_rows_changes_a_byte(town: Town, tmp_path: Path) -> None:
    town.config["identity"]["merge"] = "auto"
    for number in range(12):
        who = town.add(f"p{number:02}", {"city": "Bern", "tags": f'["a","b{number}"]'}, {"loyalty_points": number})
        if number % 5 == 0:
            town.twin(f"p{number:02}_b", f"p{number:02}")
        if number % 4 == 0:
            town.opted_out(who, "email_consent", "digest")
        if number % 3 == 0:
            town.identifier(f"use_{town.mark}_p{number:02}", f"{town.mark}-{number}", "anonymous_id")
    for name in TABLES:
        town.write_table(name)
    town.write_export()
    town.write()
    other = tmp_path / "elsewhere" / "deep"
    shutil.copytree(town.folder, other)
    processors = os.sched_getaffinity(0)
    first = plan_of(town.folder, processors)

    shuffled = random.Random(7)
    town.folder = other
    for name in TABLES:
        (other / "segment" / name / "part-0.parquet").unlink()
        rows = town.tables[name]
        shuffled.shuffle(rows)
        for place, part in enumerate((rows[::3], rows[1::3], rows[2::3])):
            town.tables[name] = part
            town.write_table(name, file=f"part-{3 - place}")
    lines = town.lines()
    shuffled.shuffle(lines)
    town.write_export(lines=lines)
    assert plan_of(other, {min(processors)}) == first
    [run] = (other / ".recon" / "runs").iterdir()
    assert set(pl.read_parquet(run / "plan" / FILES[1])["class"]) == {"alias", "attribute", "merge", "unsubscribe"}


def test_a_correction_keeps_its_id_while_others_come_and_go(shop: Shop) -> None:
    def ids() -> dict[tuple[str, str], str]:
        rows = pl.read_parquet(shop.run / "plan" / "corrections.parquet")
        return dict(zip(rows.select("external_id", "field").rows(), rows["correction_id"], strict=True))

    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.add("bob", {"city": "Bern", "points": "7"}, {"loyalty_points": 7})
    shop.write()
    shop.recon("run")
    first = ids()
    shop.tables["user_traits"][0]["value"] = "Zug"  # another correction of ann's city
    shop.add("cid", {"city": "Bern"})
    shop.exported = shop.exported[-1:]
    shop.write()
    shop.recon("run")
    second = ids()
    changed = (f"{shop.mark}_ann", "home_city")
    assert second.pop(changed) != first.pop(changed)
    assert {key: second[key] for key in first} == first
    assert len(set(second.values())) == len(second) == 2
