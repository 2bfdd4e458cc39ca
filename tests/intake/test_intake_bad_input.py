"""Bad input, as a user meets it: a clear text, the contract's exit code, nothing sent, nothing lost."""

from __future__ import annotations

import gzip
import json
from typing import Any

import duckdb
import pytest
from shop_world import NARROW_KEY, TABLES, Done, Shop, write_rows


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Two people who miss their city; Braze's side is an archive in a folder."""
    shop.add("ann", {"city": "Bern", "email": "ann@example.com", "phone": "+41791234567"}, {}, {"home_city": "Basel"})
    shop.add("bob", {"city": "Bern"}, {}, {"home_city": "Basel"})
    shop.write_export()
    return shop.write()


def refused(shop: Shop, code: int, *words: str, args: tuple[str, ...] = ("run", "--apply")) -> Done:
    """Runs recon, which must end with `code`, say each of `words` and what to do next, and send nothing."""
    done = shop.recon(*args)
    assert done.code == code, done.said
    for word in (*words, "error:", "next:"):
        assert word in done.err, f"{word!r} is not in {done.err!r}"
    assert "Traceback" not in done.err
    assert done.out == ""
    assert shop.tracks() == []
    return done


def quarantine(shop: Shop) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(shop.run / "work.duckdb"), read_only=True) as con:
        return con.execute("SELECT source, file, line, reason FROM quarantine ORDER BY ALL").fetchall()


# -- configuration and keys


def test_no_configuration(shop: Shop) -> None:
    (shop.folder / "recon.yml").unlink()
    refused(shop, 2, "there is no recon.yml", "recon init")


def test_unknown_key(shop: Shop) -> None:
    shop.configure(lambda config: config["policy"].update(quiet_perod="6h"))
    refused(shop, 2, "recon.yml:", "quiet_perod", "quiet_period")


def test_missing_variable(shop: Shop) -> None:
    del shop.variables["BRAZE_READ_KEY"]
    shop.configure()
    refused(shop, 2, "BRAZE_READ_KEY", "recon.yml:")
    assert not (shop.folder / ".recon").exists()


@pytest.mark.parametrize(
    ("variable", "setting"), [("BRAZE_READ_KEY", "braze.read_key"), ("BRAZE_WRITE_KEY", "braze.write_key")]
)
def test_wrong_key_is_named_by_its_setting_and_never_shown(shop: Shop, variable: str, setting: str) -> None:
    shop.variables[variable] = "badc0ffee-0000-4000-8000-00000000beef"
    shop.configure()
    done = refused_late(shop, 6, setting, "401") if "WRITE" in variable else refused(shop, 6, setting, "401")
    assert "badc0ffee" not in done.said + json.dumps(shop.run_document)


def refused_late(shop: Shop, code: int, *words: str) -> Done:
    """As `refused`, for what only shows when the first request is sent: nothing of it was taken."""
    before = shop.store()
    done = shop.recon("run", "--apply")
    assert done.code == code, done.said
    for word in (*words, "error:", "next:"):
        assert word in done.err
    assert shop.store() == before
    assert set(shop.states().values()) == {"planned"}
    return done


def test_missing_permission_is_named(shop: Shop) -> None:
    shop.variables["BRAZE_WRITE_KEY"] = NARROW_KEY
    shop.configure()
    refused_late(shop, 6, "braze.write_key", "users.track", "403")


def test_missing_permission_to_export_is_named(shop: Shop) -> None:
    shop.variables["BRAZE_READ_KEY"] = NARROW_KEY
    shop.configure(lambda config: config["braze"].update(export={"segment_id": "5a9a4a3c-1111-4000-8000-000000000001"}))
    refused(shop, 6, "braze.read_key", "users.export.segment", "403")


def test_unknown_segment(shop: Shop) -> None:
    shop.configure(lambda config: config["braze"].update(export={"segment_id": "5a9a4a3c-9999-4000-8000-000000000009"}))
    refused(shop, 6, "segment")


def test_unreachable_host(shop: Shop) -> None:
    shop.variables["SANDBOX_URL"] = "http://127.0.0.1:1"
    shop.configure()
    refused(shop, 6, "127.0.0.1:1", "braze.url", "refused")
    assert shop.run_document["exit_code"] == 6
    assert shop.run_document["error"]


# -- Segment's tables


@pytest.mark.parametrize("name", ["user_traits", "user_identifiers", "profile_merges"])
def test_blank_glob(shop: Shop, name: str) -> None:
    shop.configure(lambda config: config["segment"]["profiles"].update({name: "nowhere/*.parquet"}))
    refused(shop, 2, f"segment.profiles.{name}", "nowhere/*.parquet")


def test_blank_glob_of_the_export(shop: Shop) -> None:
    shop.configure(lambda config: config["braze"].update(export={"files": "nowhere/*.zip"}))
    refused(shop, 2, "braze.export.files", "nowhere/*.zip")


