"""The seeded shop of 20,000: the drift is the truth, the repair is what the truth says, and nothing else is touched.

One night, and the one after it, shared by all tests here. Nothing of recon's own mapping or drift is used to judge.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from shop_world import Done, drift_rows, run_recon

from recon.sandbox.seed import Truth, seed
from recon.sandbox.seed.consents import NEWSLETTER
from recon.sandbox.server import running

pytestmark = pytest.mark.minutes

PROFILES = 20_000
LEFT_ALONE = ("in_flight", "format", "invalid")
STANDARD = {
    "email",
    "first_name",
    "last_name",
    "phone",
    "dob",
    "country",
    "gender",
    "language",
    "home_city",
    "time_zone",
}
CHANNELS = ("email_subscribe", "push_subscribe")
READERS = "newsletter_readers"
"""The audience that a subscription group holds."""
AUDIENCES = {"vip_customers": "is_vip", "churn_risk": "segment_audiences", "big_spenders": "segment_audiences"}
RESULT_COLUMNS = [
    "correction_id",
    "stage",
    "class",
    "external_id",
    "field",
    "before",
    "after",
    "cause",
    "data_points",
    "state",
]

NEWCOMER = "trap_identified_missing"
"""Braze had no profile of this person: identifying gave them one. They count as missing and have no row of drift."""

Row = tuple[str, str, Any, Any, str]


@dataclass(frozen=True)
class Night:
    """Two nights in one seeded folder."""

    folder: Path
    truth: Truth
    rows: list[Row]
    moves: list[tuple[str, str, str, str]]
    before: dict[str, dict[str, Any]]
    after: dict[str, dict[str, Any]]
    last: dict[str, dict[str, Any]]
    requests: list[dict[str, Any]]
    later: list[dict[str, Any]]
    first: Done
    second: Done
    runs: list[Path]

    @cached_property
    def repairs(self) -> dict[tuple[str, str], Any]:
        """What must be repaired, by the truth: (external id, attribute) → value. Braze owns the nickname."""
        return {
            (who, what): value
            for who, what, value, _, cause in self.rows
            if cause not in LEFT_ALONE and what != "nickname"
        } | self.memberships

    @property
    def corrections(self) -> dict[tuple[str, str], Any]:
        """What must be written: the repairs, and what the newcomer's alias-only profile lacks."""
        return self.repairs | {(NEWCOMER, "email"): f"{NEWCOMER}@example.com"}

    @cached_property
    def memberships(self) -> dict[tuple[str, str], Any]:
        """What must be written for the audiences: an array whole, in Braze's order, keys added at its end."""
        held = {profile["external_id"]: profile["custom_attributes"] for profile in self.before.values()}
        due: dict[tuple[str, str], Any] = {}
        for audience, attribute in AUDIENCES.items():
            for who, what, change, cause in self.moves:
                if what != audience or cause in LEFT_ALONE:
                    continue
                if attribute == "is_vip":
                    due[who, attribute] = change == "enter"
                    continue
                array = due.setdefault((who, attribute), list(held[who].get(attribute, [])))
                if change == "enter":
                    array.append(audience)
                else:
                    array.remove(audience)
        return due

    @cached_property
    def opt_outs(self) -> list[dict[str, Any]]:
        """Who must be unsubscribed where, by the truth: external_id, channel, and group_id, None for all of it."""
        found = pl.read_parquet(self.folder / "truth" / "subscription.parquet")
        return found.filter(pl.col("kind") == "unsubscribe").to_dicts()

    @cached_property
    def readers(self) -> dict[str, str]:
        """Who must enter or leave the group of newsletter readers: external id → state."""
        states = {"enter": "Subscribed", "leave": "Unsubscribed"}
        moves = [move for move in self.moves if move[1] == READERS and move[3] not in LEFT_ALONE]
        return {who: states[change] for who, _, change, _ in moves}

    @cached_property
    def expected(self) -> dict[str, dict[str, Any]]:
        """The whole store before, with the truth put in by hand: first who opted out, then values and memberships."""
        expected: dict[str, dict[str, Any]] = json.loads(json.dumps(self.before))
        by_id = {profile["external_id"]: profile for profile in expected.values() if profile["external_id"]}
        for row in self.opt_outs:
            _consent(expected, by_id[row["external_id"]], row["channel"], row["group_id"], "Unsubscribed")
        for (who, what), value in self.repairs.items():
            profile = by_id[who]
            place = profile["fields"] if what in STANDARD else profile["custom_attributes"]
            if isinstance(value, dict) and isinstance(place.get(what), dict):
                place[what] |= value  # sibling keys survive
            else:
                place[what] = value
            if what in ("signup_time", "last_order_at"):
                profile["time_attributes"] = [*profile.get("time_attributes", []), what]
        for who, state in self.readers.items():
            _consent(expected, by_id[who], "email", NEWSLETTER, state)
        return expected

    @cached_property
    def identified(self) -> set[str]:
        """Profiles, by braze_id, that an identity step changes: tests/deliver looks at those."""
        pairs = pl.read_parquet(self.folder / "truth" / "duplicate.parquet")
        steps = pairs.filter(pl.col("kind").is_in(["alias", "identify", "rename"]))
        names = set(steps["keep"]) | set(steps["other"])
        return {
            braze_id
            for store in (self.before, self.after)
            for braze_id, profile in store.items()
            if names & {profile["external_id"], *(alias["alias_name"] for alias in profile["user_aliases"])}
        }

    @property
    def objects(self) -> list[list[dict[str, Any]]]:
        """The objects of each request to /users/track."""
        return [_sent(row) for row in self.requests]


