"""Debian's Chromium, and one seeded night that every browser test looks at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_world import Night
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from shop_world import run_recon

from recon.sandbox.seed import seed
from recon.sandbox.server import running


def pruned_nights(state: Path) -> None:
    """Twelve earlier nights of which only the numbers are left: one withheld, one failed."""
    (state / "history").mkdir(parents=True)
    for day in range(1, 13):
        name, told = f"202601{day:02}T020000Z", f"2026-01-{day:02}T02:00:00Z"
        causes = {"overwritten": 10_000 * day, "source_moved": 40, "never_sent": 7, "both_moved": 3}
        drift = {"attributes": {"drifted_cells": sum(causes.values()), "by_cause": causes}, "to_repair": 1}
        states = {"verified": 50, "withheld": 10_000 * day if day == 7 else 0}
        steps = {"drift": {"seconds": 1, "result": drift}, "verify": {"seconds": 1, "result": {"states": states}}}
        ended = {"exit_code": 3, "error": "old data", "remedy": "Wait.", "steps": {}}
        usual = {"exit_code": 4 if day == 7 else 0, "error": None, "remedy": None, "steps": steps}
        document = {"run": name, "state": "done", "at": "verify", "started_at": told, "finished_at": told}
        document |= ended if day == 5 else usual
        (state / "history" / f"{name}.json").write_text(json.dumps(document))


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("looked-at") / "shop"
    truth = seed(folder, profiles=400)
    settings = json.loads((folder / "sandbox.json").read_text())
    settings["braze"] |= {"apply_delay": [0.0, 0.1], "export_delay": 0.0}
    (folder / "sandbox.json").write_text(json.dumps(settings))
    pruned_nights(folder / ".recon")
    with running(folder) as sandbox:
        env = folder / ".env"
        lines = [line for line in env.read_text().splitlines() if not line.startswith("SANDBOX_URL=")]
        env.write_text("\n".join([*lines, f"SANDBOX_URL={sandbox.url}", ""]))
        done = run_recon("run", "--apply", "--json", cwd=folder)
        assert (done.code, done.err) == (4, ""), "merges wait for an approval"
        assert run_recon("audit", cwd=folder).code == 0
        yield Night(folder, truth)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium")
    assert found, "install Debian's chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page that notes what it should not do: errors, and requests for anything but files."""

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        self.page: Page = context.new_page()
        self.page.on(
            "console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._request)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _request(self, request: Request) -> None:
        url = request.url
        if not url.startswith(("file://", "data:,")):
            self.faults.append(f"asked for {url}")


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which nothing may go wrong."""
    watched = Watched(context)
    yield watched.page
    assert watched.faults == []
