"""Consent that differs: who may be reached by e-mail, push and subscription groups (design §6.4).

In doubt the opt-out wins. Braze's states belong to addresses, so what people say is gathered by address and holds for
every profile that has it (facts/braze-rest-api §5.1).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from recon.mapping.cohorts import Audience
from recon.mapping.compiled import Compiled, Trait
from recon.mapping.consent import Channel
from recon.store import sql
from recon.store.job import Job
from recon.store.sql import Sql, text
from recon.store.state import attached

KINDS = ("unsubscribe", "conflict", "resubscribe")


class _Channel(NamedTuple):
    """A channel as the templates have it: `group` is the group's id as a literal."""

    number: int
    channel: str | None
    group_id: str | None
    group: Sql


class _Address(NamedTuple):
    """An address as Segment has it: what it is, as a literal, and its value in the form that is compared."""

    kind: Sql
    value: Sql


def find(con: duckdb.DuckDBPyConnection, job: Job, mapping: Compiled, observed_at: datetime) -> None:
    """Makes `subscription_drift`, and `group_held` for the audiences in subscription groups.

    Members that differ there are added to `differing_member`. Changes that Currents tells of and that are newer than
    `observed_at` count more than what Braze answered.
    """
    asked = {"observed_at": observed_at}
    channels = [described(each) for each in mapping.channels]
    traits, addresses = addresses_of(mapping)
    _rules(con, mapping)
    names = {each.trait for each in mapping.channels if each.trait} | {trait.trait for trait in traits}
    names |= {each.audience for each in mapping.cohorts.in_groups}
    sql.run(con, "drift/subscription/stated", {"traits": sorted(names)})
    columns = {name: mapping.column_of(name) for name in ("email", "phone", "email_subscribe", "push_subscribe")}
    sql.run(con, "drift/subscription/reachable", **columns)
    sql.run(con, "drift/subscription/address", address_traits=traits, segment_addresses=addresses)
    for step in ("resolved", "change", "address_state"):
        sql.run(con, f"drift/subscription/{step}")
    sql.run(con, "drift/subscription/difference", asked, channels=channels)
    reach = {name: columns[name] for name in ("email", "email_subscribe")}
    sql.run(con, "drift/subscription/opted_out", asked, channels=channels, **reach)
    in_groups = group_cohorts(mapping, channels)
    if not in_groups:
        sql.run(con, "drift/subscription/no_group_held")
        return
    with attached(con, job.state):
        sql.run(con, "drift/subscription/group_leave")
    sql.run(con, "drift/subscription/group_held", asked, group_cohorts=in_groups)
    sql.run(con, "drift/subscription/group_members", group_cohorts=in_groups)


def write(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Writes `folder`/subscription.parquet; returns the rows of each kind, as the drift document has them.

    Beside it, for the audit: opted_out.parquet and deletion.parquet.
    """
    sql.run(con, "drift/subscription/write", {"subscription": str(folder / "subscription.parquet")})
    files = {name: str(folder / f"{name}.parquet") for name in ("opted_out", "deletion")}
    sql.run(con, "drift/subscription/write_opted_out", files)
    row = sql.run(con, "drift/subscription/counts").fetchone()
    return dict(zip(KINDS, row, strict=True)) if row else {}


def sides(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, dict[str, int]]]:
    """What both sides say, by the field of a channel or group: how many profiles Segment says to be `opted_out`,
    `opted_in` or says nothing about (`silent`), and how many of those are `unsubscribed` and `reachable` in Braze.

    Of an unknown state are those that Segment says to be opted out (`unknown`); others count as reachable.
    """
    return {
        field: {
            "opted_out": {"unsubscribed": out[0], "reachable": out[1], "unknown": out[2]},
            "opted_in": {"unsubscribed": rest[0], "reachable": rest[1]},
            "silent": {"unsubscribed": rest[2], "reachable": rest[3]},
        }
        for field, *counts in sql.run(con, "drift/subscription/sides").fetchall()
        for out, rest in [(counts[:3], counts[3:])]
    }


def _rules(con: duckdb.DuckDBPyConnection, mapping: Compiled) -> None:
    fields = ("number", "channel", "group_id", "field", "trait", "unsubscribed", "opted_in")
    rules = sql.rows({name: getattr(each, name) for name in fields} for each in mapping.channels)
    sql.run(con, "drift/subscription/rule", {"channels": rules})


def described(channel: Channel) -> _Channel:
    """A channel as the templates have it."""
    group = text(channel.group_id or "")
    return _Channel(channel.number, channel.channel, channel.group_id, group)


def group_cohorts(mapping: Compiled, channels: list[_Channel]) -> list[tuple[Audience, _Channel]]:
    """The audiences in subscription groups, each with its group."""
    by_field = {each.field: described for each, described in zip(mapping.channels, channels, strict=True)}
    return [(each, by_field[each.field.attribute]) for each in mapping.cohorts.in_groups]


def addresses_of(mapping: Compiled) -> tuple[list[Trait], list[_Address]]:
    """The traits that Segment's e-mail addresses and phone numbers are made of, and how."""
    how = {"email": "email_address(unquoted({0}))", "phone": "phone_digits(unquoted({0}))"}
    cells = [cell for cell in mapping.cells if cell.standard and cell.attribute in how]
    names = {trait for cell in cells for trait in cell.traits}
    traits = [trait for trait in mapping.traits if trait.trait in names]
    return traits, [_Address(text(cell.attribute), Sql(how[cell.attribute].format(cell.given))) for cell in cells]
