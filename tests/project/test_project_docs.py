"""The pages: links lead somewhere, snippets of recon.yml are right, the way from nothing to a night can be walked."""

from __future__ import annotations

import json
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from shop_world import run_recon

from recon.config.loading import load
from recon.config.models import Config
from recon.config.values import keys
from recon.sandbox.server import running

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CONTRACT = ROOT / "tests" / "config" / "contract.yml"
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to a page's headings."""
    found: dict[str, int] = {}
    names = set()
    for line in _FENCED.sub("", page.read_text(encoding="utf-8")).splitlines():
        if heading := re.fullmatch(r"#+ (.*)", line):
            text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading[1]).strip().lower()
            name = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            count = found[name] = found.get(name, -1) + 1
            names.add(f"{name}-{count}" if count else name)
    return names


def test_every_link_leads_somewhere() -> None:
    broken = []
    for page in PAGES:
        text = re.sub(r"`[^`\n]*`", "", _FENCED.sub("", page.read_text(encoding="utf-8")))
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"https?://|mailto:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{page.relative_to(ROOT)}: {link}")
    assert broken == []


def snippets() -> list[Any]:
    """Every YAML of the pages whose keys are sections of recon.yml."""
    found = []
    for page in PAGES:
        section = ""
        for number, (language, text) in enumerate(_FENCED.findall(page.read_text(encoding="utf-8"))):
            if language != "yaml":
                continue
            # What is indented belongs to the section at the end of the snippet before it.
            data = YAML(typ="safe", pure=True).load(f"{section}:\n{text}" if text.startswith(" ") else text)
            section = list(data)[-1] if isinstance(data, dict) else section
            if isinstance(data, dict) and data.keys() <= keys(Config).keys():
                found.append(pytest.param(data, id=f"{page.stem}-{number}"))
    return found


@pytest.mark.parametrize("part", snippets())
def test_a_snippet_of_recon_yml_is_right(part: dict[str, Any], tmp_path: Path) -> None:
    whole = YAML(typ="safe", pure=True).load(CONTRACT)
    # A part takes the place of its sections; what it leaves out of a section comes from a whole file.
    for section, value in part.items():
        both = isinstance(value, dict) and isinstance(whole.get(section), dict)
        whole[section] = {**whole[section], **value} if both else value
    text = json.dumps(whole, default=lambda moment: moment.isoformat())
    (tmp_path / "recon.yml").write_text(text)
    names = dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), "https://made-up.example.com/x")
    load(tmp_path / "recon.yml", names)


def test_the_way_from_nothing_to_a_night_can_be_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line of the page, in an empty folder, as it stands there; only the port and the sandbox's waits differ."""
    monkeypatch.setattr("recon.deliver.readback.SETTLE", 0.05)
    monkeypatch.setattr("recon.braze.download._POLL_FIRST", 0.05)
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    way = text.partition("## From nothing to a nightly run")[2].partition("\n## ")[0]
    lines = [line[2:] for kind, block in _FENCED.findall(way) if kind == "console" for line in block.splitlines()]
    seed, serve, *rest = lines
    assert run_recon(*seed.split()[1:], cwd=tmp_path).code == 0
    assert serve == "recon sandbox serve shop &"
    settings = json.loads((tmp_path / "shop" / "sandbox.json").read_text())
    settings["braze"] |= {"apply_delay": [0.0, 0.01], "export_delay": 0.0}
    (tmp_path / "shop" / "sandbox.json").write_text(json.dumps(settings))
    ends: dict[str, int] = {}
    folder = tmp_path
    with running(tmp_path / "shop") as sandbox:
        for line in rest:
            if line.startswith("cd "):
                folder = folder / line[3:]
            elif line.startswith("recon "):
                done = run_recon(*line.split()[1:], cwd=folder)
                ends[line] = done.code
                assert done.code in (0, 4), f"{line}\n{done.said}"
            else:
                here = line.replace("http://127.0.0.1:8787", sandbox.url)
                subprocess.run(["/bin/sh", "-ec", here], cwd=folder, check=True)
    assert [line for line, code in ends.items() if code] == [
        "recon apply --limit 10", "recon verify", "recon run --apply --yes",
    ]  # fmt: skip
    assert stat.S_IMODE((folder / ".recon").stat().st_mode) == 0o700
    last = max((folder / ".recon" / "runs").iterdir())
    document = json.loads((last / "run.json").read_text())
    states = document["steps"]["verify"]["result"]["states"]
    assert states["verified"]
    assert {name for name, count in states.items() if count} == {"verified", "withheld"}
    assert {"config", "versions", "started_at", "finished_at", "exit_code", "steps"} <= document.keys()
