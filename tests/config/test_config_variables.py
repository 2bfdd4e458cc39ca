"""Where ${NAME} comes from: the environment, else a file .env beside recon.yml."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recon.config import variables
from recon.config.loading import load
from recon.config.models import WideProfiles
from recon.errors import ConfigError

FILE = """\
version: 1
workspace: acme
segment: {profiles: {profile_traits: "${BUCKET}/traits/*", user_identifiers: "${BUCKET}/${PART}.csv"}}
braze: {url: "https://rest.iad-01.braze.com", read_key: "${READ_KEY}", write_key: w, export: {segment_id: abc}}
"""


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "recon.yml").write_text(FILE)
    (tmp_path / ".env").write_text("BUCKET=s3://acme\nPART=ids\nREAD_KEY=from-the-file\n")
    config = load(tmp_path / "recon.yml", {"READ_KEY": "from-the-environment"})
    assert config.braze.read_key.get_secret_value() == "from-the-environment"
    assert isinstance(config.segment.profiles, WideProfiles)
    assert config.segment.profiles.user_identifiers == "s3://acme/ids.csv"


def test_a_variable_is_not_filled_in_twice(tmp_path: Path) -> None:
    (tmp_path / "recon.yml").write_text(FILE)
    config = load(tmp_path / "recon.yml", {"BUCKET": "${PART}", "PART": "ids", "READ_KEY": "k"})
    assert isinstance(config.segment.profiles, WideProfiles)
    assert config.segment.profiles.user_identifiers == "${PART}/ids.csv"


def test_a_variable_in_a_comment_is_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / "recon.yml").write_text(FILE + "# ${NOT_SET}\n")
    assert load(tmp_path / "recon.yml", {"BUCKET": "b", "PART": "ids", "READ_KEY": "k"}).workspace == "acme"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("  export A = b  ", "b"),
        ("A=", ""),
        ("A=b # comment", "b"),
        ("A=# comment", ""),
        ("A=b#c=d", "b#c=d"),
        ("A='b # \"c\" \\n'", 'b # "c" \\n'),
        ("A=\"b # 'c'\"  # comment", "b # 'c'"),
        (r'A="b\"c\\d\ne"', 'b"c\\d\ne'),
        ("A=b\r", "b"),
        ("\ufeffA=b", "b"),
    ],
)
def test_a_line_of_the_file_is_read_as_a_shell_would(tmp_path: Path, line: str, value: str) -> None:
    (tmp_path / ".env").write_bytes(f"{line}\n\n# comment\n".encode())
    assert variables.read(tmp_path / ".env") == {"A": value}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30))
def test_any_value_survives_in_double_quotes(tmp_path: Path, value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    (tmp_path / ".env").write_text(f'A="{quoted}"\n', encoding="utf-8")
    assert variables.read(tmp_path / ".env") == {"A": value}


def test_lines_that_cannot_be_read_are_named_but_not_shown(tmp_path: Path) -> None:
    (tmp_path / "recon.yml").write_text(FILE)
    (tmp_path / ".env").write_text('A=b\nQ7-secret\nB="Q7-secret\n')
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "recon.yml", {})
    assert [line.removeprefix(str(tmp_path)) for line in str(caught.value).splitlines()] == [
        "/.env:2: is no line NAME=value",
        "/.env:3: is no line NAME=value",
    ]


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        variables.read(tmp_path / ".env")