@pytest.mark.parametrize(
    ("table", "column", "form"),
    [
        ("user_traits", "value", "parquet"),
        ("user_traits", "seq", "csv"),
        ("user_traits", "canonical_segment_id", "ndjson"),
        ("user_identifiers", "type", "csv"),
        ("profile_merges", "segment_id", "parquet"),
    ],
)
def test_missing_column_names_file_and_column(shop: Shop, table: str, column: str, form: str) -> None:
    shop.tables["profile_merges"].append(
        {"canonical_segment_id": "a", "segment_id": "b", "seq": None, "timestamp": None}
    )
    path = shop.write_table(table, form, "part-7")
    columns = tuple(name for name in TABLES[table] if name != column)
    write_rows(path, columns, shop.tables[table])
    shop.configure()
    refused(shop, 3, f"part-7.{form}", f"no column {column}", table)


def test_half_written_parquet(shop: Shop) -> None:
    path = shop.write_table("user_traits")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    refused(shop, 3, "part-0.parquet", "no whole Parquet file")


@pytest.mark.parametrize("form", ["csv.gz", "ndjson.gz"])
def test_gzip_cut_off_in_the_middle(shop: Shop, form: str) -> None:
    path = shop.write_table("user_traits", form)
    shop.configure()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    refused(shop, 3, f"part-0.{form}", "cut off")


@pytest.mark.parametrize("form", ["parquet", "csv", "ndjson"])
def test_empty_table_of_traits(shop: Shop, form: str) -> None:
    shop.tables["user_traits"].clear()
    shop.write_table("user_traits", form)
    shop.configure()
    refused(shop, 3, "user_traits")


def test_an_empty_table_of_merges_is_fine(shop: Shop) -> None:
    assert shop.tables["profile_merges"] == []
    assert shop.recon("run").code == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken", "not JSON"),
        (b'{"canonical_segment_id": "use_x", "name": "city", "value": "B\xff"}', "not UTF-8"),
        (b'["an", "array"]', "not a JSON object"),
    ],
)
def test_a_bad_line_of_ndjson_is_put_aside_and_the_rest_goes_on(shop: Shop, line: bytes, reason: str) -> None:
    path = shop.write_table("user_traits", "ndjson")
    shop.configure()
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:2], line, *lines[2:]]) + b"\n")
    assert shop.recon("run").code == 0
    [(source, file, number, why)] = quarantine(shop)
    assert (source, file, number) == ("user_traits", "part-0.ndjson", 3)
    assert reason in why
    assert {row[0] for row in shop.drift()} == {f"{shop.mark}_ann", f"{shop.mark}_bob"}


@pytest.mark.parametrize(
    "line",
    [b'"use_x","city","B\xffrn","1","","",""', b'"use_x","city"', b'"use_x","city","Bern","1","","","","","x"'],
    ids=["bytes", "short", "long"],
)
def test_a_bad_line_of_csv_is_put_aside_and_the_rest_goes_on(shop: Shop, line: bytes) -> None:
    path = shop.write_table("user_traits", "csv")
    shop.configure()
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:2], line, *lines[2:]]) + b"\n")
    assert shop.recon("run").code == 0
    assert [row[:3] for row in quarantine(shop)] == [("user_traits", "part-0.csv", 3)]
    assert {row[0] for row in shop.drift()} == {f"{shop.mark}_ann", f"{shop.mark}_bob"}


def test_each_bad_line_is_listed_once_under_its_own_file(shop: Shop) -> None:
    for file, table in (("part-0", "user_traits"), ("part-1", "user_traits"), ("part-0", "user_identifiers")):
        path = shop.write_table(table, "csv", file)
        path.write_bytes(path.read_bytes() + b'"short"\n')
    shop.configure()
    assert shop.recon("run").code == 0
    last = len(shop.tables["user_traits"]) + 2
    assert [row[:3] for row in quarantine(shop)] == [
        ("user_identifiers", "part-0.csv", len(shop.tables["user_identifiers"]) + 2),
        ("user_traits", "part-0.csv", last),
        ("user_traits", "part-1.csv", last),
    ]


def test_what_was_put_aside_is_told(shop: Shop) -> None:
    shop.write_export(lines=[b"secret@example.com +41791234567", *shop.lines()])
    shop.configure()
    done = shop.recon("run", "--json")
    assert done.document["load"]["quarantined"] == 1
    assert "1 lines could not be read" in shop.recon("load").out
    page = (shop.run / "report.html").read_text()
    assert "not JSON" in page
    assert "secret@example.com" not in page


# -- Braze's export


def test_archive_cut_off_in_the_middle(shop: Shop) -> None:
    path = shop.write_export()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    refused(shop, 3, "export.zip", "cut off")


def test_archive_damaged_inside(shop: Shop) -> None:
    path = shop.write_export()
    whole = bytearray(path.read_bytes())
    whole[60:70] = bytes(10)
    path.write_bytes(bytes(whole))
    refused(shop, 3, "export.zip", "damaged")


