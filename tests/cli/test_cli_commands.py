"""The commands as people and scripts call them: one document, clear words, exit codes, nothing heavy at the start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from shop_world import COMMAND, Shop, run_recon

COMMANDS = [
    "init",
    "doctor",
    "run",
    "pull",
    "load",
    "drift",
    "plan",
    "show",
    "approve",
    "apply",
    "verify",
    "report",
    "status",
    "history",
    "schema",
    "sandbox",
    "demo",
]
STATES = {"accepted", "rejected", "unknown", "verified", "not_applied", "withheld", "quarantined"}


@pytest.fixture
def drifted(shop: Shop) -> Shop:
    shop.add("ann", {"city": "Bern", "email": "ann@example.com", "phone": "+41791234567"}, {}, {"home_city": "Basel"})
    shop.add("bob", {"plan": " Gold "}, {"plan_tier": "gold"}, {"email": "bob@example.com"})
    return shop.write()


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['recon', '--help']\n"
        "from recon.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'duckdb', 'polars', 'pydantic', 'requests', 'sqlglot', 'jinja2', 'rich', 'starlette', 'numpy',"
        " 'obstore'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, tmp_path: Path) -> None:
    done = run_recon(command, "--help", cwd=tmp_path)
    assert done.code == 0
    assert "Usage: recon " in done.out
    assert "--help" in done.out


def test_the_help_lists_every_command(tmp_path: Path) -> None:
    out = run_recon("--help", cwd=tmp_path).out
    assert all(f"\n  {command} " in out for command in COMMANDS)


@pytest.mark.parametrize(
    "args",
    [
        ["runn"],
        ["run", "--aply"],
        ["apply", "--limit", "0"],
        ["apply", "--only", "everything"],
        ["show", "me"],
        ["run", "--from", "apply"],
        ["staus"],
    ],
)
def test_wrong_usage_is_2_and_says_what(args: list[str], tmp_path: Path) -> None:
    done = run_recon(*args, cwd=tmp_path)
    assert done.code == 2
    assert "Error:" in done.err
    assert done.out == ""


def test_each_step_prints_one_document_with_the_contracts_keys(drifted: Shop) -> None:
    expected = {
        "pull": {"run", "files", "bytes"},
        "load": {"run", "rows", "quarantined", "duplicates_in_export"},
        "drift": {"run", "profiles", "attributes", "cohorts", "duplicates", "subscriptions"},
        "plan": {"run", "plan", "hash", "corrections", "withheld", "price"},
        "apply": {"run", "plan", "states", "requests", "retries"},
        "verify": {"run", "plan", "states", "requests", "retries"},
        "report": {"run", "report"},
        "status": {"runs"},
    }
    for command, keys in expected.items():
        done = drifted.recon(command, "--json")
        assert done.code == 0, done.said
        assert done.document["version"] == 1
        assert keys <= done.document.keys(), command
        if command in ("apply", "verify"):
            assert done.document["states"].keys() == STATES
    [run] = drifted.recon("status", "--json").document["runs"]
    assert {"run", "started_at", "finished_at", "exit_code", "drifted_cells", "verified"} <= run.keys()
    assert run["verified"] == 3


def test_an_error_is_one_document_too(drifted: Shop) -> None:
    (drifted.folder / "recon.yml").unlink()
    done = drifted.recon("run", "--json")
    assert done.code == 2
    assert done.document.keys() == {"version", "error", "remedy", "exit_code"}
    assert done.document["exit_code"] == 2


def test_quiet_says_nothing(drifted: Shop) -> None:
    for args in (["run", "--apply", "-q"], ["status", "-q"], ["drift", "-q"]):
        done = drifted.recon(*args)
        assert (done.code, done.out) == (0, "")


def test_nothing_is_coloured_into_a_pipe_and_there_are_no_bars(drifted: Shop) -> None:
    done = subprocess.run(
        [COMMAND, "run"], cwd=drifted.folder, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    assert "\x1b" not in done.stdout + done.stderr
    assert "to repair" in done.stdout


def test_detailed_exit_codes(drifted: Shop) -> None:
    assert drifted.recon("run", "--detailed-exitcode").code == 10
    assert drifted.recon("drift", "--detailed-exitcode").code == 10
    assert drifted.recon("plan", "--detailed-exitcode").code == 10
    assert drifted.recon("run", "--apply", "--detailed-exitcode").code == 10
    assert drifted.recon("run", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("what", ["plan", "drift", "run"])
def test_show_tells_people_and_keeps_addresses_to_itself(drifted: Shop, what: str) -> None:
    drifted.recon("run")
    done = drifted.recon("show", what)
    assert done.code == 0
    assert done.out
    assert drifted.recon("show", what, "--json").document["run"]


def test_show_tells_one_profiles_story(drifted: Shop) -> None:
    drifted.recon("run")
    done = drifted.recon("show", "--profile", f"{drifted.mark}_ann")
    assert '"Bern"' in done.out
    assert '"Basel"' in done.out
    assert "first_seen" in done.out
    document = drifted.recon("show", "--profile", f"{drifted.mark}_bob", "--json").document
    assert {row["attribute"]: row["cause"] for row in document["attributes"]}["plan_tier"] == "format"
    unknown = drifted.recon("show", "--profile", "nobody")
    assert unknown.code == 2
    assert "byte by byte" in unknown.err


def test_a_step_before_its_time_names_the_step_that_is_missing(drifted: Shop) -> None:
    done = drifted.recon("drift")
    assert done.code == 2
    assert "recon run" in done.err
    drifted.recon("pull")
    for command, missing in (("drift", "load"), ("plan", "drift"), ("apply", "plan"), ("verify", "plan")):
        done = drifted.recon(command)
        assert done.code == 2
        assert f"recon {missing}" in done.err


def test_an_unknown_run_is_named(drifted: Shop) -> None:
    drifted.recon("pull")
    done = drifted.recon("load", "--run", "20200101T000000Z")
    assert done.code == 2
    assert "20200101T000000Z" in done.err


def test_a_run_may_start_again_at_load_without_a_network(drifted: Shop) -> None:
    drifted.recon("run")
    before = drifted.drift()
    drifted.variables["SANDBOX_URL"] = "http://127.0.0.1:1"
    drifted.configure()
    done = drifted.recon("run", "--from", "load", "--json")
    assert done.code == 0
    assert drifted.drift() == before
    assert len(list((drifted.folder / ".recon" / "runs").iterdir())) == 1


def test_doctor_finds_all_well_and_changes_nothing(drifted: Shop) -> None:
    before = drifted.store()
    done = drifted.recon("doctor", "--json")
    assert done.code == 0, done.out
    assert all(check["ok"] for check in done.document["checks"])
    assert drifted.store() == before
    assert drifted.sandbox.requests("/storage/*", after=drifted.logged) == []


def test_doctor_names_each_thing_that_is_wrong_and_its_remedy(drifted: Shop) -> None:
    drifted.variables["BRAZE_WRITE_KEY"] = "badc0ffee-0000-4000-8000-00000000beef"
    drifted.configure(lambda config: config["segment"]["profiles"].update(user_traits="nowhere/*.parquet"))
    done = drifted.recon("doctor")
    assert done.code == 6
    assert "nowhere/*.parquet" in done.out
    assert "braze.write_key" in done.out
    assert done.out.count("FAIL") == 2
    assert done.out.count("next:") >= 2
    assert "badc0ffee" not in done.said


def test_doctor_reads_the_inputs_and_asks_a_refused_key_once(drifted: Shop) -> None:
    drifted.variables["BRAZE_READ_KEY"] = "badc0ffee-0000-4000-8000-00000000beef"
    path = next(drifted.folder.glob("segment/user_identifiers/*.parquet"))
    path.write_bytes(path.read_bytes()[:-40])
    merges = next(drifted.folder.glob("segment/profile_merges/*.parquet"))
    pl.read_parquet(merges).drop("segment_id").write_parquet(merges)
    drifted.configure()
    done = drifted.recon("doctor")
    assert done.code == 6
    assert f"{path} is no whole Parquet file" in done.out
    assert f"{merges} (profile_merges) has no column segment_id" in done.out
    assert done.out.count("FAIL") == 3, "the key is asked once"
    assert "ok   braze.write_key, write profiles" in done.out


def test_init_writes_a_configuration_that_only_lacks_its_variables(tmp_path: Path) -> None:
    done = run_recon("init", "new", cwd=tmp_path)
    assert done.code == 0
    assert (tmp_path / "new" / "recon.yml").exists()
    again = run_recon("init", "new", cwd=tmp_path)
    assert again.code == 2
    missing = run_recon("run", "-c", "new/recon.yml", cwd=tmp_path)
    assert missing.code == 2
    assert "BRAZE_READ_KEY" in missing.err


def test_the_schema_is_json(tmp_path: Path) -> None:
    assert json.loads(run_recon("schema", cwd=tmp_path).out)["properties"]["braze"]


def test_a_bug_shows_its_traceback_only_with_debug(drifted: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError("secret@example.com")

    monkeypatch.setattr("recon.intake.pull.pull", broken)
    done = drifted.recon("pull")
    assert done.code == 1
    assert "ZeroDivisionError" in done.err
    assert "secret" not in done.said
    assert "Traceback" not in done.err
    assert "--debug" in done.err


def test_the_sandbox_is_seeded_from_the_command_line(tmp_path: Path) -> None:
    done = run_recon("sandbox", "seed", "world", "--profiles", "10", "--json", cwd=tmp_path)
    assert done.code == 0
    assert done.document["profiles"]["segment"] >= 10
    assert (tmp_path / "world" / "truth.json").exists()
