"""Starting, stopping, and the folder that is served."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from sandbox_workspace import settings

from recon.errors import ConfigError, UsageError
from recon.sandbox.server import running
from recon.sandbox.settings import Settings
from recon.sandbox.store import Store


def profile(number, **other):
    return {
        "braze_id": f"{number:024x}",
        "external_id": f"u_{number}",
        "user_aliases": [{"alias_name": f"a_{number}", "alias_label": "anonymous"}],
        "random_bucket": 1,
        "created_at": "2024-05-01T10:00:00.000Z",
        "fields": {"email": f"u_{number}@example.com"},
        "custom_attributes": {"text": "line\u2028separator"},
        **other,
    }


def test_profiles_come_back_as_they_were_inserted(tmp_path):
    settings().save(tmp_path)
    docs = [profile(n) for n in range(1_200)]
    with Store.create(tmp_path / "braze.sqlite") as store:
        assert store.insert(docs) == 1_200
    with running(tmp_path) as sandbox:
        assert list(sandbox.profiles()) == docs
        assert sandbox.profile("u_7") == docs[7]
        sandbox.insert([profile(5_000)])
        assert sandbox.profile("u_5000") == profile(5_000)
        with pytest.raises(ValueError, match="not added"):
            sandbox.insert([profile(5_001), profile(7)])
        assert sandbox.profile("u_5001") is None


def test_what_was_applied_is_there_after_a_restart(tmp_path, launch):
    workspace = launch()
    workspace.applied({"external_id": "a", "plan": "gold"})
    with running(tmp_path) as again:
        assert again.profile("a")["custom_attributes"] == {"plan": "gold"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path, number):
    settings().save(tmp_path)
    command = [sys.executable, "-m", "recon.sandbox", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[-1]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(url)
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_it_ends_with_the_process_that_started_it(tmp_path):
    settings().save(tmp_path)
    command = [sys.executable, "-m", "recon.sandbox", str(tmp_path), "--until-eof"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(10) == 0


def test_a_folder_without_settings_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="recon sandbox seed"), running(tmp_path):
        pass


def test_settings_survive_being_written_and_read(tmp_path):
    settings().save(tmp_path)
    assert Settings.load(tmp_path) == settings()


def document(**braze):
    return {"version": 1, "braze": {"keys": [], "segments": [], **braze}}


def test_everything_but_keys_and_segments_has_a_default():
    assert Settings.parse(document()).braze.apply_delay == [0.5, 6.0]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (document(colour="red"), "colour"),
        (document(modes={"export_dob": "french"}), "export_dob"),
        (document(modes={"fly": True}), "fly"),
        (document(keys=[{"name": "a"}]), "key"),
        (document(export_delay="soon"), "export_delay"),
        (document(apply_delay=[3, 1]), "apply_delay"),
        ({"version": 2, "braze": {"keys": [], "segments": []}}, "version 2"),
        ({"version": 1}, "braze"),
        ([], "object"),
    ],
)
def test_a_mistake_in_the_settings_is_named(wrong, named):
    with pytest.raises(ConfigError, match=named):
        Settings.parse(wrong)


def test_an_unknown_rate_pool_is_named(tmp_path):
    settings(limits={"tracks": {"limit": 1}}).save(tmp_path)
    with pytest.raises(UsageError, match="tracks"), running(tmp_path):
        pass


def test_saved_settings_are_plain_json(tmp_path):
    settings().save(tmp_path)
    assert json.loads((tmp_path / "sandbox.json").read_text()) == dataclasses.asdict(settings())
