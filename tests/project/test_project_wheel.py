"""A wheel of the tree works outside the tree: sql/ and reports/ come along, and the whole job runs."""

from __future__ import annotations

import json
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
# The console script, as an installer would write it; notes what had been imported when it ended.
COMMAND = """if True:
    import sys
    from importlib.metadata import entry_points
    from pathlib import Path
    [script] = entry_points(group="console_scripts", name="recon")
    sys.argv[0] = "recon"
    try:
        script.load()()
    finally:
        Path("where.txt").write_text(sys.modules["recon"].__file__)
"""


class Installed:
    """recon in a virtual environment of its own, which has the wheel and borrows the dependencies of this one."""

    def __init__(self, home: Path, wheel: Path) -> None:
        venv.create(home, with_pip=False, symlinks=True)
        self.python = home / "bin" / "python"
        self.packages = next(home.glob("lib/python*/site-packages"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.packages)
        (self.packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()) + "\n")

    def recon(self, folder: Path, *arguments: str) -> str:
        """What `recon arguments…` prints, run in `folder`."""
        command = [self.python, "-P", "-c", COMMAND, *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert Path((folder / "where.txt").read_text()).is_relative_to(self.packages)
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, capture_output=True, check=True)
    [wheel] = folder.glob("*.whl")
    return Installed(folder / "venv", wheel)


def test_it_prints_the_schema(installed: Installed, tmp_path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(installed.recon(tmp_path, "schema")))


def test_it_writes_a_first_configuration(installed: Installed, tmp_path: Path) -> None:
    installed.recon(tmp_path, "init", "mine")
    assert (tmp_path / "mine" / "recon.yml").is_file()
    assert (tmp_path / "mine" / ".env.example").is_file()


def test_it_runs_the_demo(installed: Installed, tmp_path: Path) -> None:
    runs = json.loads(installed.recon(tmp_path, "demo", "--profiles", "300", "--json"))["runs"]
    plan = runs[0]["plan"]
    due = sum(plan["corrections"].values()) - sum(held["n"] for held in plan["withheld"].values())
    assert runs[0]["verify"]["states"]["verified"] == due > 0
    assert runs[-1]["drift"]["to_repair"] == 0
    assert len(list(tmp_path.glob("recon-demo/.recon/runs/*/report.html"))) == len(runs)