def _consent(
    store: dict[str, dict[str, Any]], profile: dict[str, Any], channel: str, group: str | None, state: str
) -> None:
    """A state of consent on a profile and, but for push, on everybody with its address (facts/braze-rest-api §5.1)."""
    kind = {"email": "email", "sms": "phone"}.get(channel)
    address = profile["fields"].get(kind) if kind else None
    shared = [each for each in store.values() if address and each["fields"].get(kind) == address]
    for each in (profile, *shared):
        if group:
            each.setdefault("groups", {})[group] = state
        else:
            each["fields"][f"{channel}_subscribe"] = state.lower()


def _sent(row: dict[str, Any]) -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = json.loads(row["body"])["attributes"]
    return objects


def cohort_rows(path: Path) -> list[tuple[str, str, str, str]]:
    """Rows of a cohort.parquet: id, audience, change, cause."""
    return sorted(pl.read_parquet(path).select("external_id", "audience", "change", "cause").rows())


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("seeded") / "shop"
    truth = seed(folder, profiles=PROFILES)
    settings = json.loads((folder / "sandbox.json").read_text())
    settings["braze"] |= {"apply_delay": [0.1, 3.0], "export_delay": 0.0, "modes": {"log_bodies": True}}
    (folder / "sandbox.json").write_text(json.dumps(settings))
    with running(folder) as sandbox:
        env = folder / ".env"
        lines = [line for line in env.read_text().splitlines() if not line.startswith("SANDBOX_URL=")]
        env.write_text("\n".join([*lines, f"SANDBOX_URL={sandbox.url}", ""]))

        def store() -> dict[str, dict[str, Any]]:
            return {profile["braze_id"]: profile for profile in sandbox.profiles()}

        before = store()
        first = run_recon("run", "--apply", "--json", cwd=folder)
        sandbox.settle()
        after = store()
        requests = sandbox.requests("/users/track")
        second = run_recon("run", "--apply", "--json", cwd=folder)
        sandbox.settle()
        later = sandbox.requests("/users/track")[len(requests) :]
        yield Night(
            folder,
            truth,
            drift_rows(folder / "truth" / "attribute.parquet"),
            cohort_rows(folder / "truth" / "cohort.parquet"),
            before,
            after,
            store(),
            requests,
            later,
            first,
            second,
            sorted((folder / ".recon" / "runs").iterdir()),
        )


def test_both_nights_end_well(night: Night) -> None:
    assert (night.first.code, night.first.err) == (4, ""), "merges wait for an approval"
    assert (night.second.code, night.second.err) == (4, "")


def test_the_second_night_sends_nothing(night: Night) -> None:
    assert [_sent(row) for row in night.later] == []


def test_the_drift_is_the_truth_cell_by_cell(night: Night) -> None:
    found = drift_rows(night.runs[0] / "drift" / "attribute.parquet")
    assert len(found) == night.truth.attributes.drifted_cells
    assert found == night.rows


