"""Whether what recon says of a delivery is what the sandbox holds and was asked."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from fault_kinds import CALLS, TRACK, took_effect
from fault_world import Everything
from shop_world import Done

BAD = {"rejected", "unknown", "not_applied"}
SETTLED = {"verified", "rejected", "not_applied"}
GROUP = "subscription_group:"
ONCE = [call for call in CALLS.values() if not call.converges]

Profile = dict[str, Any]


class Truth:
    """The town's profiles as they are now, and what the people of the town were opted out of before."""

    def __init__(self, town: Everything) -> None:
        town.sandbox.settle()
        self._profiles = list(town.sandbox.profiles())
        self._by_id: dict[str, Profile] = {p["external_id"]: p for p in self._profiles if p["external_id"]}
        self._by_alias = {(a["alias_label"], a["alias_name"]): p for p in self._profiles for a in p["user_aliases"]}
        self._rows = town.planned()
        self._before = town.exported

    def lost_opt_outs(self) -> set[tuple[str, str]]:
        """What a joined profile had opted out of and the one that lives on has not: (id, field)."""
        alive = {profile["braze_id"] for profile in self._profiles}
        gone = [(profile, self._heir(profile)) for profile in self._before if profile["braze_id"] not in alive]
        return {
            (heir, field)
            for profile, heir in gone
            if heir
            for field in _opted_out(profile) - _opted_out(self._by_id[heir])
        }

    def _heir(self, profile: Profile) -> str | None:
        """The external id of the profile that this one is to be joined to."""
        names = {alias["alias_name"] for alias in profile["user_aliases"]}
        for row in self._rows:
            if row["class"] == "merge" and row["external_id"] == profile["external_id"]:
                return str(json.loads(row["after"]))
            if row["class"] == "identify" and json.loads(row["after"]) in names:
                return str(row["external_id"])
        return None

    def holds(self, row: dict[str, Any]) -> bool:
        """Whether Braze holds this correction."""
        after = json.loads(row["after"])
        if row["class"] == "alias":
            return self._has_alias(row, "alias:")
        if row["class"] == "identify":
            return self._has_alias(row, "identify:") and not self._lost(row["external_id"])
        if row["class"] in ("merge", "rename"):
            return row["external_id"] not in self._by_id and after in self._by_id and not self._lost(after)
        if row["class"] == "delete":
            return row["external_id"] not in self._by_id
        profile = self._now(row["external_id"])
        if profile is None:
            return row["class"] == "unsubscribe" and self._deleted(row["external_id"])
        if row["field"].startswith(GROUP) and after == "subscribed":
            return bool(profile["groups"].get(row["field"].removeprefix(GROUP)) == "Subscribed")
        if row["class"] in ("unsubscribe", "resubscribe") or row["field"].startswith(GROUP):
            return (row["field"] in _opted_out(profile)) == (after == "unsubscribed")
        held = profile["fields"].get(row["field"], profile["custom_attributes"].get(row["field"]))
        return set(held or ()) == set(after) if isinstance(after, list) else held == after

    def _lost(self, external_id: str) -> bool:
        return any(heir == external_id for heir, _ in self.lost_opt_outs())

    def _has_alias(self, row: dict[str, Any], kind: str) -> bool:
        profile = self._by_alias.get((row["field"].removeprefix(kind), json.loads(row["after"])))
        return profile is not None and profile["external_id"] == row["external_id"]

    def _now(self, external_id: str) -> Profile | None:
        moves = {row["external_id"]: json.loads(row["after"]) for row in self._rows if row["field"] in _MOVES}
        return self._by_id.get(external_id) or self._by_id.get(moves.get(external_id, ""))

    def _deleted(self, external_id: str) -> bool:
        return any(row["class"] == "delete" and row["external_id"] == external_id for row in self._rows)


_MOVES = ("merge", "rename")


def _opted_out(profile: Profile) -> set[str]:
    fields = {name for name in ("email_subscribe", "push_subscribe") if profile["fields"].get(name) == "unsubscribed"}
    return fields | {GROUP + group for group, state in profile.get("groups", {}).items() if state == "Unsubscribed"}


def rows_are_true(town: Everything, verified: Done) -> None:
    """What is said to be verified holds; after a look that went well all that holds is verified, nothing in doubt."""
    truth = Truth(town)
    for row in town.results():
        about = {name: row[name] for name in ("class", "external_id", "field", "after", "state", "error")}
        if row["state"] == "verified":
            assert truth.holds(row), about
        if verified.code in (0, 4, 5):
            assert row["state"] in SETTLED, about
            assert truth.holds(row) == (row["state"] == "verified"), about


def codes_are_true(town: Everything, *commands: Done) -> None:
    """The exit code says what there is: 6 with an error, else 5 where something is amiss, else 0."""
    *_, last = commands
    for done in commands:
        assert done.code in (0, 5, 6), done.said
        assert (done.code == 6) == ("error:" in done.err), done.said
    if last.code != 6:
        bad = {row["state"] for row in town.results()} & BAD
        assert last.code == (5 if bad else 0), (last.said, bad)
    assert town.run_document["exit_code"] in (last.code, None)


def nothing_was_done_twice(town: Everything, failures: dict[str, str]) -> None:
    """No step that cannot be taken back is sent again once Braze has done it. `failures`: kinds by path."""
    for call in ONCE:
        done: Counter[str] = Counter()
        for request in town.sandbox.requests(call.path):
            things = [json.dumps(thing, sort_keys=True) for thing in json.loads(request["body"])[call.array]]
            assert not [thing for thing in things if done[thing]], f"{call.path}: done already, and sent again"
            if took_effect(failures[call.path]) if request["fault"] else 200 <= request["status"] < 300:
                done.update(things)


def opt_outs_went_first(town: Everything) -> None:
    """Every opt-out of the plan was sent once before any other write."""
    waiting = {(row["external_id"], row["field"]) for row in town.planned() if row["class"] == "unsubscribe"}
    for request in town.sandbox.requests("/users/*"):
        if request["path"].startswith("/users/export") or request["body"] is None:
            continue
        if request["path"] != TRACK.path:
            assert not waiting, (request["path"], waiting)
            continue
        for thing in json.loads(request["body"])["attributes"]:
            groups = {GROUP + each["subscription_group_id"] for each in thing.get("subscription_groups", ())}
            extra = thing.keys() - {"external_id", "_update_existing_only", "subscription_groups"}
            if waiting:
                assert extra <= {"email_subscribe", "push_subscribe"}, thing.keys()
            waiting -= {(thing["external_id"], field) for field in groups | extra}
