"""`recon show plan` for people: by stage, class and field, with + ~ - and why; what waits; what to do next."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import click

from recon.cli import say
from recon.report import words

_COLOURS = {"+": "green", "~": "yellow", "-": "red"}
_STAGES = {
    "suppress": "opt-outs, before anything else",
    "identity": "who is who",
    "attributes": "values, audiences and states",
    "delete": "after everything else",
}
_LEAST = 16
"""Characters of a value that are shown however narrow the terminal is."""


def show(content: Mapping[str, Any]) -> None:
    """The whole plan. Values are cut to the width of the terminal; in a pipe nothing is cut."""
    width = shutil.get_terminal_size((10_000, 50)).columns
    click.echo(click.style(f"plan {content['plan']} of run {content['run']}", bold=True))
    for number, stage in enumerate(content["stages"], 1):
        head = f"{number}. {stage['stage']}: {_STAGES[stage['stage']]}"
        counts = f"{words.counted(stage['corrections'], 'correction')}, {words.counted(stage['profiles'], 'profile')}"
        click.echo(f"\n{click.style(head, bold=True)} ({counts})")
        for entry in stage["classes"]:
            _class(entry, content["approved"].get(entry["class"]), width)
    click.echo()
    click.echo(click.style(say.totals(content["totals"]), bold=True))
    for line in say.price(content["price"]):
        click.echo(line)
    for line in _next(content):
        click.echo(line)


def _class(entry: Mapping[str, Any], approved_by: str | None, width: int) -> None:
    for field in entry["fields"]:
        signs = [("+", "added"), ("~", "changed"), ("-", "removed")]
        counts = [click.style(f"{sign} {field[name]:,}", fg=_COLOURS[sign]) for sign, name in signs if field[name]]
        if field["quarantined"]:
            counts.append(click.style(f"{field['quarantined']:,} set aside", fg="magenta"))
        held = click.style("  withheld", fg="yellow") if entry["withheld"] and not approved_by else ""
        click.echo(f"\n  {entry['class']}  {click.style(field['what'], bold=True)}  {'  '.join(counts)}{held}")
        wide = min(max(len(row["external_id"]) for row in field["rows"]), width // 3)
        for row in field["rows"]:
            for line in _row(row, wide, width):
                click.echo(line)
        left = field["corrections"] + field["quarantined"] - len(field["rows"])
        if left > 0:
            click.echo(f"      … and {left:,} more (--all shows them)")
    if approved_by:
        click.echo(f"\n    {click.style('approved', fg='green')} by {approved_by}: `recon apply` sends them")
    elif entry["withheld"]:
        click.echo(f"\n    {click.style('withheld', fg='yellow')} {entry['withheld']}")
        click.echo(f"    let them go with: {entry['command']}")


def _row(row: Mapping[str, Any], wide: int, width: int) -> Iterator[str]:
    sign = click.style(row["sign"], fg=_COLOURS[row["sign"]])
    aside = ", set aside: sent in vain before" if row["state"] == "quarantined" else ""
    why = f"# {row['cause']}: {row['why']}{aside}"
    if row["words"]:
        room = width - 6 if row["words"].endswith(")") else width - 8 - len(why)
        words = _cut(row["words"], max(room, 4 * _LEAST))
        # What tells that it is one person stands in the words already.
        yield f"    {sign} {words}" + ("" if row["words"].endswith(")") and not aside else f"  {_dim(why)}")
        return
    head = f"{row['external_id']:<{wide}}  "
    room = width - 6 - len(head)
    if row["parts"]:
        yield f"    {sign} {head}{_dim(_cut(why, room))}"
        for part in row["parts"]:
            key = f"{part['key']}: " if part["key"] is not None else ""
            change = _change(part["before"], part["after"], width - 10 - wide - len(key))
            yield f"      {'':<{wide}}  {click.style(part['sign'], fg=_COLOURS[part['sign']])} {key}{change}"
        return
    change = _change(row["before"], row["after"], room - len(why) - 2)
    if len(change) + 2 + len(why) > room:  # too narrow for all of it: the short name of the reason says enough
        why = f"# {row['cause']}{', set aside' if aside else ''}"
        change = _change(row["before"], row["after"], room - len(why) - 2)
    yield f"    {sign} {head}{change}  {_dim(why)}"


def _change(before: str | None, after: str | None, room: int) -> str:
    """old → new, in `room` characters where that leaves enough of either."""
    if before is None or after is None:
        return _cut(before or after or "", max(room, _LEAST))
    if len(before) + 3 + len(after) <= room:
        return f"{before} → {after}"
    half = max((room - 3) // 2, _LEAST)
    left = _cut(before, max(half, room - 3 - len(after)))
    return f"{left} → {_cut(after, max(half, room - 3 - len(left)))}"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(room - 1, 1)]}…"


def _dim(text: str) -> str:
    return click.style(text, dim=True)


def _next(content: Mapping[str, Any]) -> Iterator[str]:
    next_ = click.style("next:", bold=True)
    if content["states"] is not None:
        states = ", ".join(f"{count:,} {name}" for name, count in content["states"].items() if count)
        yield f"This plan was delivered: {states or 'nothing to do'}."
        yield f" {next_} `recon status` says what is open"
        return
    if content["totals"]["opt_outs"] or any(content["totals"][name] for name in ("add", "change", "remove")):
        yield f" {next_} `recon apply`, then `recon verify`; or `recon apply --limit 10` first"
