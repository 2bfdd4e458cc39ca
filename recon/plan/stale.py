"""Whether a plan still fits the world it was made for."""

from __future__ import annotations

from recon.errors import Withheld
from recon.intake import manifest
from recon.store.job import Job


def refuse_stale(job: Job) -> None:
    """Raises Withheld, naming what moved: the configuration, an input, or a newer run."""
    moved = []
    if job.run.document["config"] != job.config.fingerprint():
        moved.append("recon.yml")
    moved += [f"the input {name}" for name in manifest.changed(job.config, job.run)]
    newest = job.runs.all()[-1]
    if newest.id != job.run.id:
        moved.append(f"there is a newer run, {newest.id}")
    if moved:
        raise Withheld(
            f"the plan of run {job.run.id} is stale: changed since then: {', '.join(moved)}",
            "Make a new plan with `recon run`; nothing was sent.",
        )