def test_who_enters_and_leaves_is_the_truth(night: Night) -> None:
    assert cohort_rows(night.runs[0] / "drift" / "cohort.parquet") == night.moves
    assert night.first.document["drift"]["cohorts"] == night.truth.cohorts
    assert all(count for moves in night.truth.cohorts.values() for count in moves.values())


def consent_rows(path: Path) -> list[tuple[Any, ...]]:
    """Rows of a subscription.parquet, without the times."""
    columns = ["external_id", "channel", "group_id", "desired", "actual", "kind"]
    return sorted(pl.read_parquet(path).select(columns).rows(), key=str)


def test_consent_that_differs_is_the_truth_row_by_row(night: Night) -> None:
    """And the address of each row, and the times by which people judge what is not pushed."""
    found, expected = (path / "subscription.parquet" for path in (night.runs[0] / "drift", night.folder / "truth"))
    assert consent_rows(found) == consent_rows(expected)
    assert night.first.document["drift"]["subscriptions"] == night.truth.subscriptions
    assert all(count > PROFILES / 100 for count in night.truth.subscriptions.values())
    columns = ["external_id", "channel", "group_id", "address", "segment_time", "braze_time"]
    told = [
        sorted(pl.read_parquet(path).filter(pl.col("kind") != "unsubscribe").select(columns).rows(), key=str)
        for path in (found, expected)
    ]
    assert told[0] == told[1]


def test_who_is_missing_in_braze_is_the_truth(night: Night) -> None:
    columns = ["canonical_segment_id", "external_id"]
    found = pl.read_parquet(night.runs[0] / "drift" / "missing.parquet")
    assert found.columns == columns
    expected = pl.read_parquet(night.folder / "truth" / "missing.parquet").select(columns)
    assert sorted(found.rows()) == sorted(expected.rows())


def test_the_duplicates_are_the_truth_pair_by_pair(night: Night) -> None:
    columns = ["cluster", "kind", "keep", "other"]
    found = pl.read_parquet(night.runs[0] / "drift" / "duplicate.parquet")
    assert found.columns == [*columns, "evidence"]
    expected = pl.read_parquet(night.folder / "truth" / "duplicate.parquet").select(columns)
    assert len(expected) > 300
    assert found.select(columns).rows() == expected.rows()
    assert found["evidence"].null_count() == 0
    assert not found["evidence"].str.contains(r"@|\+\d").any()


def test_the_counts_are_the_truth(night: Night) -> None:
    drift = night.first.document["drift"]
    truth = json.loads((night.folder / "truth.json").read_text())
    assert drift["profiles"] == truth["profiles"]
    assert drift["duplicates"] == truth["duplicates"]
    assert {key: drift["attributes"][key] for key in truth["attributes"]} == truth["attributes"]
    assert drift["attributes"]["to_repair"] == len(night.repairs) - len(night.memberships)
    due = [move for move in night.moves if move[3] not in LEFT_ALONE]
    assert drift["to_repair"] == drift["attributes"]["to_repair"] + len(due)


def test_every_desired_value_holds_and_nothing_else_has_changed(night: Night) -> None:
    expected, found = (json.loads(json.dumps(store)) for store in (night.expected, night.after))
    for profile in (*found.values(), *expected.values()):
        profile["time_attributes"] = sorted(set(profile.get("time_attributes", [])))
    assert found.keys() - night.identified == expected.keys() - night.identified
    keys = expected.keys() - night.identified
    assert len(keys) > 0.98 * PROFILES
    assert [(found[key], expected[key]) for key in sorted(keys) if found[key] != expected[key]] == []


def test_profiles_without_a_correction_are_the_same_byte_by_byte(night: Night) -> None:
    untouched = {key for key, profile in night.before.items() if profile == night.expected[key]} - night.identified
    assert len(untouched) > PROFILES / 2
    assert [key for key in untouched if json.dumps(night.before[key]) != json.dumps(night.after[key])] == []


