"""What a seeded folder holds, and that the same seed makes the same world."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from ruamel.yaml import YAML

from recon.config.loading import load
from recon.errors import UsageError
from recon.sandbox.seed import Truth, attributes, seed
from recon.sandbox.seed.currents import GLOBAL, GROUP
from recon.sandbox.seed.traps import TRAPS
from recon.sandbox.settings import Settings
from recon.sandbox.store import Store

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TABLES = ("user_traits", "user_identifiers", "profile_merges")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    seed(folder, profiles=2_000, now=NOW)
    return folder


@pytest.fixture(scope="module")
def tables(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Segment's tables without the trap people, the truth, and Braze's profiles as the JSON column of `braze`."""
    with duckdb.connect() as con:
        for table in TABLES:
            con.execute(f"create view {table} as from read_parquet('{folder}/segment/{table}/part-*.parquet')")
        con.execute(f"create view truth as from read_parquet('{folder}/truth/attribute.parquet')")
        con.execute(
            f"create view duplicates as from read_parquet('{folder}/truth/duplicate.parquet') where keep like 'u_%'"
        )
        consents = f"read_parquet('{folder}/truth/subscription.parquet')"
        con.execute(f"create view consents as from {consents} where external_id not like 'trap_%'")
        with Store(folder / "braze.sqlite") as store:
            documents = [doc.decode() for page in store.pages(5_000) for _, doc in page if b"trap_" not in doc]
        con.execute("create table braze as select unnest($1)::json as doc", [documents])
        yield con