def test_gz_archive_cut_off(shop: Shop) -> None:
    folder = shop.folder / "exports"
    whole = gzip.compress(b"\n".join(shop.lines()))
    (folder / "part.gz").write_bytes(whole[: len(whole) // 2])
    shop.configure(lambda config: config["braze"].update(export={"files": "exports/*.gz"}))
    refused(shop, 3, "part.gz", "cut off")


def test_gz_archive_is_read(shop: Shop) -> None:
    (shop.folder / "exports" / "part.gz").write_bytes(gzip.compress(b"\n".join(shop.lines())))
    shop.configure(lambda config: config["braze"].update(export={"files": "exports/*.gz"}))
    assert shop.recon("run").code == 0
    assert len(shop.drift()) == 4


def test_empty_export(shop: Shop) -> None:
    shop.write_export(lines=[])
    refused(shop, 3, "the Braze export is empty")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"<html>503</html>", "not JSON"),
        (b'{"external_id": "x", "home_city": "B\xff"}', "not UTF-8"),
        (b'["x"]', "not a JSON object"),
        (b'{"external_id": "x", "external_id": "y"}', "twice"),
        (b'{"home_city": "Bern"}', "without braze_id"),
        (b'{"external_id": "x", "custom_attributes": [1]}', "custom_attributes"),
    ],
)
def test_a_bad_line_of_the_export_is_put_aside_and_the_rest_goes_on(shop: Shop, line: bytes, reason: str) -> None:
    shop.write_export(lines=[shop.lines()[0], line, shop.lines()[1]])
    assert shop.recon("run").code == 0
    [(source, file, number, why)] = quarantine(shop)
    assert (source, file, number) == ("braze_export", "export.zip/00001.txt", 2)
    assert reason in why
    assert {row[0] for row in shop.drift()} == {f"{shop.mark}_ann", f"{shop.mark}_bob"}


def test_a_profile_without_external_id_is_counted_and_left_alone(shop: Shop) -> None:
    extra = {"braze_id": "0" * 24, "created_at": "2024-01-01T00:00:00.000Z", "user_aliases": [], "home_city": "Basel"}
    shop.write_export(lines=[*shop.lines(), json.dumps(extra).encode()])
    done = shop.recon("run", "--json")
    assert done.document["drift"]["profiles"] == {
        "segment": 2,
        "braze": 3,
        "matched": 2,
        "missing_in_braze": 0,
        "only_in_braze": 1,
    }
    assert len(shop.drift()) == 4


def test_a_user_who_stands_twice_in_the_export_is_one_profile(shop: Shop) -> None:
    shop.write_export(lines=[*shop.lines(), shop.lines()[0]])
    done = shop.recon("run", "--json")
    assert done.document["load"]["duplicates_in_export"] == 1
    assert done.document["drift"]["profiles"]["braze"] == 2
    assert len(shop.drift()) == 4


def test_of_two_profiles_under_one_id_the_newer_counts(shop: Shop) -> None:
    newer = json.loads(shop.lines()[1]) | {
        "braze_id": "f" * 24,
        "created_at": "2025-01-01T00:00:00.000Z",
        "home_city": "Bern",
    }
    shop.write_export(lines=[json.dumps(newer).encode(), *shop.lines()])
    assert shop.recon("run").code == 0
    assert f"{shop.mark}_bob" not in {row[0] for row in shop.drift()}


def test_of_several_exports_only_the_newest_is_read(shop: Shop) -> None:
    stale = [line.replace(b"Basel", b"Bern") for line in shop.lines()]
    for day, seconds, lines in (("2026-01-02", 1767312000, stale), ("2026-01-03", 1767398400, shop.lines())):
        folder = f"seg/{day}/0b1c2d3e-0000-4000-8000-000000000000-{seconds}"
        (shop.folder / "exports" / folder).mkdir(parents=True)
        shop.write_export(f"{folder}/random.zip", lines)
    shop.configure(lambda config: config["braze"].update(export={"files": "exports/seg/*/*/*.zip"}))
    assert shop.recon("run").code == 0
    assert len(shop.drift()) == 4
    about = json.loads((shop.run / "raw" / "manifest.json").read_text())["export"]
    assert about["object_prefix"].endswith("1767398400")
    assert [name.endswith("1767312000") for name in about["left_out"]] == [True]


def test_a_failed_run_says_why_in_status_and_the_next_one_is_free(shop: Shop) -> None:
    whole = shop.write_export().read_bytes()
    (shop.folder / "exports" / "export.zip").write_bytes(whole[:50])
    assert shop.recon("run").code == 3
    said = shop.recon("status").out
    assert "export.zip" in said
    assert "recon pull" in said
    shop.write_export()
    assert shop.recon("run").code == 0


def test_parquet_damaged_inside_is_named_by_the_users_own_file(shop: Shop) -> None:
    path = shop.write_table("user_traits")
    shop.configure()
    data = bytearray(path.read_bytes())
    data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
    path.write_bytes(data)
    done = refused(shop, 3, "user_traits")
    assert "cannot be read" in done.err or "no whole Parquet" in done.err