def test_each_repair_is_sent_once_and_nothing_besides(night: Night) -> None:
    """No value that Braze has already, no cell that is left alone, nobody twice; and opt-outs before all else."""
    sent: list[tuple[str, str, Any]] = []
    opted_out: list[tuple[str, str, str]] = []
    people: Counter[str] = Counter()
    for number, objects in enumerate(night.objects):
        for thing in objects:
            names = thing.keys() - {"external_id", "_update_existing_only", "_merge_objects"}
            values = names - {*CHANNELS, "subscription_groups"}
            sent += [(thing["external_id"], name, thing[name]) for name in values]
            if values or not names:
                people[thing["external_id"]] += 1
            elif number < first_of_values(night):
                opted_out += [(thing["external_id"], name, thing[name]) for name in names & {*CHANNELS}]
                opted_out += [
                    (thing["external_id"], group["subscription_group_id"], group["subscription_state"])
                    for group in thing.get("subscription_groups", ())
                ]
    assert max(people.values()) == 1
    assert len(sent) == len(night.corrections)
    pairs = pl.read_parquet(night.folder / "truth" / "duplicate.parquet").filter(pl.col("kind") == "rename")
    renamed = dict(zip(pairs["other"], pairs["keep"], strict=True))  # renaming goes before values
    due = {(renamed.get(who, who), what): value for (who, what), value in night.corrections.items()}
    assert {(who, what): value for who, what, value in sent} == due
    rows = [(row["external_id"], row["group_id"] or f"{row['channel']}_subscribe") for row in night.opt_outs]
    assert sorted(opted_out) == sorted((who, what, "unsubscribed") for who, what in rows)


def first_of_values(night: Night) -> int:
    """The first request that carries a value or a membership, and not consent alone."""
    consent = {"external_id", "_update_existing_only", *CHANNELS, "subscription_groups"}
    return next(
        number for number, objects in enumerate(night.objects) if any(thing.keys() - consent for thing in objects)
    )


