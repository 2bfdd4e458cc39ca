"""Where an identity step or a deletion stands, told by reading profiles and by nothing else (facts/braze-rest-api §4).

Braze's answers to these calls count what was queued, so only the profiles tell whether a step is done, can still be
done, or cannot be: ids that resolve to a profile of another id are deprecated, and no step may be sent for those
(§10.23: a deletion would destroy the profile that lives on).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from recon.braze import users
from recon.braze.client import BrazeClient

Profile = dict[str, Any]
_FIELDS = ("external_id", "user_aliases", "email", "phone", "email_subscribe", "push_subscribe")


class Step(NamedTuple):
    """One step. `before` and `after` are ids; of a deletion `after` is None, of an identify it is the alias name."""

    kind: str
    external_id: str
    field: str
    before: str | None
    after: str | None
    state: str
    turn: int

    @property
    def survivor(self) -> str:
        """The id of the profile that lives on, as it is called once the step is done."""
        return self.after if self.kind in ("merge", "rename") and self.after else self.external_id

    @property
    def alias(self) -> tuple[str, str]:
        """Label and name, of an identify."""
        return self.field.removeprefix("identify:"), self.after or ""


class Seen(NamedTuple):
    """Some profiles as they were at one moment."""

    primary: dict[str, Profile]
    """By the external id they have."""
    unknown: frozenset[str]
    """External ids that match nobody."""
    aliased: dict[tuple[str, str], Profile]
    """By label and name of an alias."""


class Standing(NamedTuple):
    """`done`; `open`: it can be done; or `blocked`, with the reason."""

    state: str
    reason: str | None = None


def see(braze: BrazeClient, steps: Sequence[Step]) -> Seen:
    """Reads the profiles that `steps` are about."""
    ids = {each for step in steps for each in (step.external_id, step.survivor)}
    unknown: list[str] = []
    primary = {}
    for line in users.read_profiles(braze, sorted(ids), _FIELDS, on_unknown=unknown.extend):
        profile = orjson.loads(line)
        if profile.get("external_id"):
            primary[str(profile["external_id"])] = profile
    aliased = {}
    for profile in users.read_by_alias(
        braze, sorted(step.alias for step in steps if step.kind == "identify"), _FIELDS[2:]
    ):
        for alias in profile.get("user_aliases") or ():
            aliased[alias.get("alias_label"), alias.get("alias_name")] = profile
    return Seen(primary, frozenset(unknown), aliased)


def standing(step: Step, seen: Seen) -> Standing:
    """How `step` stands by what was seen."""
    return _BY_KIND[step.kind](step, seen)


def _identify(step: Step, seen: Seen) -> Standing:
    profile = seen.aliased.get(step.alias)
    if profile is None:
        return Standing("blocked", "no profile in Braze has this alias any more")
    holder = profile.get("external_id")
    if holder == step.external_id:
        return Standing("done")
    return Standing("open") if not holder else Standing("blocked", "the alias belongs to another external id by now")


def _rename(step: Step, seen: Seen) -> Standing:
    old, new = step.external_id in seen.primary, step.survivor in seen.primary
    if new and not old:
        return Standing("done")
    if old and step.survivor in seen.unknown:
        return Standing("open")
    return Standing("blocked", "both ids are in use in Braze" if old else "Braze no longer has this profile")


def _merge(step: Step, seen: Seen) -> Standing:
    if step.survivor not in seen.primary:
        return Standing("blocked", "Braze no longer has the profile that is to survive")
    if step.external_id in seen.primary:
        return Standing("open")
    return Standing("done")


def _delete(step: Step, seen: Seen) -> Standing:
    if step.external_id in seen.primary:
        return Standing("open")
    if step.external_id in seen.unknown:
        return Standing("done")
    return Standing("blocked", "the id is a deprecated one by now: deleting it would delete a profile that lives on")


_BY_KIND = {"identify": _identify, "rename": _rename, "merge": _merge, "delete": _delete}
