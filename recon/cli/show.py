"""recon show: people read the plan, the drift, a run, one profile."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from recon.cli import options, say, show_plan
from recon.cli.session import session


@click.command(short_help="What would change, and why; or one profile's story.")
@click.argument("what", type=click.Choice(["plan", "drift", "run"]), default="plan")
@click.option("--profile", "external_id", metavar="ID", help="One profile's whole story, by external id.")
@click.option("--all", "everything", is_flag=True, help="Of the plan, every profile; not the first five of each field.")
@options.config
@options.run_id
@options.output
def show(
    what: str,
    external_id: str | None,
    everything: bool,
    config: Path,
    run_id: str | None,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> None:
    """What would change in Braze, why, from what to what; or one profile's whole story."""
    with session(config, "recon show", run_id=run_id, progress=False) as job:
        from recon.report import plan_story, story

        if external_id is not None:
            content = story.profile(job, external_id)
        elif what == "run":
            content = job.run.document
        else:
            content = plan_story.plan(job, everything=everything) if what == "plan" else story.drift(job)
    if as_json:
        say.document(content)
    elif external_id is not None:
        _profile(content)
    elif what == "run":
        _run(content)
    elif what == "plan":
        show_plan.show(content)
    else:
        _drift(content)


def _drift(content: Mapping[str, Any]) -> None:
    say.drift(content, as_json=False, quiet=False)
    for row in content["first"]:
        reason = f" ({row['reason']})" if row["reason"] else ""
        click.echo(
            f"  {row['external_id']}  {row['attribute']}: {row['actual']} → {row['desired']}   # {row['cause']}{reason}"
        )
    left = content["attributes"]["drifted_cells"] - len(content["first"])
    if left > 0:
        click.echo(f"  … and {left:,} more; all of them are in drift/attribute.parquet")


def _run(content: Mapping[str, Any]) -> None:
    click.echo(
        f"run {content['run']}: {content['state']}, started {content['started_at']}, exit code {content['exit_code']}"
    )
    for name, step in content["steps"].items():
        click.echo(f"  {name:<8} {step.get('seconds', 0):>9,.1f} s")
    if content["error"]:
        click.echo(f"  stopped: {content['error']}\n  next: {content['remedy']}")


def _profile(content: Mapping[str, Any]) -> None:
    click.echo(f"{content['external_id']} in run {content['run']}")
    if content["profile"] is None:
        click.echo("  Segment does not know this id; recon leaves the Braze profile alone")
    else:
        click.echo(f"  Segment profile {content['profile']}")
    if content["suppressed"]:
        click.echo("  suppressed in Segment: nothing is compared, and nothing pushed but opt-outs")
    elif content["identified_by"]:
        label = content["identified_by"]
        click.echo(
            f"  Braze has a profile of theirs without external id, under {label}: it gets the id, then corrections"
        )
    elif not content["in_braze"]:
        click.echo("  Braze has no profile with this id")
    elif content["profile"] is not None and content["stands_for_person"] != content["external_id"]:
        other = content["stands_for_person"]
        click.echo(f"  the person's profile in Braze is {other}; this one gets no corrections but opt-outs")
    for row in content["attributes"]:
        made_of = ", ".join(f"{key}: {value}" for key, value in row["from"].items())
        verdict = row["cause"] or ("same" if row["desired"] is not None else "Segment states nothing")
        reason = f" – {row['reason']}" if row["reason"] else ""
        click.echo(
            f"\n  {row['attribute']}  ({made_of})\n    desired {row['desired']}\n    actual  {row['actual']}\n"
            f"    {verdict}{reason}"
        )
    for row in content["cohorts"]:
        sides = [f"{side} {'member' if row[side] else 'not a member'}" for side in ("segment", "braze")]
        differs = "conflict: see consent below" if row["segment"] != row["braze"] else "same"
        verdict = f"{row['change']}: {row['cause']}" if row["change"] else differs
        click.echo(f"\n  audience {row['audience']}  ({row['to']})\n    {sides[0]}, {sides[1]}\n    {verdict}")
    for row in content["subscriptions"]:
        segment, braze = (
            f" since {moment}" if (moment := row[f"{side}_time"]) else "" for side in ("segment", "braze")
        )
        click.echo(
            f"\n  consent {row['field']}\n    segment {row['desired']}{segment}\n"
            f"    braze   {row['actual']}{braze}\n    {row['kind']}"
        )
