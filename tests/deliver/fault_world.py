"""A small town whose plan has every class of correction, made once and taken out afresh for every fault.

The sandbox runs in this process, on a copy of the folder that it was prepared in, so that a case costs little more than
its delivery. What recon says of a row is compared with what the sandbox holds; recon is not asked how.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import requests
from fault_kinds import VARIANTS
from shop_world import DIGEST, READ_KEY, READERS, WRITE_KEY, workspace
from town_world import READS, Town
from town_world import WRITES as PERMISSIONS

from recon.sandbox.client import Sandbox
from recon.sandbox.limits import POOLS
from recon.sandbox.server import serve
from recon.sandbox.settings import Key

LIMITS = {name: {"limit": 100_000, "seconds": 1} for name in POOLS}
"""Windows of one second: a refusal that names the end of its window is waited out soon."""


@contextlib.contextmanager
def at_work(folder: Path, port: int) -> Iterator[Sandbox]:
    """The sandbox of `folder` on a thread of this process."""
    ready, stop = threading.Event(), threading.Event()
    where: list[str] = []

    def on_ready(url: str) -> None:
        where.append(url)
        ready.set()

    thread = threading.Thread(
        target=serve, args=(folder,), kwargs={"port": port, "on_ready": on_ready, "stop": stop}, daemon=True
    )
    thread.start()
    try:
        assert ready.wait(20), "the sandbox did not start"
        with contextlib.closing(Sandbox(where[0])) as sandbox:
            yield sandbox
    finally:
        stop.set()
        thread.join(20)


def free_port() -> int:
    """A port that nobody has, and that the system gives nobody unasked."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.closing(socket.socket()) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Everything(Town):
    """A town with at least one correction of every class. `prepare` it once; `opened` gives it fresh."""

    def prepare(self) -> None:
        """People, a plan, and approvals for what needs them; the sandbox is at work meanwhile."""
        self.config["identity"]["merge"] = "auto"
        self.config["policy"]["delete_suppressed"] = True
        self.config["policy"]["breakers"]["delete"] = {"count": 100, "percent": 100}
        self.config["braze"]["limits"] = {"objects_per_request": 2}
        self.config["cohorts"] = [
            {"audience": "vip", "to": {"attribute": "is_vip"}},
            {"audience": "fans", "to": {"array": "lists"}},
            {"audience": "readers", "to": {"subscription_group": READERS}},
        ]
        held = {"home_city": "Basel"}
        out = self.add("out", {"city": "Bern"}, fields={**held, "email": f"out.{self.mark}@example.com"})
        self.opted_out(out, "email_consent", "push_consent", "digest")
        self.opted_out(self.add("out_too"))
        self.opted_out(self.add("out_three"), "offers")
        self.add("known", {"city": "Bern"}, fields=held)
        self.identifier(f"use_{self.mark}_known", f"{self.mark}-anon", "anonymous_id")
        self.add("named", {"city": "Bern"}, fields=held)
        self.loose("named", "named", fields={"email_subscribe": "unsubscribed"})
        self.add("renamed", {"city": "Bern"}, in_braze=False)
        self.twin("renamed_b", "renamed", fields=held)
        self.add("one", {"city": "Bern"}, fields=held)
        self.twin("one_b", "one", fields={"push_subscribe": "unsubscribed"}, groups={DIGEST: "Unsubscribed"})
        self.add("moved", {"city": "Bern", "plan": "gold", "tags": '["b","a"]'}, {"plan_tier": "blue"}, held)
        self.add("member", {"vip": "true", "fans": "true", "readers": "true"}, {"lists": ["theirs"]})
        self.add("left", {"vip": "false"}, {"is_vip": True, "lists": ["fans"]}, groups={READERS: "Subscribed"})
        back = self.add("back", {"email_consent": "true"}, fields={"email_subscribe": "unsubscribed"})
        self.opted_out_in_braze(back, hours_ago=300)
        self.suppress(self.add("forgotten"))
        self.write()
        assert self.recon("run").code == 0
        plan = self.run_document["steps"]["plan"]["result"]
        assert set(plan["corrections"]) == {
            *("alias", "attribute", "cohort", "delete", "identify", "merge", "rename", "resubscribe", "unsubscribe")
        }, plan["corrections"]
        for name in plan["withheld"]:
            assert self.recon("approve", plan["plan"], "--class", name, "--by", "Ada").code == 0

    def planned(self) -> list[dict[str, Any]]:
        """The corrections of the plan that the town was made with."""
        return pl.read_parquet(self.delivery / "plan" / "corrections.parquet").to_dicts()

    @property
    def delivery(self) -> Path:
        """The folder of the run that is delivered: the first."""
        return min((self.folder / ".recon" / "runs").iterdir())

    def fail(self, failures: dict[str, str], count: int | None = None) -> None:
        """Makes the sandbox fail: variants of `fault_kinds` by path, each `count` times or for good."""
        for path, name in failures.items():
            if VARIANTS[name]:
                self.sandbox.fault(path, **VARIANTS[name], count=count)

    def fired(self) -> dict[str, int]:
        """How often each fault has fired, by path."""
        faults = requests.get(f"{self.sandbox.url}/_sandbox/faults", timeout=10).json()
        return {fault["path"]: fault["fired"] for fault in faults}


class Stage:
    """Where a town and its sandbox lie, and copies of both that were put aside. Paths and the port stay the same, for
    a plan whose inputs lie elsewhere is stale."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        for name in ("braze", "town"):
            (folder / name).mkdir()
        keys = [Key("read", READ_KEY, READS.split()), Key("write", WRITE_KEY, PERMISSIONS.split())]
        workspace(folder / "braze", keys=keys, limits=LIMITS, apply_delay=[0.0, 0.0])
        with at_work(folder / "braze", self._port) as sandbox:
            town = Everything(folder / "town", sandbox)
            town.prepare()
            self._like = vars(town)
        self.put_aside("planned")

    def put_aside(self, name: str) -> None:
        """Keeps what there is now under `name`."""
        for part in ("braze", "town/.recon"):
            shutil.copytree(self._folder / part, self._folder / name / part)

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[Everything]:
        """The town as it was put aside under `name`, its sandbox at work."""
        for part in ("braze", "town/.recon"):
            shutil.rmtree(self._folder / part)
            shutil.copytree(self._folder / name / part, self._folder / part)
        with at_work(self._folder / "braze", self._port) as sandbox:
            sandbox.clear_requests()
            town = Everything(self._folder / "town", sandbox)
            vars(town).update({**self._like, "sandbox": sandbox, "logged": 0})
            yield town
