"""Opt-outs must survive a merge: the survivor ends with the stricter state of both.

What Braze makes of consent in a merge is documented nowhere (facts/braze-rest-api §4, §12). So states are read before,
kept durably, and set and read back after.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from recon.braze.client import BrazeClient
from recon.braze.subscriptions import address_status, user_status
from recon.deliver import readback
from recon.deliver.batches import Item, batches
from recon.deliver.look import Profile, Seen, Step
from recon.deliver.readback import ReadBack
from recon.deliver.send import send
from recon.store import sql

_GLOBAL = ("email_subscribe", "push_subscribe")
_GROUP = "subscription_group:"


def keep(back: ReadBack, steps: Iterable[Step], seen: Seen) -> None:
    """Notes for each survivor-to-be what either profile is opted out of, before the steps are sent.

    Groups of a profile without external id are read by its address, which is what they belong to (§5.1).
    """
    joined = [step for step in steps if step.kind in ("merge", "identify")]
    pairs: list[tuple[Step, Profile]] = []
    for step in joined:
        loose = seen.aliased.get(step.alias) if step.kind == "identify" else None
        found = (loose, seen.primary.get(step.external_id), seen.primary.get(step.survivor))
        pairs += [(step, profile) for profile in found if profile]
    kept = {(step, name) for step, profile in pairs for name in _GLOBAL if profile.get(name) == "unsubscribed"}
    kept |= _in_groups(back.braze, pairs)
    rows = sql.rows({**_named(step), "field": field} for step, field in sorted(kept))
    asked = {"run": back.job.run.id, "plan": back.plan, "kept": rows, "joined": sql.rows(map(_named, joined))}
    sql.run(back.con, "deliver/keep_opt_outs", asked)


def restore(back: ReadBack, writer: BrazeClient | None, survivors: Sequence[str]) -> dict[str, list[str]]:
    """Sets again on `survivors` what was kept and does not hold; returns what still does not hold when patience ends.

    Without a `writer` it only looks.
    """
    asked = {"run": back.job.run.id, "plan": back.plan, "survivors": list(survivors)}
    kept: dict[str, list[str]] = {}
    for survivor, field in sql.run(back.con, "deliver/kept_opt_outs", asked).fetchall():
        kept.setdefault(survivor, []).append(field)
    open_ = _not_holding(back, kept)
    if writer is None or not open_:
        return open_
    items = [Item(survivor, _object(survivor, fields)) for survivor, fields in open_.items()]
    limits = back.job.config.braze.limits
    back.job.sending.set()
    try:
        for batch in batches(items, limits.objects_per_request, limits.bytes_per_request):
            send(writer, batch)
    finally:
        back.job.sending.clear()
    ends, pause = time.monotonic() + readback.PATIENCE, readback.SETTLE
    while True:
        back.braze.pause(pause)
        open_ = _not_holding(back, open_)
        pause = max(pause, 1.0)
        if not open_ or time.monotonic() + pause > ends:
            return open_


def _not_holding(back: ReadBack, kept: dict[str, list[str]]) -> dict[str, list[str]]:
    if not kept:
        return {}
    groups = [who for who, fields in kept.items() if any(field.startswith(_GROUP) for field in fields)]
    back.look(list(kept), groups)
    rows = sql.run(back.con, "deliver/opted_out_back").fetchall()
    held = {(external_id, field) for external_id, field in rows}
    left = {who: [field for field in fields if (who, field) not in held] for who, fields in kept.items()}
    return {who: fields for who, fields in left.items() if fields}


def _in_groups(braze: BrazeClient, pairs: Sequence[tuple[Step, Profile]]) -> set[tuple[Step, str]]:
    """(step, field) of every group that a profile is opted out of."""
    whose: dict[str, dict[str, set[Step]]] = {"external_id": {}, "email": {}, "phone": {}}
    for step, profile in pairs:
        for kind in ("external_id",) if profile.get("external_id") else ("email", "phone"):
            if profile.get(kind):
                whose[kind].setdefault(str(profile[kind]).lower(), set()).add(step)
    found = []
    ids = [str(profile["external_id"]) for _, profile in pairs if profile.get("external_id")]
    found += [("external_id", state.external_id, state) for state in user_status(braze, ids)]
    for kind in ("email", "phone"):
        found += [(kind, address, state) for address, state in address_status(braze, kind, whose[kind])]
    return {
        (step, _GROUP + state.group_id)
        for kind, key, state in found
        if state.status == "unsubscribed"
        for step in whose[kind].get(key.lower(), ())
    }


def _object(survivor: str, fields: Sequence[str]) -> bytes:
    wanted: dict[str, Any] = {"external_id": survivor, "_update_existing_only": True}
    wanted |= {field: "unsubscribed" for field in fields if not field.startswith(_GROUP)}
    groups = [
        {"subscription_group_id": field.removeprefix(_GROUP), "subscription_state": "unsubscribed"}
        for field in fields
        if field.startswith(_GROUP)
    ]
    return orjson.dumps(wanted | ({"subscription_groups": groups} if groups else {}))


def _named(step: Step) -> dict[str, str]:
    return {"step_id": step.external_id, "step_field": step.field, "external_id": step.survivor}