def everything(folder: Path) -> dict[str, Any]:
    """All that a world holds, with Braze's profiles in their order."""
    with Store(folder / "braze.sqlite") as store:
        held: dict[str, Any] = {"braze": [doc for page in store.pages(5_000) for _, doc in page]}
    files = [p for p in folder.rglob("*") if p.is_file() and ".sqlite" not in p.name]
    return held | {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_the_same_numbers_make_the_same_world(folder: Path, tmp_path: Path) -> None:
    again = seed(tmp_path, profiles=2_000, now=NOW)
    assert again == Truth.load(folder)
    assert everything(tmp_path) == everything(folder)


def test_another_seed_makes_another_world(folder: Path, tmp_path: Path) -> None:
    other = seed(tmp_path, profiles=2_000, seed=8, now=NOW)
    assert other.cells != Truth.load(folder).cells


def test_a_world_is_the_same_in_whatever_buckets_it_is_made(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recon.sandbox.seed.world.BUCKET", 700)
    assert seed(tmp_path, profiles=2_000, now=NOW) == Truth.load(folder)
    assert len(list((tmp_path / "segment" / "user_traits").glob("part-*.parquet"))) == 3


def test_a_folder_is_seeded_anew_without_leftovers(tmp_path: Path) -> None:
    seed(tmp_path, profiles=300, now=NOW)
    (tmp_path / "received.sqlite").touch()
    (tmp_path / "segment" / "user_traits" / "part-00009.parquet").touch()
    seed(tmp_path, profiles=200, now=NOW)
    assert not (tmp_path / "received.sqlite").exists()
    assert not (tmp_path / "segment" / "user_traits" / "part-00009.parquet").exists()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "segment").mkdir()
    (tmp_path / "recon.yml").write_text("version: 1\n")
    with pytest.raises(UsageError, match="holds no sandbox"):
        seed(tmp_path, profiles=10, now=NOW)
    assert (tmp_path / "recon.yml").read_text() == "version: 1\n"


def test_a_world_of_traps_alone_can_be_made(tmp_path: Path) -> None:
    truth = seed(tmp_path, profiles=0, now=NOW)
    assert truth.profiles.segment == sum(not trap.stranger for trap in TRAPS)
    assert truth.attributes.drifted_cells == sum(len(trap.finds) for trap in TRAPS)
    assert sum(truth.subscriptions.values()) == sum(len(trap.consents) for trap in TRAPS)


def test_the_tables_have_exactly_segments_columns(folder: Path) -> None:
    rest = ["seq", "received_at", "uuid_ts", "timestamp"]
    columns = {
        "user_traits": ["canonical_segment_id", "name", "value", *rest],
        "user_identifiers": ["canonical_segment_id", "type", "value", *rest],
        "profile_merges": ["canonical_segment_id", "segment_id", *rest],
    }
    for table in TABLES:
        for file in (folder / "segment" / table).iterdir():
            described = duckdb.execute("describe from read_parquet(?)", [str(file)]).fetchall()
            assert [row[0] for row in described] == columns[table]
            assert {row[0]: row[1] for row in described}.get("value", "VARCHAR") == "VARCHAR"


def test_every_table_is_fresh_enough_for_the_quality_gate(folder: Path) -> None:
    query = "select max(timestamp), max(received_at), max(uuid_ts) from read_parquet(?)"
    for table in TABLES:
        newest = duckdb.execute(query, [f"{folder}/segment/{table}/*.parquet"]).fetchone()
        assert newest is not None
        assert all(NOW - timedelta(hours=30) < at.replace(tzinfo=UTC) <= NOW for at in newest)


def test_every_mapped_attribute_drifts_somewhere(folder: Path) -> None:
    by_attribute = Truth.load(folder).attributes.by_attribute
    assert set(by_attribute) == {attribute.name for attribute in attributes.ATTRIBUTES}
    assert len(by_attribute) == 25


def test_about_two_cells_in_a_hundred_drift(tables: duckdb.DuckDBPyConnection) -> None:
    ((drifted, people),) = tables.execute(
        "select (select count(*) from truth where cause = 'first_seen'), (select count(*) from braze)"
    ).fetchall()
    assert 0.015 < drifted / (people * 21) < 0.03


def test_a_person_has_about_26_trait_rows(tables: duckdb.DuckDBPyConnection) -> None:
    ((rows,),) = tables.execute("select count(*) from user_traits").fetchall()
    assert 25 < rows / 2_000 < 27


NOISE = {
    "a birthday with a time": "from user_traits where name = 'birthday' and value like '%T23:30:00-05:00%'",
    "7.0 in Segment": "from user_traits where name = 'loyalty_points' and value like '%.0'",
    "7.0 in Braze": "from braze where doc->>'$.custom_attributes.loyalty_points' like '%.0'",
    "an instant with an offset": "from user_traits where name = 'signed_up_at' and value like '%+02:00%'",
    "an instant without a zone": "from user_traits where name = 'signed_up_at' and value like '____-__-__ __:__:__'",
    "a list element twice": """from user_traits where name = 'favorite_categories'
        and len(from_json(value, '["VARCHAR"]')) > len(list_distinct(from_json(value, '["VARCHAR"]')))""",
    "a US phone in brackets": "from user_traits where name = 'phone' and value like '%(___) 555-01__%'",
    "a country's name": "from user_traits where name = 'country' and value like '%United%'",
    "a gender word": "from user_traits where name = 'gender' and lower(value) like '%male%'",
    "an e-mail in upper case": "from user_traits where name = 'email' and value <> lower(value)",
    "an untidy plan": "from user_traits where name = 'plan' and value <> lower(trim(value))",
    "quoted text": "from user_traits where name = 'first_name' and value like '\"%\"'",
    "a null as text": "from user_traits where value = 'null'",
    "a null as NULL": "from user_traits where value is null",
    "a null inside an object": "from user_traits where name = 'address' and value like '%\"line2\":null%'",
    "a further key in an object": "from braze where (doc->>'$.custom_attributes.address.verified') = 'true'",
    "object keys in another order": "from braze where doc->>'$.custom_attributes.address' like '{\"country\"%'",
    "traits that nobody maps": "from user_traits where name = 'avatar'",
    "attributes that nobody maps": "from braze where doc->>'$.custom_attributes.Email' is not null",
    "a foreign tax id": """from user_traits t join user_traits c using (canonical_segment_id)
        where t.name = 'eu_tax_id' and c.name = 'country' and c.value in ('US', 'GB', 'ES', 'IT', 'AU')""",
    "rows under a merged-away id": """from user_traits t
        join profile_merges on segment_id = t.canonical_segment_id""",
    "a chain of merges": "from profile_merges a join profile_merges b on a.canonical_segment_id = b.segment_id",
    "a user_id under a merged-away id": """from user_identifiers i join profile_merges
        on segment_id = i.canonical_segment_id where type = 'user_id'""",
    "rows without a time": "from user_traits where timestamp is null",
    "old rows loaded lately": """from user_traits
        where timestamp is null and uuid_ts > timestamp '2026-11-22 03:00:00'""",
    "several user_ids": "from user_identifiers where type = 'user_id' and value like '%_b'",
    "an anonymous person": """from user_identifiers group by canonical_segment_id
        having not bool_or(type = 'user_id') and canonical_segment_id not in (select segment_id from profile_merges)""",
    "an orphan": "from braze where doc->>'$.external_id' like 'legacy_%'",
    "an anonymous Braze profile": """from braze
        where (doc->>'$.external_id') is null and (doc->>'$.user_aliases') = '[]'""",
    "a Braze profile with only an alias": """from braze
        where (doc->>'$.external_id') is null and (doc->>'$.user_aliases[0].alias_label') = 'legacy_crm'""",
    "a settled change of the last hours": """from user_traits where timestamp > timestamp '2026-11-23 22:00:00'
        and name = 'order_count'""",
    "twins in Braze": "from duplicates where kind = 'merge'",
    "an older id that never got there": "from duplicates where kind = 'rename'",
    "an alias that is not there": "from duplicates where kind = 'alias'",
    "an alias with a profile of its own": "from duplicates where kind = 'identify'",
    "a mailbox of two people": "from duplicates where kind = 'suspected'",
    "an opt-out of several spellings": """from user_traits where name = 'email_consent'
        and lower(trim(trim(value, '"'))) = 'unsubscribed' and value <> 'unsubscribed'""",
    "consent without a time": "from user_traits where name like '%_optin' and value is not null and timestamp is null",
    "consent within the quiet period": """from user_traits where name in ('email_consent', 'push_consent')
        and timestamp > timestamp '2026-11-24 00:00:00'""",
    "consent taken back to nothing": "from user_traits where name = 'push_consent' and value is null",
    "a group that knows nobody's state": "from braze where (doc->>'$.groups') = '{}'",
    "an old profile with somebody's address": "from braze where doc->>'$.external_id' like 'former_%'",
    "a mailbox that opted out": """from consents a join consents b using (address, channel, kind)
        where a.external_id < b.external_id and b.external_id like 'u_%'""",
    "a twin to opt out": "from consents where external_id like '%_b' and kind = 'unsubscribe' and address is null",
    "a forgotten suppression": "from consents where external_id like 'legacy_%'",
    "a reader who left by themselves": "from consents where group_id like '1111%' and kind = 'conflict'",
    "an opt-out that braze never heard of": "from consents where actual = 'unknown' and kind = 'unsubscribe'",
    "an opt-out that the person took back": "from consents where desired = 'unsubscribed' and kind = 'conflict'",
    "an opt-in that is newer": "from consents where kind = 'resubscribe' and segment_time > braze_time",
    "missing in Braze": "from truth where actual is null and cause = 'first_seen'",
    "stale in Braze": "from truth where actual is not null and cause = 'first_seen'",
    "in flight": "from truth where cause = 'in_flight'",
    "invalid": "from truth where cause = 'invalid' and external_id like 'u_%'",
    "format": "from truth where cause = 'format' and external_id like 'u_%'",
}


@pytest.mark.parametrize("kind", NOISE)
def test_the_bulk_holds(kind: str, tables: duckdb.DuckDBPyConnection) -> None:
    assert tables.execute(f"select count(*) {NOISE[kind]}").fetchall() > [(0,)]


def test_sets_lie_in_another_order_in_braze_without_being_drift(tables: duckdb.DuckDBPyConnection) -> None:
    query = """
        with both_sides as (
            select
                i.value as external_id,
                from_json(t.value, '["VARCHAR"]') as wanted,
                from_json(doc->'$.custom_attributes.favorites', '["VARCHAR"]') as held
            from braze
            join user_identifiers i on i.value = doc->>'$.external_id'
            join user_traits t on t.canonical_segment_id = i.canonical_segment_id and t.name = 'favorite_categories'
        )
        select count(*) from both_sides
        where wanted <> held and list_sort(wanted) = list_sort(held)
            and (external_id, 'favorites') not in (select (external_id, attribute) from truth)
    """
    assert tables.execute(query).fetchall() > [(50,)]


def test_truth_is_written_as_the_contract_says(tables: duckdb.DuckDBPyConnection) -> None:
    forms = {
        "signup_time": r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"',
        "phone": r'"\+\d{11,12}"',
        "country": r'"[A-Z]{2}"',
        "gender": r'"[MFONP]"',
        "dob": r'"\d{4}-\d\d-\d\d"',
        "favorites": r"\[.*\]",
        "address": r"\{.*\}",
        "has_app": "true|false",
        "loyalty_points": r"\d+",
        "lifetime_value": r"-?\d+\.\d+",
    }
    for attribute, form in forms.items():
        query = """select desired from truth
            where attribute = ? and cause <> 'invalid' and not regexp_full_match(desired, ?)"""
        assert tables.execute(query, [attribute, form]).fetchall() == []
    births = tables.execute(
        "select distinct right(actual, 15) from truth where attribute = 'dob' and actual is not null"
    )
    assert births.fetchall() == [('T00:00:00.000Z"',)]


def test_changes_in_flight_are_clearly_inside_the_quiet_period_and_all_others_clearly_outside(folder: Path) -> None:
    query = "select distinct timestamp from read_parquet(?) where timestamp is not null"
    times = duckdb.execute(query, [f"{folder}/segment/user_traits/*.parquet"]).fetchall()
    ages = [NOW - at.replace(tzinfo=UTC) for (at,) in times]
    assert all(timedelta(minutes=9) < age < timedelta(hours=2) or age > timedelta(hours=24) for age in ages)
    assert any(age < timedelta(hours=2) for age in ages)


def test_contact_details_are_fictional(tables: duckdb.DuckDBPyConnection) -> None:
    mails = tables.execute("select doc->>'$.fields.email' from braze").fetchall()
    assert all(mail.endswith(("@example.com", "@example.org")) for (mail,) in mails if mail is not None)
    phones = tables.execute("select doc->>'$.fields.phone' from braze").fetchall()
    assert all(phone[5:10] == "55501" or phone[:5] == "+9998" for (phone,) in phones if phone is not None)


def test_suppressed_people_live_on_both_sides_and_get_no_rows(folder: Path, tables: duckdb.DuckDBPyConnection) -> None:
    lines = (folder / "segment" / "suppressions.csv").read_text().splitlines()
    assert lines[0] == "user_id,suppressed_at"
    suppressed = [line.split(",")[0] for line in lines[1:]]
    assert "trap_suppressed" in suppressed and len(suppressed) > 3
    assert suppressed == Settings.load(folder).segment.suppressed
    with Store(folder / "braze.sqlite") as store:
        assert all(store.by_external_id(user_id) for user_id in suppressed)
    assert tables.execute(
        "select count(*) from truth where list_contains($1, external_id)", [suppressed]
    ).fetchall() == [(0,)]


def events(folder: Path, event_type: str) -> pl.DataFrame:
    """The events of a type in a folder's Currents files, with the file's path from `currents` on as `file`."""
    files = (folder / "currents").rglob(f"*/event_type={event_type}/**/*.avro")
    frames = [pl.read_avro(file).with_columns(file=pl.lit(str(file.relative_to(folder)))) for file in sorted(files)]
    return pl.concat(frames, how="diagonal")


def test_currents_files_lie_where_braze_writes_them(folder: Path) -> None:
    """The newest layout, and the older one; a type that nobody knows cannot be read, and must not matter."""
    integration = r"integration\.[0-9a-f]{24}"
    newest = rf"dataexport\.prod-01\.S3\.{integration}"
    older = rf"dataexport\.S3\.{integration}"
    found = [str(file.relative_to(folder / "currents")) for file in (folder / "currents").rglob("*.avro")]
    place = r"/event_type=[\w.]+/date=\d{4}-\d\d-\d\d-\d\d"
    layouts = [
        rf"{newest}{place}/version=6/us-01/{newest}\+0\+\d+\.avro",
        rf"{older}{place}/3/us-01/{older}\+0\+\d{{10}}\.avro",
    ]
    assert all(any(re.fullmatch(layout, file) for file in found) for layout in layouts)
    assert all(any(re.fullmatch(layout, file) for layout in layouts) for file in found)
    (damaged,) = (folder / "currents").rglob("event_type=users.messages.hologram.Send/**/*.avro")
    with pytest.raises(pl.exceptions.PolarsError):
        pl.read_avro(damaged)
    config = YAML(typ="safe", pure=True).load((folder / "recon.yml").read_text())
    assert len(list(folder.glob(config["currents"]["files"]))) == len(found)


def test_currents_tells_of_consent_in_all_its_forms(folder: Path) -> None:
    changed, groups = (events(folder, kind) for kind in (GLOBAL, GROUP))
    assert set(changed["subscription_status"]) == {"Subscribed", "Unsubscribed", "Opted In"}
    assert set(groups["subscription_status"]) == {"Subscribed", "Unsubscribed"}
    assert set(changed["channel"]) == {"email", "push", None}
    assert set(groups["channel"]) >= {"email", "sms"}
    sources = {"Preference Center", "Subscription Page", "SDK", "REST API", "Dashboard", "User Merge", None}
    assert sources <= set(changed["state_change_source"])
    for form in (
        pl.col("external_user_id").is_null() & pl.col("email_address").is_not_null(),
        pl.col("email_address").is_null() & pl.col("channel_identifier").is_not_null(),
        pl.col("channel").is_null() & pl.col("email_address").is_null() & pl.col("channel_identifier").is_null(),
        pl.col("email_address") != pl.col("email_address").str.to_lowercase(),
    ):
        assert len(changed.filter(form)) > 0
    everything = pl.concat([changed, groups], how="diagonal")
    assert everything["id"].n_unique() == len(everything)
    queued = (everything["file"].str.extract(r"date=([\d-]+)") + "-00").str.to_datetime("%Y-%m-%d-%H-%M")
    happened = pl.from_epoch(everything["time"], time_unit="s")
    assert ((happened - queued) < timedelta(hours=1)).all()
    assert happened.max() < NOW.replace(tzinfo=None)


def test_every_trap_is_there_and_so_is_what_it_hides(folder: Path) -> None:
    rows = duckdb.execute("from read_parquet(?)", [f"{folder}/truth/attribute.parquet"]).fetchall()
    with Store(folder / "braze.sqlite") as store:
        for trap in TRAPS:
            told = {
                (row[1], json.loads(row[2]), row[4])
                for row in rows
                if row[0] == trap.user_id and row[1] != "address" and row[2][0] != "["
            }
            assert {
                (c.attribute, c.desired, c.cause) for c in trap.finds if not isinstance(c.desired, dict | list)
            } == told
            if trap.user_id is not None:
                assert (store.by_external_id(trap.user_id) is None) == (trap.fields is None)
    query = "select value from read_parquet(?)"
    rows = duckdb.execute(query, [f"{folder}/segment/user_identifiers/traps.parquet"]).fetchall()
    identifiers = {value for (value,) in rows}
    assert {"00123", " id ", "null", "NaN", "1e5", "abc", "ABC"} <= identifiers


def test_traps_have_names_and_ids_of_their_own() -> None:
    assert len({trap.name for trap in TRAPS}) == len(TRAPS)
    ids = [trap.user_id for trap in TRAPS if trap.user_id is not None]
    assert len(set(ids)) == len(ids)
    assert all(trap.name.startswith("trap_") for trap in TRAPS)


def test_the_settings_can_be_served(folder: Path) -> None:
    settings = Settings.load(folder)
    assert [key.name for key in settings.braze.keys] == ["read", "write"]
    assert "users.track" not in settings.braze.keys[0].permissions
    assert {a.name for a in settings.braze.attributes if a.status == "Blocklisted"} == {"old_segment"}


def test_the_configuration_maps_the_attributes_of_the_world(folder: Path) -> None:
    config = YAML(typ="safe", pure=True).load((folder / "recon.yml").read_text())
    rows = {row["to"]: row.get("trait") for row in config["attributes"]}
    assert rows == {attribute.name: attribute.trait for attribute in attributes.ATTRIBUTES}
    assert {row.get("as") for row in config["attributes"]} == {
        None,
        "string",
        "number",
        "boolean",
        "date",
        "time",
        "array",
        "object",
    }


def test_the_configuration_is_valid(folder: Path) -> None:
    config = load(folder / "recon.yml", {})
    assert [row.to for row in config.attributes] == [attribute.name for attribute in attributes.ATTRIBUTES]
    assert config.policy.quiet_period == timedelta(hours=6)


def test_every_variable_of_the_configuration_is_set(folder: Path) -> None:
    variables = dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines())
    wanted = set(re.findall(r"\$\{(\w+)\}", (folder / "recon.yml").read_text()))
    assert wanted == set(variables)
    assert all(variables.values())
    settings = Settings.load(folder)
    assert variables["BRAZE_READ_KEY"] == settings.braze.keys[0].key
    assert variables["BRAZE_WRITE_KEY"] == settings.braze.keys[1].key
    assert variables["BRAZE_SEGMENT_ID"] == settings.braze.segments[0].id
    assert variables["SEGMENT_WRITE_KEY"] in settings.segment.write_keys
