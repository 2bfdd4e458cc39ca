"""Segment's tables from a PostgreSQL warehouse: what is read, what is refused and how, and when a plan is stale."""

from __future__ import annotations

import socket

import pytest
from postgresql_server import PASSWORD, Server
from segment_forms import use_warehouse, write_warehouse
from shop_world import Done, Shop

POOR = "poor-pw"


@pytest.fixture
def schema(shop: Shop, postgresql: Server) -> str:
    """A shop with one drifted person, whose tables lie in this schema; Braze's side is an archive in a folder."""
    shop.add("ann", {"city": "Bern", "email": "ann@example.com"}, {}, {"home_city": "Basel"})
    shop.write_export()
    name = write_warehouse(shop, postgresql)
    shop.configure()
    return name


def refused(shop: Shop, code: int, *words: str) -> Done:
    """Runs recon and doctor, which both must say each of `words`, what to do next, and no password."""
    shop.configure()
    done, doctor = shop.recon("run", "--apply"), shop.recon("doctor")
    assert done.code == code, done.said
    for word in (*words, "error:", "next:"):
        assert word in done.err, done.err
    assert "FAIL warehouse" in doctor.out
    for word in words:
        assert word in doctor.out, doctor.out
    for said in (done.said, doctor.said):
        assert PASSWORD not in said and POOR not in said and "Traceback" not in said
    assert shop.tracks() == []
    return done


def test_a_night_from_a_warehouse_and_doctor_says_that_it_can_be_read(shop: Shop, schema: str) -> None:
    assert "ok   warehouse: user_traits, user_identifiers, profile_merges in postgresql://" in shop.recon("doctor").out
    done = shop.recon("run", "--apply", "--yes")
    assert [row["before"] for row in shop.results() if row["field"] == "home_city"], done.said
    manifest = (shop.run / "raw" / "manifest.json").read_text()
    assert f"{schema}.user_traits" in manifest
    assert PASSWORD not in manifest and "recon:" not in manifest


def test_the_table_may_be_called_user_identifier(shop: Shop, schema: str, postgresql: Server) -> None:
    postgresql.execute(f"ALTER TABLE {schema}.user_identifiers RENAME TO user_identifier")
    assert shop.recon("run").code == 0
    assert [row[1:4] for row in shop.drift() if row[1] == "home_city"] == [("home_city", "Bern", "Basel")]


def test_ids_values_and_times_may_have_other_types(shop: Shop, schema: str, postgresql: Server) -> None:
    shop.recon("run")
    expected = shop.drift()
    postgresql.execute(
        f"ALTER TABLE {schema}.user_traits ALTER value TYPE jsonb USING to_jsonb(value)",
        f'ALTER TABLE {schema}.user_traits ALTER "timestamp" TYPE text, ALTER uuid_ts TYPE varchar(64)',
        f'ALTER TABLE {schema}.user_identifiers ALTER value TYPE char(40), ALTER "timestamp" TYPE timestamp',
        f"ALTER TABLE {schema}.user_identifiers ALTER value TYPE text USING trim(value)",
    )
    assert shop.recon("run").code == 0
    assert shop.drift() == expected


def test_a_plan_is_stale_while_a_table_is_not_as_it_was(shop: Shop, schema: str, postgresql: Server) -> None:
    assert shop.recon("run").code == 0

    def stale() -> bool:
        done = shop.recon("apply", "--dry-run")
        if done.code == 4:
            assert "the input user_traits" in done.err
        return done.code == 4

    assert not stale()
    row = "('x', 'city', 'Bern')"
    postgresql.execute(f"INSERT INTO {schema}.user_traits (canonical_segment_id, name, value) VALUES {row}")
    assert stale()
    postgresql.execute(f"DELETE FROM {schema}.user_traits WHERE canonical_segment_id = 'x'")
    assert not stale()
    postgresql.execute(f"UPDATE {schema}.user_traits SET value = 'Zug', uuid_ts = uuid_ts + interval '1 hour'")
    assert stale()


