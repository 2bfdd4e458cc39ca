"""The nightly run: the steps in order."""

from __future__ import annotations

from typing import Any

from recon.deliver.apply import apply
from recon.deliver.verify import verify
from recon.drift.find import find
from recon.intake.load import load
from recon.intake.pull import pull
from recon.plan.make import make
from recon.store.job import Job


def nightly(job: Job, *, deliver: bool) -> dict[str, Any]:
    """Pull, load, drift, plan and, if `deliver`, apply and verify. Returns each step's document by name."""
    steps: dict[str, Any] = {"pull": pull(job), "load": load(job), "drift": find(job), "plan": make(job)}
    if deliver:
        steps["apply"] = apply(job)
        steps["verify"] = verify(job)
    return steps
