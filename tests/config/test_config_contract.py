"""The contract's own example, read as it stands."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from recon.config.loading import load
from recon.config.models import Config, NarrowProfiles, WarehouseProfiles, WideProfiles

VARIABLES = {
    "BRAZE_READ_KEY": "read-key-1",
    "BRAZE_WRITE_KEY": "write-key-2",
    "SEGMENT_WRITE_KEY": "segment-key-3",
    "BRAZE_SEGMENT_ID": "segment-id-4",
    "RECON_PSEUDONYM_KEY": "pseudonym-key-5",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(shutil.copy(Path(__file__).with_name("contract.yml"), tmp_path / "recon.yml"))


@pytest.fixture
def config(file: Path) -> Config:
    return load(file, VARIABLES)


def changed(file: Path, old: str, new: str) -> Config:
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))
    return load(file, VARIABLES)


def test_both_sides_have_their_addresses_and_keys(config: Config) -> None:
    assert (config.version, config.workspace, config.state) == (1, "acme", ".recon")
    assert config.braze.url == "https://rest.iad-01.braze.com"
    assert config.braze.read_key.get_secret_value() == "read-key-1"
    assert config.braze.write_key.get_secret_value() == "write-key-2"
    assert (config.braze.export.segment_id, config.braze.export.files) == ("segment-id-4", None)
    assert config.braze.limits.model_dump() == {
        "objects_per_request": 75,
        "bytes_per_request": 3_500_000,
        "track_per_3s": 3_000,
        "export_ids_per_minute": 250,
        "reserve": 0.2,
    }
    assert config.segment.profiles == NarrowProfiles(
        user_traits="segment/user_traits/*.parquet",
        user_identifiers="segment/user_identifiers/*.parquet",
        profile_merges="segment/profile_merges/*.parquet",
    )
    assert config.segment.suppressions == "segment/suppressions.csv"
    assert config.segment.tracking is not None
    assert config.segment.tracking.url == "https://api.segment.io"
    assert config.segment.tracking.write_key.get_secret_value() == "segment-key-3"


def test_attributes_are_read_row_by_row(config: Config) -> None:
    rules = {rule.to: rule for rule in config.attributes}
    assert len(rules) == 14
    assert (rules["dob"].trait, rules["dob"].as_) == ("birthday", "date")
    assert rules["lifetime_value"].sql == "value / 100.0"
    assert rules["greeting"].trait is None
    assert rules["tax_id"].when == "trait('country') in ('DE', 'FR')"
    assert (rules["favorites"].compare, rules["nickname"].owner) == ("set", "braze")
    assert (rules["email"].as_, rules["email"].owner) == (None, "segment")


def test_cohorts_consent_and_identity_are_read(config: Config) -> None:
    assert [(cohort.audience, cohort.to.form, cohort.to.name) for cohort in config.cohorts] == [
        ("vip_customers", "attribute", "is_vip"),
        ("churn_risk", "array", "segment_audiences"),
        ("newsletter_readers", "subscription_group", "11111111-1111-4111-8111-111111111111"),
    ]
    assert config.subscriptions.email is not None
    assert config.subscriptions.email.unsubscribed == ("false", "unsubscribed")
    assert config.subscriptions.email.opted_in == ("opted_in",)
    assert config.subscriptions.push is not None
    assert config.subscriptions.push.opted_in == ()
    assert [(group.name, group.channel) for group in config.subscriptions.groups] == [
        ("Weekly digest", "email"),
        ("SMS offers", "sms"),
    ]
    assert [(alias.identifier, alias.label) for alias in config.identity.aliases] == [
        ("anonymous_id", "segment_anonymous_id")
    ]
    assert (config.identity.merge, config.identity.keep) == ("approve", "oldest")


def test_safety_settings_have_their_units(config: Config) -> None:
    assert config.policy.quiet_period == timedelta(hours=6)
    assert config.quality.max_age == timedelta(hours=36)
    assert config.privacy.keep_runs == timedelta(days=30)
    assert config.currents is not None
    assert config.currents.since == timedelta(days=7)
    assert config.currents.events.exclude == ("users.messages.pushnotification.Send",)
    assert (config.policy.breakers.delete.count, config.policy.breakers.delete.percent) == (10, 0.1)
    assert config.policy.budget.minutes == 120


def test_what_is_left_out_takes_the_contracts_values(file: Path, config: Config) -> None:
    text = file.read_text()
    optional = text.index("policy:"), text.index("privacy:")
    file.write_text(text[: optional[0]] + text[optional[1] :])
    bare = load(file, VARIABLES)
    assert (bare.policy, bare.quality) == (config.policy, config.quality)


def test_a_key_with_nothing_behind_it_is_no_key(file: Path, config: Config) -> None:
    assert changed(file, "clear_when_null: []", "clear_when_null:") == config


def test_wide_tables_a_warehouse_and_an_export_in_a_bucket_are_told_apart(file: Path) -> None:
    text = file.read_text()
    start, end = text.index("  profiles: "), text.index("  suppressions:")
    wide = "  profiles: {profile_traits: s3://acme/traits.csv.gz, user_identifiers: ids/*}\n"
    file.write_text(text[:start] + wide + text[end:])
    assert isinstance(load(file, VARIABLES).segment.profiles, WideProfiles)
    warehouse = '  profiles: {warehouse: "${WAREHOUSE_URL}", schema: acme_profiles}\n'
    file.write_text(text[:start] + warehouse + text[end:])
    profiles = load(file, VARIABLES | {"WAREHOUSE_URL": "postgresql://recon:pw@db/acme"}).segment.profiles
    assert isinstance(profiles, WarehouseProfiles)
    assert profiles.schema_name == "acme_profiles"
    assert "pw" not in repr(profiles)
    bucket = text.replace('{segment_id: "${BRAZE_SEGMENT_ID}"}', '{files: "s3://acme/segment-export/*/*/*/*.zip"}')
    file.write_text(bucket)
    assert load(file, VARIABLES).braze.export.segment_id is None


def test_relative_places_start_in_the_files_folder(config: Config, tmp_path: Path) -> None:
    assert config.folder == tmp_path
    assert config.state_folder == tmp_path / ".recon"
    assert config.resolve("segment/*.parquet") == f"{tmp_path}/segment/*.parquet"
    assert config.resolve("/data/x.csv") == "/data/x.csv"
    assert config.resolve("~/x.csv") == str(Path.home() / "x.csv")
    for url in ("s3://a/b/*.zip", "gs://a/b", "az://a/b"):
        assert config.resolve(url) == url


def test_a_relative_path_to_the_file_still_gives_an_absolute_folder(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(Path("recon.yml"), VARIABLES).folder == tmp_path


def test_a_config_cannot_be_changed_after_loading(config: Config) -> None:
    with pytest.raises(ValueError, match="frozen"):
        config.braze.limits.reserve = 0.0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("percent: 0.1}", "percent: 0.2}"),
        ('sql: "value / 100.0"', 'sql: "value / 10.0"'),
        ("quiet_period: 6h", "quiet_period: 7h"),
        ("workspace: acme", "workspace: acme2"),
        ("track_per_3s: 3000", "track_per_3s: 300"),
    ],
)
def test_the_fingerprint_moves_with_what_affects_a_result(file: Path, config: Config, old: str, new: str) -> None:
    assert changed(file, old, new).fingerprint() != config.fingerprint()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("state: .recon", "state: elsewhere"),
        ("keep_runs: 30d", "keep_runs: 31d"),
        ("quiet_period: 6h", "quiet_period: 360m"),
        ("percent: 10}", "percent: 10.0}"),
        ("read_key: ${BRAZE_READ_KEY}", "read_key: other-key"),
    ],
)
def test_the_fingerprint_stays_for_what_does_not(file: Path, config: Config, old: str, new: str) -> None:
    assert changed(file, old, new).fingerprint() == config.fingerprint()


def test_the_fingerprint_is_the_same_in_another_folder(file: Path, config: Config, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert load(Path(shutil.copy(file, tmp_path / "other")), VARIABLES).fingerprint() == config.fingerprint()


def test_secrets_are_masked_wherever_a_config_is_shown(config: Config) -> None:
    shown = repr(config) + str(config) + config.model_dump_json() + str(config.model_dump())
    for secret in ("read-key-1", "write-key-2", "segment-key-3", "pseudonym-key-5"):
        assert secret not in shown
