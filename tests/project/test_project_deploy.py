"""The files under docs/deploy: run where this machine can run them, read field by field where it cannot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML
from town_world import Town

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
CODES = (0, 1, 2, 3, 4, 5, 6, 143)
NIGHT = "run --apply --yes --no-progress"


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def ending(folder: Path) -> Path:
    """A `recon` that notes what it is asked, and whose night ends with $CODE."""
    return script(folder / "recon", f'echo "$*" >> {folder}/asked\n[ "$1" = run ] || exit 0\nexit $CODE')


def sh(text: str, code: int, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`text` in a shell, with the `recon` of `folder`, which ends with `code`."""
    env = {"PATH": f"{folder}:/usr/bin:/bin", "CODE": str(code)}
    return subprocess.run(
        ["/bin/sh", *options, "-c", text], env=env, cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_crontab_runs_a_night_as_cron_would(town: Town, tmp_path: Path) -> None:
    ann = town.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    town.twin("again", "ann")  # waits for a person
    town.write()
    shutil.copy(DEPLOY / "nightly.sh", tmp_path)
    (tmp_path / "acme").symlink_to(town.folder)
    (tmp_path / "bin").mkdir()
    script(tmp_path / "bin" / "recon", f'PYTHONPATH={ROOT} exec {sys.executable} -m recon "$@"')
    text = (DEPLOY / "crontab").read_text().replace("/srv/recon/venv/bin", f"{tmp_path}/bin")
    lines = [line for line in text.replace("/srv/recon", str(tmp_path)).splitlines() if line and line[0] != "#"]
    env = dict(line.split("=", 1) for line in lines[:-1])
    when, command = re.fullmatch(r"((?:[\d*]+ ){4}[\d*]+)\s+(.*)", lines[-1]).groups()  # type: ignore[union-attr]
    assert when == "15 3 * * *"
    assert "%" not in command  # cron would make a new line of it
    cron = {"HOME": str(tmp_path), "LOGNAME": "recon", "SHELL": "/bin/sh", **env}
    done = subprocess.run(["/bin/sh", "-c", command], env=cron, capture_output=True, text=True, check=False)
    assert "something waits for a person" in done.stdout  # which cron mails
    assert "1 merge correction withheld" in done.stdout
    assert done.stderr == ""
    town.sandbox.settle()
    assert town.stored(ann)["fields"]["home_city"] == "Bern"
    assert town.run_document["exit_code"] == 4


def test_a_good_night_of_cron_is_silent_and_any_other_ends_with_its_code(tmp_path: Path) -> None:
    ending(tmp_path)
    for code in CODES:
        (tmp_path / "asked").unlink(missing_ok=True)
        done = sh(f"{DEPLOY}/nightly.sh {tmp_path}", code, tmp_path)
        assert done.returncode == code
        assert bool(done.stderr) == bool(code)
        assert (tmp_path / "asked").read_text().splitlines() == [NIGHT, *(["status"] if code else [])]


def unit(name: str) -> RawConfigParser:
    found = RawConfigParser(strict=True, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string((DEPLOY / name).read_text())
    return found


def test_the_systemd_units_are_sound(tmp_path: Path) -> None:
    service = unit("recon.service")["Service"]
    assert service["Type"] == "oneshot"
    assert service["ExecStart"].endswith(f"/recon {NIGHT}")
    assert service["SuccessExitStatus"].split() == ["4", "5"]
    assert service["RestartPreventExitStatus"].split() == ["1", "2", "3"]
    assert service["ReadWritePaths"] == service["WorkingDirectory"]
    assert unit("recon.timer")["Timer"]["Persistent"] == "true"
    verifier = shutil.which("systemd-analyze")
    if verifier:  # not every machine has systemd
        text = (DEPLOY / "recon.service").read_text().replace("/srv/recon/venv/bin/recon", sys.executable)
        (tmp_path / "recon.service").write_text(text)
        shutil.copy(DEPLOY / "recon.timer", tmp_path)
        units = [str(tmp_path / name) for name in ("recon.service", "recon.timer")]
        done = subprocess.run([verifier, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
        assert "recon" not in done.stderr, done.stderr
        assert done.returncode == 0


def documents(name: str) -> list[Any]:
    return list(YAML(typ="safe", pure=True).load_all((DEPLOY / name).read_text()))


def test_the_cronjob_has_what_a_night_needs(tmp_path: Path) -> None:
    claim, job = documents("cronjob.yaml")
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    spec = job["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("15 3 * * *", "Etc/UTC", "Forbid")
    run = spec["jobTemplate"]["spec"]
    pod = run["template"]["spec"]
    assert pod["restartPolicy"] == "Never"  # podFailurePolicy asks for it
    assert pod["terminationGracePeriodSeconds"] >= 60
    final, away = run["podFailurePolicy"]["rules"]
    assert (final["action"], final["onExitCodes"]["operator"]) == ("FailJob", "In")
    assert final["onExitCodes"]["values"] == [1, 2, 3]
    assert away["action"] == "Ignore"
    [container] = pod["containers"]
    assert final["onExitCodes"]["containerName"] == container["name"]
    assert container["envFrom"] == [{"secretRef": {"name": "recon"}}]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert mounts.keys() == volumes.keys()
    assert volumes["state"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert mounts["state"] == container["workingDir"]
    assert mounts["config"] == f"{container['workingDir']}/recon.yml"
    assert container["command"] == ["/bin/sh", "-c"]
    ending(tmp_path)
    for code in CODES:
        assert sh(container["args"][0], code, tmp_path).returncode == (0 if code in (4, 5) else code)


def test_the_workflow_warns_or_fails_as_the_code_says(tmp_path: Path) -> None:
    [workflow] = documents("github-actions.yml")
    assert workflow["concurrency"] == {"group": "recon", "cancel-in-progress": False}
    assert workflow["on"]["schedule"] == [{"cron": "15 3 * * *"}]
    [job] = workflow["jobs"].values()
    assert "self-hosted" in job["runs-on"]
    assert all(value == f"${{{{ secrets.{name} }}}}" for name, value in job["env"].items())
    night, *others = job["steps"]
    assert all(step["if"] == "always()" for step in others)
    ending(tmp_path)
    text = night["run"].replace("/srv/recon/venv/bin/recon", "recon")
    for code in CODES:
        done = sh(text, code, tmp_path, "-e")  # as runners do
        assert done.returncode == (0 if code in (4, 5) else code)
        assert ("::warning::" in done.stdout) == (code in (4, 5))


def test_the_dag_skips_fails_or_tries_again_as_the_code_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for Airflow, which is too large to install for this."""

    class AirflowException(Exception):
        pass

    class AirflowFailException(AirflowException):
        pass

    class AirflowSkipException(AirflowException):
        pass

    kept: dict[str, Any] = {}

    def keeps(kind: str) -> Any:
        def outer(**options: Any) -> Any:
            def inner(function: Any) -> Any:
                kept[kind] = options
                kept[f"{kind} body"] = function
                return function if kind == "dag" else lambda: None

            return inner

        return outer

    airflow, sdk, exceptions = (ModuleType(f"airflow{name}") for name in ("", ".sdk", ".exceptions"))
    sdk.dag, sdk.task = keeps("dag"), keeps("task")  # type: ignore[attr-defined]
    for error in (AirflowException, AirflowFailException, AirflowSkipException):
        setattr(exceptions, error.__name__, error)
    for module in (airflow, sdk, exceptions):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    text = (DEPLOY / "airflow_dag.py").read_text()
    text = text.replace("/srv/recon/venv/bin/recon", str(ending(tmp_path))).replace("/srv/recon/acme", str(tmp_path))
    exec(compile(text, "airflow_dag.py", "exec"), {})
    assert kept["dag"]["max_active_runs"] == 1
    assert kept["dag"]["catchup"] is False
    assert kept["task"]["retries"] == 2
    skip, final, again = AirflowSkipException, AirflowFailException, AirflowException
    ends = {0: None, 1: final, 2: final, 3: final, 4: skip, 5: skip, 6: again, 143: again}
    for code in CODES:
        monkeypatch.setitem(os.environ, "CODE", str(code))
        raised = None
        try:
            kept["task body"]()
        except AirflowException as error:
            raised = type(error)
        assert raised is ends[code]
    assert (tmp_path / "asked").read_text().splitlines() == [NIGHT] * len(CODES)