def test_an_old_sync_fails_the_gate_and_old_merges_do_not(shop: Shop, schema: str, postgresql: Server) -> None:
    shop.config["quality"]["max_age"] = "36h"
    shop.configure()
    postgresql.execute(
        f"INSERT INTO {schema}.profile_merges VALUES ('use_a', 'use_b', '1', now() - interval '90 days')",
        f"UPDATE {schema}.user_traits SET \"timestamp\" = now() - interval '7 hours'",
        f"UPDATE {schema}.user_identifiers SET \"timestamp\" = now() - interval '7 hours'",
    )
    assert shop.recon("run").code == 0
    postgresql.execute(f"UPDATE {schema}.user_traits SET \"timestamp\" = now() - interval '40 hours'")
    done = shop.recon("run")
    assert done.code == 3
    assert "newest row of user_traits" in done.err


def test_nobody_listens(shop: Shop, schema: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    use_warehouse(shop, f"postgresql://recon:{POOR}@127.0.0.1:{port}/postgres", schema)
    refused(shop, 6, f"postgresql://127.0.0.1:{port}/postgres cannot be reached: Connection refused")


@pytest.mark.parametrize(("user", "password"), [("recon", POOR), ("nobody-of-that-name", PASSWORD)])
def test_a_wrong_user_or_password(shop: Shop, schema: str, postgresql: Server, user: str, password: str) -> None:
    use_warehouse(shop, postgresql.uri(user, password), schema)
    refused(shop, 6, "refuses the user or the password")


def test_a_database_or_schema_that_is_not_there(shop: Shop, schema: str, postgresql: Server) -> None:
    use_warehouse(shop, postgresql.uri(database="nothing"), schema)
    refused(shop, 2, "there is no such database", "/nothing")
    use_warehouse(shop, postgresql.uri(), f"{schema}_x")
    refused(shop, 2, f"has no schema {schema}_x", "did you mean", schema)


def test_a_table_or_column_that_is_not_there(shop: Shop, schema: str, postgresql: Server) -> None:
    postgresql.execute(f"ALTER TABLE {schema}.user_traits DROP COLUMN value")
    refused(shop, 3, f"{schema}.user_traits has no column value")
    postgresql.execute(f"DROP TABLE {schema}.profile_merges")
    refused(shop, 2, schema, "has no profile_merges")
    postgresql.execute(f"DROP TABLE {schema}.user_traits")
    refused(shop, 2, "has no profile_traits and no user_traits")


def test_a_user_without_permission(shop: Shop, schema: str, postgresql: Server) -> None:
    poor = f"poor_{shop.mark}"
    postgresql.execute(f"CREATE ROLE {poor} LOGIN PASSWORD '{POOR}'")
    use_warehouse(shop, postgresql.uri(poor, POOR), schema)
    refused(shop, 6, f"may not use the schema {schema}", "USAGE")
    postgresql.execute(f"GRANT USAGE ON SCHEMA {schema} TO {poor}")
    refused(shop, 6, f"{schema}.user_traits: this user may not read canonical_segment_id")
    postgresql.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {poor}")
    assert shop.recon("run").code == 0


def test_an_empty_table_is_refused(shop: Shop, schema: str, postgresql: Server) -> None:
    postgresql.execute(f"TRUNCATE {schema}.user_traits")
    done = shop.recon("run")
    assert done.code == 3
    assert "user_traits is empty" in done.err


def test_a_mapping_newer_than_what_was_pulled_of_a_wide_table(shop: Shop, postgresql: Server) -> None:
    shop.add("ann", {"city": "Bern", "size": "XL"}, {}, {"home_city": "Basel"})
    shop.write_export()
    write_warehouse(shop, postgresql, wide=True)
    shop.configure()
    assert shop.recon("run").code == 0
    shop.configure(lambda config: config["attributes"].append({"trait": "size", "to": "size"}))
    done = shop.recon("load")
    assert done.code == 2
    assert "'size'" in done.err and "recon pull" in done.err


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://recon:pa@ss@db/acme",
        "postgresql://recon:pa/ss@db/acme",
        "postgresql://recon:pa#ss@db/acme",
        "postgresql://recon:12?ss@db/acme",
        "postgresql://recon:pa%zzss@db/acme",
        "snowflake://recon:pass@db/acme",
    ],
)
def test_a_password_that_the_database_would_repeat_is_refused_before(shop: Shop, uri: str) -> None:
    use_warehouse(shop, uri, "acme_profiles")
    shop.configure()
    done = shop.recon("run")
    assert done.code == 2
    assert "segment.profiles.warehouse" in done.err and "%40" in done.err
    assert "ss@" not in done.said and "pass" not in done.err.replace("password", "")
