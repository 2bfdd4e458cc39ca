"""What a person sees who made a mistake in recon.yml: where, what, and what to write instead; never a value."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.config import values
from recon.config.loading import load
from recon.errors import ConfigError

GOOD = """\
version: 1
workspace: acme
segment:
  profiles:
    user_traits: traits/*.parquet
    user_identifiers: ids/*.csv.gz
    profile_merges: merges/*.ndjson
braze:
  url: https://rest.iad-01.braze.com
  read_key: ${READ_KEY}
  write_key: ${WRITE_KEY}
  export: {segment_id: abc}
"""
VARIABLES = {"READ_KEY": "s3cret-read", "WRITE_KEY": "s3cret-write", "NUMBER": "5"}
ROWS = "attributes:\n  - {trait: a, to: a}\n"


def refusal(tmp_path: Path, text: str) -> ConfigError:
    file = tmp_path / "recon.yml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file, VARIABLES)
    return caught.value


def complaints(tmp_path: Path, text: str) -> list[str]:
    """The lines of the refusal, without the folder."""
    return str(refusal(tmp_path, text)).replace(f"{tmp_path}/", "").splitlines()


def test_the_good_file_is_good(tmp_path: Path) -> None:
    (tmp_path / "recon.yml").write_text(GOOD)
    assert load(tmp_path / "recon.yml", VARIABLES).workspace == "acme"


def test_no_file_leads_to_recon_init(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no .*recon\.yml") as caught:
        load(tmp_path / "recon.yml", {})
    assert "recon init" in caught.value.remedy
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_an_empty_file_leads_to_recon_init(tmp_path: Path, text: str) -> None:
    error = refusal(tmp_path, text)
    assert "is empty" in str(error)
    assert "recon init" in error.remedy


def test_a_folder_and_a_file_in_another_encoding_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        load(tmp_path, {})
    (tmp_path / "recon.yml").write_bytes("workspace: müsli".encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path / "recon.yml", {})


def test_broken_yaml_is_shown_with_line_and_column(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, GOOD + "policy: [1, 2\n")
    assert line.startswith("recon.yml:14:1: is not YAML: expected ',' or ']'")


def test_a_control_character_is_shown_with_line_and_column(tmp_path: Path) -> None:
    assert complaints(tmp_path, "version: 1\nworkspace: a\x01b\n") == [
        "recon.yml:2:13: is not YAML: holds a character that YAML does not allow"
    ]


def test_a_variable_in_braces_without_quotes_is_explained(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, GOOD + "privacy: {pseudonym_key: ${KEY}}\n")
    assert 'needs quotes; write "${NAME}"' in line
    assert line.startswith("recon.yml:13:")


def test_an_unknown_key_is_shown_with_the_nearest_known_one(tmp_path: Path) -> None:
    assert complaints(tmp_path, GOOD + "polcy: {}\n") == [
        "recon.yml:13: polcy: is no key of recon; did you mean policy?"
    ]
    assert complaints(tmp_path, GOOD + "policy:\n  breakers:\n    merg: {count: 1, percent: 1}\n") == [
        "recon.yml:15: policy.breakers.merg: is no key of recon; did you mean merge?"
    ]


def test_an_unknown_key_that_is_near_nothing_lists_the_known_ones(tmp_path: Path) -> None:
    assert complaints(tmp_path, GOOD + "privacy: {xyz: 1}\n") == [
        "recon.yml:13: privacy.xyz: is no key of recon; known here: pseudonym_key, keep_runs"
    ]


def test_an_unknown_key_is_an_error_even_without_a_value(tmp_path: Path) -> None:
    assert complaints(tmp_path, GOOD + "xyzzy:\n")[0].startswith("recon.yml:13: xyzzy: is no key of recon")


def test_the_python_name_of_a_key_is_no_key(tmp_path: Path) -> None:
    assert complaints(tmp_path, GOOD + "attributes: [{trait: a, to: a, as_: string}]\n") == [
        "recon.yml:13: attributes[0].as_: is no key of recon; did you mean as?"
    ]


def test_a_key_that_stands_twice_is_an_error_with_both_lines(tmp_path: Path) -> None:
    assert complaints(tmp_path, GOOD + "state: a\nstate: b\n") == [
        "recon.yml:14: state: stands twice, first in line 13; keep one"
    ]


def test_a_missing_variable_is_named_with_key_line_and_remedy(tmp_path: Path) -> None:
    error = refusal(tmp_path, GOOD.replace("${READ_KEY}", "${NOT_SET}"))
    assert str(error).endswith(
        "recon.yml:10: braze.read_key: needs the variable NOT_SET, which is not set; "
        "set it, or write it into .env beside the file"
    )
    assert ".env" in error.remedy


def test_a_missing_variable_is_the_only_complaint_about_its_key(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, GOOD.replace("https://rest.iad-01.braze.com", "${NOT_SET}"))
    assert "needs the variable NOT_SET" in line


def test_a_variable_of_an_unused_section_must_be_set_too(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, GOOD + 'privacy: {pseudonym_key: "${NOT_SET}"}\n')
    assert "NOT_SET" in line


@pytest.mark.parametrize("text", ["${READ_KEY", "${}", "${A-B}", "${A:-b}"])
def test_a_variable_written_wrongly_is_an_error(tmp_path: Path, text: str) -> None:
    (line,) = complaints(tmp_path, GOOD.replace("${READ_KEY}", text))
    assert (
        line
        == "recon.yml:10: braze.read_key: holds ${ without a variable; write ${NAME}, with letters, digits and _ only"
    )


def test_a_variable_cannot_stand_for_a_number(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, GOOD + 'policy: {give_up_after: "${NUMBER}"}\n')
    assert line.startswith("recon.yml:13: policy.give_up_after: must be a whole number")
    assert "variables are always text" in line


def test_all_mistakes_are_listed_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("${WRITE_KEY}", "${NOT_SET}").replace("url: https", "url: ftp")
    text = text.replace("version: 1", "version: 2") + "extra: 1\npolicy: {create_missing: yes}\n"
    found = complaints(tmp_path, text)
    assert [line.split(": ")[:2] for line in found] == [
        ["recon.yml:1", "version"],
        ["recon.yml:9", "braze.url"],
        ["recon.yml:11", "braze.write_key"],
        ["recon.yml:13", "extra"],
        ["recon.yml:14", "policy.create_missing"],
    ]


def test_a_missing_key_says_what_it_is_for(tmp_path: Path) -> None:
    text = GOOD.replace("  url: https://rest.iad-01.braze.com\n", "")
    assert complaints(tmp_path, text) == [
        "recon.yml:8: braze.url: is missing: "
        "REST endpoint of your Braze instance, such as https://rest.iad-01.braze.com"
    ]


@pytest.mark.parametrize(
    ("added", "path", "hint"),
    [
        ("attributes: [{trait: a, to: x}, {trait: b, to: x}]", "attributes[1].to", "x has a row already"),
        ("attributes: [{to: x}]", "attributes[0]", "add trait, sql, or both"),
        ("attributes: [{trait: a, to: x, as: integer}]", "attributes[0].as", "string, number"),
        ("attributes: [{trait: a, to: x, as: string, compare: list}]", "attributes[0]", "compare is for arrays"),
        ("attributes: [{trait: a, to: email_subscribe}]", "attributes[0].to", "subscriptions.email"),
        ("attributes: [{trait: a, to: external_id}]", "attributes[0].to", "user_identifiers"),
        (f"attributes: [{{trait: a, to: {'x' * 256}}}]", "attributes[0].to", "at most 255 characters"),
        ("attributes: {trait: a}", "attributes", "must be a list"),
        ("attributes: [text]", "attributes[0]", "keys of its own: to, trait"),
        ("attributes: [{trait: 12, to: x}]", "attributes[0].trait", "put it in quotes"),
        ("cohorts: [{audience: a, to: {}}]", "cohorts[0].to", "exactly one of"),
        ("cohorts: [{audience: a, to: {attribute: x, array: y}}]", "cohorts[0].to", "exactly one of"),
        (
            "cohorts: [{audience: a, to: {attribute: x}}, {audience: a, to: {array: y}}]",
            "cohorts[1].audience",
            "row already",
        ),
        (
            "cohorts: [{audience: a, to: {attribute: x}}, {audience: b, to: {attribute: x}}]",
            "cohorts[1].to.attribute",
            "another cohort",
        ),
        (
            "cohorts: [{audience: a, to: {array: x}}, {audience: b, to: {attribute: x}}]",
            "cohorts[1].to.attribute",
            "array of cohorts",
        ),
        (ROWS + "cohorts: [{audience: v, to: {attribute: a}}]", "cohorts[0].to.attribute", "under attributes"),
        (
            "cohorts: [{audience: a, to: {subscription_group: g}}]\n"
            "subscriptions: {groups: [{id: g, name: n, channel: sms, trait: t, unsubscribed: ['false']}]}",
            "cohorts[0].to.subscription_group",
            "subscriptions.groups",
        ),
        ("subscriptions: {email: {trait: t, unsubscribed: []}}", "subscriptions.email.unsubscribed", "at least one"),
        (
            "subscriptions: {email: {trait: t, unsubscribed: ['No'], opted_in: ['no']}}",
            "subscriptions.email",
            "one meaning",
        ),
        (
            "subscriptions: {groups: [{id: g, name: n, channel: fax, trait: t, unsubscribed: [x]}]}",
            "subscriptions.groups[0].channel",
            "sms",
        ),
        (
            "identity: {aliases: [{identifier: a, label: l}, {identifier: b, label: l}]}",
            "identity.aliases[1].label",
            "row already",
        ),
        ("identity: {merge: yes}", "identity.merge", "off, approve or auto"),
        ("policy: {clear_when_null: [nope]}", "policy.clear_when_null[0]", "no row under attributes"),
        ("policy: {quiet_period: 6}", "policy.quiet_period", "such as 36h or 7d"),
        ("policy: {quiet_period: 6 hours}", "policy.quiet_period", "such as 36h or 7d"),
        ("policy: {quiet_period: -6h}", "policy.quiet_period", "such as 36h or 7d"),
        ("policy: {quiet_period: 9999999999d}", "policy.quiet_period", "such as 36h or 7d"),
        ("policy: {give_up_after: 0}", "policy.give_up_after", "at least 1"),
        ("policy: {give_up_after: 1.5}", "policy.give_up_after", "whole number"),
        ("policy: {give_up_after: true}", "policy.give_up_after", "whole number"),
        ("policy: {create_missing: 'no'}", "policy.create_missing", "true or false"),
        ("policy: {breakers: {merge: {count: 1, percent: 101}}}", "policy.breakers.merge.percent", "at most 100"),
        ("policy: {breakers: {merge: {count: -1, percent: 1}}}", "policy.breakers.merge.count", "at least 0"),
        ("policy: {breakers: {merge: {count: 1, percent: .nan}}}", "policy.breakers.merge.percent", "must be"),
        ("policy: {breakers: {merge: 5}}", "policy.breakers.merge", "count, percent"),
        ("policy: {breakers: {unsubscribe: {count: 1, percent: 1}}}", "policy.breakers.unsubscribe", "is no key"),
        ("quality: {email_null_percent: '20'}", "quality.email_null_percent", "without quotes"),
        ("currents: {files: 'http://x/*.avro'}", "currents.files", "s3://, gs:// or az://"),
        ("state: s3://bucket/state", "state", "folder on this machine"),
        ("privacy: {pseudonym_key: ''}", "privacy.pseudonym_key", "is empty"),
        ("privacy: {pseudonym_key: 'a b'}", "privacy.pseudonym_key", "white space"),
    ],
)
def test_a_mistake_is_shown_at_its_key_with_what_to_write(tmp_path: Path, added: str, path: str, hint: str) -> None:
    found = complaints(tmp_path, GOOD + added + "\n")
    assert [line.split(": ")[1] for line in found] == [path]
    assert hint in found[0]


@pytest.mark.parametrize(
    ("old", "new", "path", "hint"),
    [
        ("{segment_id: abc}", "{}", "braze.export", "either segment_id"),
        ("{segment_id: abc}", "{segment_id: abc, files: x.zip}", "braze.export", "either segment_id"),
        ("https://rest", "http://rest", "braze.url", "unencrypted"),
        ("https://rest.iad-01", "https://dashboard-01", "braze.url", "REST endpoint"),
        ("https://rest.iad-01", "https://sdk.iad-01", "braze.url", "REST endpoint"),
        ("https://rest.iad-01.braze.com", "rest.iad-01.braze.com", "braze.url", "an address such as"),
        ("https://rest.iad-01.braze.com", "https://u:p@rest.iad-01.braze.com", "braze.url", "bare address"),
        ("https://rest.iad-01.braze.com", "https://[", "braze.url", "an address such as"),
        ("workspace: acme", "workspace: a/b", "workspace", "letters, digits"),
        ("workspace: acme", "workspace: 12", "workspace", "put it in quotes"),
        ("traits/*.parquet", "traits/*.xlsx", "segment.profiles.user_traits", ".parquet, .csv, .ndjson"),
        ("ids/*.csv.gz", "https://x/ids.csv", "segment.profiles.user_identifiers", "s3://, gs:// or az://"),
    ],
)
def test_a_mistake_in_what_is_required_is_shown_likewise(
    tmp_path: Path, old: str, new: str, path: str, hint: str
) -> None:
    (line,) = complaints(tmp_path, GOOD.replace(old, new))
    assert line.split(": ")[1] == path
    assert hint in line


def test_plain_http_is_for_this_machine(tmp_path: Path) -> None:
    file = tmp_path / "recon.yml"
    for address in ("http://127.0.0.1:8787/", "http://localhost:1", "http://[::1]:8787"):
        file.write_text(GOOD.replace("https://rest.iad-01.braze.com", address))
        assert load(file, VARIABLES).braze.url == address.rstrip("/")


def test_norway_and_off_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "recon.yml"
    file.write_text(GOOD + "identity: {merge: off}\nattributes: [{trait: no, to: yes}]\n")
    config = load(file, VARIABLES)
    assert config.identity.merge == "off"
    assert (config.attributes[0].trait, config.attributes[0].to) == ("no", "yes")


def test_consent_words_may_be_written_as_booleans(tmp_path: Path) -> None:
    file = tmp_path / "recon.yml"
    file.write_text(GOOD + "subscriptions: {push: {trait: t, unsubscribed: [false, 0]}}\n")
    push = load(file, VARIABLES).subscriptions.push
    assert push is not None
    assert push.unsubscribed == ("false", "0")


def test_anchors_work_and_a_file_that_contains_itself_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "recon.yml"
    file.write_text(GOOD + "policy: {breakers: {merge: &few {count: 5, percent: 1}, delete: *few}}\n")
    assert load(file, VARIABLES).policy.breakers.delete.count == 5
    assert any("contains itself" in line for line in complaints(tmp_path, GOOD + "policy: &p {breakers: *p}\n"))


def test_a_list_as_key_and_a_file_that_is_a_list_are_refused(tmp_path: Path) -> None:
    assert any("key that is no text" in line for line in complaints(tmp_path, GOOD + "? [a]\n: b\n"))
    assert complaints(tmp_path, "- a\n")[0].startswith("recon.yml:1: the file: must hold keys of its own: version")


def test_an_anchor_that_stands_twice_makes_no_noise(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    file = tmp_path / "recon.yml"
    file.write_text(GOOD + "identity: {merge: &x off, keep: &x newest}\n")
    load(file, VARIABLES)
    assert list(recwarn) == []


SECRET_PLACES = [
    "braze.read_key", "braze.url", "braze.export", "workspace", "version", "policy", "identity.merge", "state",
    "policy.quiet_period", "policy.budget.minutes", "quality.email_null_percent", "segment.profiles",
    "segment.profiles.user_traits", "segment.tracking", "segment.tracking.url", "currents.files", "attributes",
    "cohorts", "subscriptions.email", "privacy.pseudonym_key",
]  # fmt: skip


@pytest.mark.parametrize("place", SECRET_PLACES)
@pytest.mark.parametrize("secret", ["Q7-secret zeta", '"Q7-secret-zeta"', "ftp://Q7-secret-zeta", "*Q7-secret-zeta"])
def test_a_refusal_never_shows_a_value_wherever_a_secret_was_put(tmp_path: Path, place: str, secret: str) -> None:
    # Both as a variable's value and, worse, written into the file itself.
    keys = place.split(".")
    for text, variables in (("${LEAK}", {"LEAK": secret}), (secret, {})):
        block = "\n".join(f"{'  ' * depth}{key}:" for depth, key in enumerate(keys)) + f" {text}\nunknown: 1\n"
        file = tmp_path / "recon.yml"
        file.write_text(block)
        with pytest.raises(ConfigError) as caught:
            load(file, variables)
        told = "".join(traceback.format_exception(caught.value)) + caught.value.remedy
        assert "Q7-secret" not in told


@settings(deadline=None)
@given(st.integers(0, 99_999), st.sampled_from("smhd"))
def test_a_duration_is_read_and_written_alike(number: int, unit: str) -> None:
    read = values._parse_duration(f"{number}{unit}")
    assert values._parse_duration(values.format_duration(read)) == read


def test_an_amount_needs_its_currency_and_a_currency_its_amount(tmp_path: Path) -> None:
    for row in ("{trait: a, to: a, as: amount}", "{trait: a, to: a, as: number, currency: EUR}"):
        (line,) = complaints(tmp_path, GOOD + f"attributes: [{row}]\n")
        assert "as: amount and currency go together" in line


@pytest.mark.parametrize("currency", ["eur", "Euro", "978", "[EUR]"])
def test_what_is_no_currency_code_is_explained(tmp_path: Path, currency: str) -> None:
    (line,) = complaints(tmp_path, GOOD + f"attributes: [{{trait: a, to: a, as: amount, currency: {currency}}}]\n")
    assert line.startswith("recon.yml:13: attributes[0].currency: must be ")


def test_a_currency_in_a_trait_names_the_trait(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, GOOD + "attributes: [{trait: a, to: a, as: amount, currency: {trayt: b}}]\n")[:1]
    assert "attributes[0].currency" in line
    assert "trait" in line
