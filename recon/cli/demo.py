"""recon demo: the whole job against the sandbox, twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recon.cli import options, say, say_night
from recon.cli.sandbox import extra_is_there
from recon.cli.session import session

if TYPE_CHECKING:
    from recon.job import Ended

_NIGHTS = ("First night: find the drift and repair it.", "Second night: nothing should be left.")
_FOUND = {
    "cohorts": "members to enter or leave a cohort",
    "duplicates": "pairs of duplicate profiles",
    "subscriptions": "differences of consent",
}


@click.command(short_help="Try it all: seed, repair, and run again.")
@click.option("--profiles", type=click.IntRange(min=1), default=20_000, show_default=True, help="People in Segment.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("recon-demo"),
    show_default=True,
    help="Where the demo lives; an earlier demo there is replaced.",
)
@options.output
def demo(profiles: int, folder: Path, as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool) -> int:
    """Seed a local Braze and Segment, repair the drift between them, and run again to show that nothing is left."""
    extra_is_there()
    import shutil

    from recon.sandbox.seed import seed
    from recon.sandbox.server import running

    def tell(text: str) -> None:
        if not (as_json or quiet):
            click.echo(text)

    tell(f"Seeding {profiles:,} people on both sides, with drift between them, into {folder} …")
    if (folder / "sandbox.json").exists():
        shutil.rmtree(folder / ".recon", ignore_errors=True)
    truth = seed(folder, profiles=profiles)
    nights: list[Ended] = []
    with running(folder) as sandbox:
        _point(folder, sandbox.url)
        for title in _NIGHTS:
            tell(f"\n{click.style(title, bold=True)}")
            with session(folder / "recon.yml", "recon demo", new=True, progress=not (no_progress or quiet)) as job:
                from recon.job import nightly

                night = nightly(job, deliver=True)
            say_night.night(night, verbose=verbose, as_json=False, quiet=as_json or quiet)
            nights.append(night)
    drift, last = nights[0].steps["drift"], nights[-1].steps["drift"]
    first = drift["attributes"]
    if as_json:
        say.document(
            {"folder": str(folder), "seeded": truth.attributes.drifted_cells, "runs": [night.steps for night in nights]}
        )
    found = first["drifted_cells"] == truth.attributes.drifted_cells and first["by_cause"] == truth.attributes.by_cause
    found = found and all(drift[kind] == getattr(truth, kind) for kind in ("cohorts", "duplicates", "subscriptions"))
    left = last["to_repair"]
    tell("")
    tell(f"Seeded {truth.attributes.drifted_cells:,} drifted cells, found {first['drifted_cells']:,}.")
    for kind, words in _FOUND.items():
        seeded, seen = (_sum(counts) for counts in (getattr(truth, kind), drift[kind]))
        tell(f"Seeded {seeded:,} {words}, found {seen:,}.")
    held = nights[0].steps["verify"]["states"]["verified"]
    tell(f"Repaired and seen to hold: {held:,}. Left to repair on the second night: {left:,}.")
    if left == 0:
        causes = ", ".join(f"{count:,} {cause}" for cause, count in last["attributes"]["by_cause"].items())
        members, conflicts = _sum(last["cohorts"]), last["subscriptions"]["conflict"]
        waiting = ", ".join(f"{held['n']:,} {name}" for name, held in nights[-1].steps["plan"]["withheld"].items())
        tell(f"Reported and left alone by rule: {causes}; {members:,} members that are too new to judge, or invalid;")
        tell(f"  {conflicts:,} contradictions in consent. Waiting for a person's approval: {waiting}.")
    tell(f"Open the report of the first night: {nights[0].report}")
    return 0 if found and left == 0 else 1


def _sum(counts: Any) -> int:
    return sum(map(_sum, counts.values())) if isinstance(counts, Mapping) else int(counts)


def _point(folder: Path, url: str) -> None:
    """The served address into the demo's .env, so that recon.yml works against it."""
    env = folder / ".env"
    lines = [line for line in env.read_text().splitlines() if not line.startswith("SANDBOX_URL=")]
    env.write_text("\n".join([*lines, f"SANDBOX_URL={url}", ""]))
