"""What `recon init` leaves in a folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recon.config import starter
from recon.config.loading import load
from recon.errors import ConfigError, UsageError


def switched_on(text: str) -> str:
    """The text with every setting switched on that a # without a blank switches off."""
    return re.sub(r"^(\s*)#(?=[^ #\n])", r"\1", text, flags=re.MULTILINE)


def test_a_new_folder_loads_once_env_is_filled_in(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    written = starter.write(folder)
    assert {path.relative_to(folder).as_posix() for path in written} == {
        "recon.yml", ".env.example", ".gitignore",
        "segment/user_traits", "segment/user_identifiers", "segment/profile_merges",
    }  # fmt: skip
    assert all(path.exists() for path in written)
    with pytest.raises(ConfigError, match="BRAZE_READ_KEY"):
        load(folder / "recon.yml", {})
    (folder / ".env").write_text((folder / ".env.example").read_text())
    config = load(folder / "recon.yml", {})
    assert [rule.to for rule in config.attributes] == ["email", "first_name", "last_name", "phone", "country"]
    assert config.cohorts == ()


def test_the_settings_that_are_switched_off_work_when_switched_on(tmp_path: Path) -> None:
    starter.write(tmp_path)
    (tmp_path / ".env").write_text((tmp_path / ".env.example").read_text())
    file = tmp_path / "recon.yml"
    file.write_text(switched_on(file.read_text()))
    config = load(file, {})
    assert (len(config.attributes), len(config.cohorts), len(config.subscriptions.groups)) == (15, 3, 2)
    assert config.currents is not None
    assert config.segment.tracking is not None
    assert config.segment.suppressions is not None
    assert config.identity.aliases


def test_every_example_of_another_form_loads_in_place_of_the_first(tmp_path: Path) -> None:
    starter.write(tmp_path)
    file = tmp_path / "recon.yml"
    text = file.read_text()
    (export,) = re.findall(r"# (export: .*)", text)
    file.write_text(re.sub(r"(?m)^  export: .*$", f"  {export}", text))
    env = dict.fromkeys(["BRAZE_READ_KEY", "BRAZE_WRITE_KEY", "RECON_PSEUDONYM_KEY"], "x")
    env["WAREHOUSE_URL"] = "postgresql://recon:pw@db/acme"
    assert load(file, env).braze.export.files is not None
    forms = re.findall(r"# (profiles: .*)", text)
    assert len(forms) == 2
    narrow = re.compile(r"(?m)^  profiles:\n(    .*\n)+")
    for form in forms:
        file.write_text(narrow.sub(f"  {form}\n", text))
        load(file, env | {"BRAZE_SEGMENT_ID": "x"})


@pytest.mark.parametrize("name", ["recon.yml", ".env.example"])
def test_nothing_is_overwritten_and_nothing_written_beside_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UsageError, match=re.escape(f"{name} is there already")):
        starter.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_gitignore_that_is_there_gets_only_the_lines_it_lacks(tmp_path: Path) -> None:
    ignore = tmp_path / ".gitignore"
    ignore.write_text("*.pyc\n.env")
    assert ignore in starter.write(tmp_path)
    lines = ignore.read_text().splitlines()
    assert lines[:2] == ["*.pyc", ".env"]
    assert lines.count(".env") == 1
    assert {".recon/", "segment/"} <= set(lines)


def test_a_complete_gitignore_stays_as_it_is(tmp_path: Path) -> None:
    ignore = tmp_path / ".gitignore"
    ignore.write_text(".env\n.recon/\nsegment/\n")
    assert ignore not in starter.write(tmp_path)
    assert ignore.read_text() == ".env\n.recon/\nsegment/\n"


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        starter.write(tmp_path / "x")
