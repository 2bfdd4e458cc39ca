"""Duplicate profiles are joined as Braze joins them: once, in order, and with everybody's opt-outs kept."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from shop_world import DIGEST, OFFERS, READERS
from town_world import LABEL, Town, whole

from recon.sandbox.settings import Modes


def approved(town: Town, name: str = "merge") -> dict[str, Any]:
    """The newest plan with one class approved."""
    plan = town.run_document["steps"]["plan"]["result"]
    done = town.recon("approve", plan["plan"], "--class", name, "--by", "Ada", "--json")
    assert done.code == 0, done.said
    return done.document


def held(town: Town, external_id: str) -> dict[str, Any]:
    town.sandbox.settle()
    return town.stored(external_id)


def test_a_merge_waits_for_a_person_and_only_the_survivor_is_corrected_meanwhile(town: Town) -> None:
    ann = town.add("ann", {"city": "Bern"}, fields={"home_city": "Basel"})
    twin = town.twin("ann_b", "ann", fields={"home_city": "Zug"})
    done = town.write().recon("run", "--apply", "--json")
    assert done.code == 4
    assert town.states() == {(ann, "home_city"): "verified", (twin, "merge"): "withheld"}
    plan = done.document["plan"]
    command = f"recon approve {plan['plan']} --class merge"
    assert command in town.recon("status").out
    assert command in town.recon("show", "plan").out
    assert [path for path, _ in town.asked()] == ["/users/track"]


def test_an_approved_merge_keeps_what_the_survivor_has_and_fills_what_it_lacks(town: Town) -> None:
    ann = town.add("ann", {"city": "Bern"}, {"visits": 7}, {"home_city": "Bern"})
    twin = town.twin(
        "ann_b", "ann", attributes={"visits": 9, "seat": "window"}, fields={"home_city": "Zug", "gender": "F"}
    )
    town.exported[-1]["user_aliases"] = [{"alias_name": f"{town.mark}-old", "alias_label": "card"}]
    town.write()
    event = {"external_id": twin, "name": "bought", "time": "2024-05-01T10:00:00Z"}
    town.post("/users/track", {"events": [event]})
    town.sandbox.settle()
    town.night()
    assert town.recon("apply").code == 4
    approved(town)
    done = town.recon("apply", "--json")
    assert done.code == 0, done.said
    assert town.states() == {(twin, "merge"): "verified"}
    assert town.sandbox.profile(twin) is None
    survivor = held(town, ann)
    assert (survivor["fields"]["home_city"], survivor["fields"]["gender"]) == ("Bern", "F")
    assert survivor["custom_attributes"] == {"visits": 7, "seat": "window"}
    assert survivor["user_aliases"] == [{"alias_name": f"{town.mark}-old", "alias_label": "card"}]
    assert town.recon("run", "--apply").code == 0


def test_merges_into_one_survivor_go_one_after_the_other(town: Town) -> None:
    town.config["identity"]["merge"] = "auto"
    ann = town.add("ann")
    twins = [town.twin(f"ann_{letter}", "ann") for letter in "bcd"]
    town.write()
    assert town.recon("run", "--apply").code == 0
    merges = [body["merge_updates"] for path, body in town.asked() if path == "/users/merge"]
    assert [len(updates) for updates in merges] == [1, 1, 1]
    assert {updates[0]["identifier_to_keep"]["external_id"] for updates in merges} == {ann}
    assert all(town.sandbox.profile(twin) is None for twin in twins)


def test_without_merging_there_is_no_merge_in_the_plan(town: Town) -> None:
    town.config["identity"]["merge"] = "off"
    town.add("ann")
    town.twin("ann_b", "ann")
    town.write()
    assert town.night()["corrections"] == {}


def test_steps_go_in_order_and_attributes_last(town: Town) -> None:
    town.config["identity"]["merge"] = "auto"
    ann = town.add("ann", {"city": "Bern"})
    town.identifier(f"use_{town.mark}_ann", f"{town.mark}-anon", "anonymous_id")
    bob = town.add("bob", {"city": "Bern"})
    alias = town.loose("bob", "bob", fields={"home_city": "Chur"})
    town.add("cid", {"city": "Bern"}, in_braze=False)
    old = town.twin("cid_b", "cid")
    dan = town.add("dan", {"city": "Bern"})
    twin = town.twin("dan_b", "dan")
    town.write()
    done = town.recon("run", "--apply", "--json")
    assert done.code == 0, done.said
    cid = f"{town.mark}_cid"
    assert [(path, next(iter(body.values()))) for path, body in town.asked()[:4]] == [
        ("/users/alias/new", [{"external_id": ann, "alias_name": f"{town.mark}-anon", "alias_label": LABEL}]),
        (
            "/users/identify",
            [{"external_id": bob, "user_alias": {"alias_label": LABEL, "alias_name": alias}}],
        ),
        ("/users/external_ids/rename", [{"current_external_id": old, "new_external_id": cid}]),
        (
            "/users/merge",
            [{"identifier_to_merge": {"external_id": twin}, "identifier_to_keep": {"external_id": dan}}],
        ),
    ]
    [(path, body)] = town.asked()[4:]
    assert path == "/users/track"
    assert [each["external_id"] for each in body["attributes"]] == [ann, bob, cid, dan]
    assert set(town.states().values()) == {"verified"}
    assert held(town, cid)["fields"]["home_city"] == "Bern"
    assert held(town, ann)["user_aliases"] == [{"alias_name": f"{town.mark}-anon", "alias_label": LABEL}]
    sent = len(town.asked())
    done = town.recon("run", "--apply", "--json")
    assert (done.code, done.document["plan"]["corrections"]) == (0, {})
    assert len(town.asked()) == sent


def test_what_a_step_brought_is_not_sent_again(town: Town) -> None:
    bob = town.add("bob", {"city": "Bern", "plan": "gold"})
    town.loose("bob", "bob", attributes={"plan_tier": "gold"}, fields={"home_city": "Chur"})
    town.write()
    assert town.recon("run", "--apply").code == 0
    assert town.sent() == [[{"external_id": bob, "_update_existing_only": True, "home_city": "Bern"}]]
    assert town.states()[bob, "plan_tier"] == "verified"


def test_an_array_of_audiences_keeps_what_came_with_a_step(town: Town) -> None:
    town.config["cohorts"] = [
        {"audience": "vip", "to": {"array": "lists"}},
        {"audience": "old", "to": {"array": "lists"}},
    ]
    bob = town.add("bob", {"vip": "true"})
    town.loose("bob", "bob", attributes={"lists": ["theirs", "vip"]})
    ann = town.add("ann", {"vip": "true"}, {})
    town.loose("ann", "ann", attributes={"lists": ["theirs"]})
    town.write()
    assert town.recon("run", "--apply").code == 0
    assert held(town, bob)["custom_attributes"]["lists"] == ["theirs", "vip"]
    assert held(town, ann)["custom_attributes"]["lists"] == ["theirs", "vip"]
    assert set(town.states().values()) == {"verified"}


@pytest.mark.parametrize("side", ["loser", "survivor"])
def test_after_a_merge_the_stricter_consent_of_both_holds(town: Town, side: str) -> None:
    town.config["identity"]["merge"] = "auto"
    out = {"fields": {"email_subscribe": "unsubscribed", "push_subscribe": "unsubscribed"}}
    ann = town.add("ann", **(out if side == "survivor" else {}))
    town.exported[-1]["groups"] = {DIGEST: "Unsubscribed" if side == "survivor" else "Subscribed"}
    twin = town.twin("ann_b", "ann", **(out if side == "loser" else {}))
    town.exported[-1]["groups"] = {DIGEST: "Unsubscribed" if side == "loser" else "Subscribed", OFFERS: "Subscribed"}
    town.write()
    assert town.recon("run", "--apply").code == 0
    assert town.states() == {(twin, "merge"): "verified"}
    survivor = held(town, ann)
    assert survivor["fields"]["email_subscribe"] == survivor["fields"]["push_subscribe"] == "unsubscribed"
    assert survivor["groups"][DIGEST] == "Unsubscribed"
    assert survivor["groups"].get(OFFERS) != "Unsubscribed"


def test_nobody_enters_a_group_that_their_other_profile_had_left(town: Town) -> None:
    town.config["identity"]["merge"] = "auto"
    town.config["cohorts"] = [{"audience": "readers", "to": {"subscription_group": READERS}}]
    ann = town.add("ann", {"readers": "true"})
    town.twin("ann_b", "ann", groups={READERS: "Unsubscribed"})
    town.write()
    town.night()
    assert town.recon("apply").code == 5
    assert town.states()[ann, f"subscription_group:{READERS}"] == "not_applied"
    assert held(town, ann)["groups"][READERS] == "Unsubscribed"


def test_an_opt_out_of_a_twin_that_is_merged_away_is_proven_by_the_survivor(town: Town) -> None:
    town.config["identity"]["merge"] = "auto"
    ann = town.add("ann", fields={"email": "ann@example.com"})
    twin = town.twin("ann_b", "ann")
    town.opted_out(ann, "push_consent")
    town.write()
    town.night()
    assert town.recon("apply").code == 0
    assert town.recon("verify").code == 0
    assert set(town.states()) == {(ann, "push_subscribe"), (twin, "push_subscribe"), (twin, "merge")}
    assert set(town.states().values()) == {"verified"}
    assert held(town, ann)["fields"]["push_subscribe"] == "unsubscribed"


def test_a_step_that_is_no_longer_possible_is_not_sent(town: Town) -> None:
    town.config["identity"]["merge"] = "auto"
    ann = town.add("ann")
    twin = town.twin("ann_b", "ann")
    bob = town.add("bob")
    alias = town.loose("bob", "bob")
    town.write()
    town.night()
    town.post("/users/delete", {"external_ids": [ann]})
    town.post(
        "/users/identify",
        {
            "aliases_to_identify": [
                {"external_id": f"{town.mark}_other", "user_alias": {"alias_label": LABEL, "alias_name": alias}}
            ]
        },
    )
    town.sandbox.settle()
    sent = len(town.asked())
    assert town.recon("apply").code == 5
    assert len(town.asked()) == sent
    errors = {row["field"]: row["error"] for row in town.results()}
    assert "survive" in errors["merge"]
    assert "another external id" in errors[f"identify:{LABEL}"]
    assert town.sandbox.profile(twin) is not None
    assert town.stored(bob)["user_aliases"] == []


@pytest.mark.parametrize("fault", [{"kind": "drop"}, {"kind": "status", "status": 504}], ids=["drop", "504"])
@pytest.mark.parametrize("applied", [True, False], ids=["done", "undone"])
def test_a_merge_without_an_answer_is_told_by_the_profiles(town: Town, fault: dict[str, Any], applied: bool) -> None:
    town.config["identity"]["merge"] = "auto"
    town.add("ann")
    twin = town.twin("ann_b", "ann")
    town.write()
    town.night()
    town.sandbox.fault("/users/merge", **fault, count=1, applied=applied)
    assert town.recon("apply").code == (0 if applied else 5)
    assert (town.sandbox.profile(twin) is None) == applied
    assert town.states() == {(twin, "merge"): "verified" if applied else "not_applied"}
    merges = town.sandbox.requests("/users/merge", after=town.logged)
    assert len(merges) == 1, "an unknown outcome was repeated blindly"


def test_a_merge_that_was_cut_off_by_a_kill_is_done_once(town: Town, tmp_path: Path) -> None:
    """Killed between `sending` and the answer: the journal knows, and the profiles tell."""
    town.config["identity"]["merge"] = "auto"
    town.add("ann")
    twin = town.twin("ann_b", "ann")
    town.write()
    town.night()
    town.sandbox.fault("/users/merge", "hang", count=1, applied=True)
    process = town.spawn("apply", "--no-progress")
    ends = time.monotonic() + 60
    while town.sandbox.profile(twin) is not None:
        assert time.monotonic() < ends
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    town.sandbox.clear_faults()
    done = town.recon("apply", "--resume", "--json")
    assert done.code == 0, done.said
    assert town.states() == {(twin, "merge"): "verified"}
    assert len(town.sandbox.requests("/users/merge", after=town.logged)) == 1


def test_a_step_that_never_left_is_sent_on_resume(town: Town) -> None:
    """Killed after `sending` was noted and before Braze got anything."""
    town.config["identity"]["merge"] = "auto"
    town.add("ann")
    twin = town.twin("ann_b", "ann")
    town.write()
    town.night()
    town.sandbox.fault("/users/merge", "hang", count=1)
    process = town.spawn("apply", "--no-progress")
    ends = time.monotonic() + 60
    while not town.sandbox.requests("/users/merge", after=town.logged):
        assert time.monotonic() < ends
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    town.sandbox.clear_faults()
    assert town.sandbox.profile(twin) is not None
    assert town.recon("apply", "--resume").code == 0
    assert town.states() == {(twin, "merge"): "verified"}
    assert town.sandbox.profile(twin) is None


def test_consent_is_kept_whatever_braze_makes_of_it(town: Town, tmp_path: Path) -> None:
    """In the other mode of the sandbox the merge itself is strict: nothing more is sent."""
    (tmp_path / "strict").mkdir()
    with whole(tmp_path / "strict", modes=Modes(log_bodies=True, merge_subscription="strictest")) as sandbox:
        town.sandbox, town.logged = sandbox, 0
        town.variables["SANDBOX_URL"] = sandbox.url
        town.config["identity"]["merge"] = "auto"
        ann = town.add("ann")
        town.twin("ann_b", "ann", fields={"email_subscribe": "unsubscribed"})
        town.write()
        assert town.recon("run", "--apply").code == 0
        assert held(town, ann)["fields"]["email_subscribe"] == "unsubscribed"
        assert [path for path, _ in town.asked()] == ["/users/merge"]


def test_keep_most_active_lets_the_profile_survive_that_was_used_last(town: Town) -> None:
    def used(day: int, sessions: int = 1) -> dict[str, Any]:
        use = {"name": "Shop", "platform": "iOS", "version": "1", "sessions": sessions}
        return {
            "fields": {
                "apps": [
                    {**use, "first_used": "2024-01-01T00:00:00.000Z", "last_used": f"2024-05-{day:02}T10:00:00.000Z"}
                ]
            }
        }

    town.config["identity"] |= {"keep": "most_active", "merge": "auto"}
    town.add("ann", **used(3, sessions=9))
    survivor = town.twin("ann_b", "ann", **used(11))
    town.twin("ann_c", "ann")
    bob = town.add("bob", **used(3, sessions=9))
    town.twin("bob_b", "bob", **used(3, sessions=8))
    town.write()
    assert town.recon("run", "--apply").code == 0
    kept = {row["after"] for row in town.results()}
    assert kept == {f'"{survivor}"', f'"{bob}"'}
    assert town.recon("run", "--apply").code == 0
    assert town.sandbox.profile(f"{town.mark}_ann") is None


def test_apps_are_asked_for_only_where_they_decide(town: Town) -> None:
    town.write()
    town.recon("pull")
    [export] = town.sandbox.requests("/users/export/segment", after=town.logged)
    assert "apps" not in json.loads(export["body"])["fields_to_export"]