def test_every_request_keeps_the_rules(night: Night) -> None:
    assert {row["status"] for row in night.requests} == {201}
    for objects in night.objects:
        assert 1 <= len(objects) <= 75
        assert len({thing["external_id"] for thing in objects}) == len(objects)
        for thing in objects:
            assert thing["_update_existing_only"] is True
            assert None not in thing.values()
            assert thing.get("_merge_objects", False) == any(isinstance(value, dict) for value in thing.values())
    first, second = (
        {row["external_id"] for row in night.opt_outs},
        {who for who, _ in night.corrections} | {*night.readers},
    )
    assert len(night.requests) == -(-len(first) // 75) - (-len(second) // 75)


def values(rows: pl.DataFrame) -> pl.DataFrame:
    """The corrections of attributes and of memberships that an attribute holds."""
    of_values = pl.col("class").is_in(["attribute", "cohort"]) & ~pl.col("field").str.starts_with("subscription_group:")
    return rows.filter(of_values)


def test_every_correction_is_verified_and_on_record(night: Night) -> None:
    results = pl.read_parquet(night.runs[0] / "results.parquet")
    assert results.columns == [*RESULT_COLUMNS, "request_id", "error"]
    waiting = results.filter(pl.col("state") == "withheld")
    assert set(waiting["class"]) == {"merge", "resubscribe"}
    assert len(waiting) == night.truth.duplicates["merge"] + night.truth.subscriptions["resubscribe"]
    proven = results.filter(pl.col("state") != "withheld")
    assert set(proven["state"]) == {"verified"}
    assert proven["error"].null_count() == len(proven)
    changed = values(proven)
    assert changed["request_id"].null_count() == 0
    assert set(changed["request_id"]) <= {row["request_id"] for row in night.requests}
    found = {(row["external_id"], row["field"]): json.loads(row["after"]) for row in changed.to_dicts()}
    assert found == night.corrections


def test_the_plan_lists_the_repairs_and_their_price(night: Night) -> None:
    listed = pl.read_parquet(night.runs[0] / "plan" / "corrections.parquet")
    assert listed.columns == RESULT_COLUMNS
    assert listed["correction_id"].n_unique() == len(listed)
    corrections = values(listed)
    assert len(corrections) == len(night.corrections)
    assert set(corrections["state"]) == {"planned"}
    was = {(who, what): actual for who, what, _, actual, _ in night.rows}
    held = {profile["external_id"]: profile["custom_attributes"] for profile in night.before.values()}
    was |= {(who, what): held[who].get(what) for who, what in night.memberships} | {(NEWCOMER, "email"): None}
    for row in corrections.iter_rows(named=True):
        before = None if row["before"] is None else json.loads(row["before"])
        assert before == was[row["external_id"], row["field"]]
    plan = night.first.document["plan"]
    points = sum(len(value) if isinstance(value, dict) else 1 for value in night.corrections.values())
    assert plan["price"]["data_points"] == points == listed["data_points"].sum()
    assert plan["price"]["data_points_avoided"] > 300_000
    members = len(night.memberships)
    told, truth = plan["corrections"], night.truth
    assert told.pop("attribute") == len(night.corrections) - members
    assert told.pop("cohort") == members + len(night.readers)
    steps = {kind: truth.duplicates[kind] for kind in ("alias", "identify", "rename", "merge")}
    consent = {kind: truth.subscriptions[kind] for kind in ("unsubscribe", "resubscribe")}
    assert told == steps | consent
    assert {name: held["n"] for name, held in plan["withheld"].items()} == {
        name: told[name] for name in ("merge", "resubscribe")
    }


def test_the_documents_have_the_contracts_keys(night: Night) -> None:
    document = night.first.document
    assert document["version"] == 1
    drift, plan, apply = document["drift"], document["plan"], document["apply"]
    assert {"run", "profiles", "attributes", "cohorts", "duplicates", "subscriptions"} <= drift.keys()
    assert drift["duplicates"].keys() == {"merge", "identify", "rename", "alias", "suspected"}
    assert drift["subscriptions"].keys() == {"unsubscribe", "conflict", "resubscribe"}
    assert {"run", "plan", "hash", "corrections", "withheld", "price"} <= plan.keys()
    assert plan["price"].keys() == {"objects", "requests", "minutes", "data_points", "data_points_avoided"}
    assert {"run", "plan", "states", "requests", "retries"} <= apply.keys()
    states = {"accepted", "rejected", "unknown", "verified", "not_applied", "withheld", "quarantined"}
    assert document["verify"]["states"].keys() == apply["states"].keys() == states
    planned = sum(plan["corrections"].values()) - sum(held["n"] for held in plan["withheld"].values())
    assert document["verify"]["states"]["verified"] == planned


def test_the_second_night_finds_only_what_is_left_alone(night: Night) -> None:
    """A repaired value may still be written untidily in Segment: then, and only then, there is a new `format` row."""
    identified = {
        store[key]["external_id"] for store in (night.before, night.after) for key in night.identified & store.keys()
    }
    rows = drift_rows(night.runs[1] / "drift" / "attribute.parquet")
    found = {row[:2]: row for row in rows if row[0] not in identified}
    left = {row[:2]: row for row in night.rows if row[:2] not in night.repairs and row[0] not in identified}
    assert {key: row for key, row in found.items() if key in left} == left
    fresh = [row for key, row in found.items() if key not in left]
    assert {row[4] for row in fresh} <= {"format"}
    assert {row[:2] for row in fresh} <= night.repairs.keys()
    moves = cohort_rows(night.runs[1] / "drift" / "cohort.parquet")
    left_moves = [move for move in night.moves if move[3] in LEFT_ALONE]
    assert [move for move in moves if move[0] not in identified] == [m for m in left_moves if m[0] not in identified]
    assert {move[3] for move in moves} <= set(LEFT_ALONE)
    consent, truth = night.second.document["drift"]["subscriptions"], night.truth.subscriptions
    assert consent == {**truth, "unsubscribe": 0}
    results = pl.read_parquet(night.runs[1] / "results.parquet")
    assert set(results["state"]) == {"withheld"}
    assert {key for key in night.last if night.last[key] != night.after[key]} <= night.identified


def test_a_run_keeps_what_it_did_on_disk(night: Night) -> None:
    run = night.runs[0]
    document = json.loads((run / "run.json").read_text())
    assert (document["state"], document["exit_code"], document["error"]) == ("done", 4, None)
    assert list(document["steps"]) == ["pull", "load", "gates", "drift", "plan", "apply", "verify"]
    assert (run / "report.html").stat().st_size > 10_000
    assert not (run / "unpacked").exists()
    assert list(run.rglob("*.part")) == []
