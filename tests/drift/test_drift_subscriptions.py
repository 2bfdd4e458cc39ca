"""Who may be reached, by Segment and by Braze, and which word counts where they differ (rulings, "Consent").

The traps of facts/braze-rest-api §10 and facts/segment §10 about consent:

- Braze 12, groups are in no export and unknown is no state: test_a_state_in_a_group_is_asked_of_braze_…
- Braze 12, states spread over an address: test_an_opt_out_counts_for_every_profile_with_the_address
- Braze 13, Segment 21, never correct consent upwards: test_only_a_statement_that_is_provably_newer_may_…
- Braze 14, subscribed and opted_in may both be sent to: test_states_in_which_the_person_may_be_reached_are_alike_…
- Segment 22, false may mean nothing, so recon.yml names the words: test_an_opt_out_that_braze_lacks_is_found
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from shop_world import DIGEST, OFFERS, READERS, Shop

Row = tuple[str, str, str, str, str]

GLOBAL = "users.behaviors.subscription.GlobalStateChange"
GROUP = "users.behaviors.subscriptiongroup.StateChange"


@pytest.fixture
def club(shop: Shop) -> Shop:
    """A shop that asks its people for consent to e-mail, push, a digest and text messages."""
    shop.config["subscriptions"] = {
        "email": {"trait": "email_consent", "unsubscribed": ["false", "unsubscribed"], "opted_in": ["opted_in"]},
        "push": {"trait": "push_consent", "unsubscribed": ["false"]},
        "groups": [
            {
                "id": DIGEST,
                "name": "Weekly digest",
                "channel": "email",
                "trait": "digest_optin",
                "unsubscribed": ["false"],
            },
            {"id": OFFERS, "name": "SMS offers", "channel": "sms", "trait": "sms_optin", "unsubscribed": ["false"]},
        ],
    }
    shop.config["currents"] = {"files": "currents/dataexport.prod-01.S3.integration.1/event_type=*/date=*/*/*.avro"}
    shop.add("somebody", {"city": "Bern"}, {}, {"home_city": "Bern"})
    return shop


def mail(shop: Shop, name: str) -> str:
    return f"{shop.mark}.{name}@example.com"


def changes(shop: Shop, *rows: dict[str, Any], file: str = "1") -> None:
    """A Currents file with these changes; `hours_ago` says when, `who` whose."""
    by_type: dict[str, list[dict[str, Any]]] = {}
    for number, row in enumerate(rows):
        at = datetime.now(UTC) - timedelta(hours=row.get("hours_ago", 10))
        group = row.get("group")
        event = {
            "id": f"{shop.mark}-{file}-{number}",
            "user_id": "0" * 24,
            "external_user_id": f"{shop.mark}_{row['who']}" if "who" in row else None,
            "time": int(at.timestamp()),
            "subscription_status": row["status"],
            "channel": row.get("channel"),
            "email_address": row.get("email"),
            "state_change_source": row.get("source", "Subscription Page"),
        }
        if group:
            event["subscription_group_id"] = group
        by_type.setdefault(GROUP if group else GLOBAL, []).append(event)
    for event_type, events in by_type.items():
        path = (
            shop.folder
            / "currents/dataexport.prod-01.S3.integration.1"
            / f"event_type={event_type}/date=2026-11-01-00/version=6/{shop.mark}+0+{file}.avro"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        schema = {name: pl.Int64 if name == "time" else pl.String for name in events[0]}
        pl.DataFrame(events, schema=schema).write_avro(path)


def drifted(shop: Shop) -> list[dict[str, Any]]:
    found = pl.read_parquet(shop.run / "drift" / "subscription.parquet")
    assert found.columns == [
        "external_id",
        "address",
        "channel",
        "group_id",
        "desired",
        "actual",
        "kind",
        "segment_time",
        "braze_time",
    ]
    return [{**row, "who": row["external_id"].removeprefix(f"{shop.mark}_")} for row in found.to_dicts()]


def told(shop: Shop) -> list[Row]:
    """Runs up to the plan; rows of subscription.parquet: who, channel or group, desired, actual, kind."""
    done = shop.write().recon("run")
    assert done.code == 0, done.said
    names = {DIGEST: "digest", OFFERS: "offers", READERS: "readers"}
    return [
        (row["who"], names.get(row["group_id"], row["channel"]), row["desired"], row["actual"], row["kind"])
        for row in drifted(shop)
    ]


@pytest.mark.parametrize("word", ["false", "unsubscribed", '"Unsubscribed"', " FALSE ", '"false"'])
def test_an_opt_out_that_braze_lacks_is_found(club: Shop, word: str) -> None:
    club.add("ann", {"email_consent": word})
    assert told(club) == [("ann", "email", "unsubscribed", "subscribed", "unsubscribe")]


@pytest.mark.parametrize(
    ("consent", "state"),
    [
        ("true", "subscribed"),
        ("true", "opted_in"),
        ("opted_in", "subscribed"),
        ("maybe", "subscribed"),
        ("false", "unsubscribed"),
        (None, "unsubscribed"),
        ("null", "unsubscribed"),
    ],
)
def test_states_in_which_the_person_may_be_reached_are_alike_and_silence_says_nothing(
    club: Shop, consent: str | None, state: str
) -> None:
    club.add("ann", {"email_consent": consent}, {}, {"email_subscribe": state})
    club.add("ben", {"city": "Bern"}, {}, {"email_subscribe": "unsubscribed", "home_city": "Bern"})
    assert told(club) == []


def test_an_opt_out_within_the_quiet_period_does_not_wait(club: Shop) -> None:
    club.add("ann", {"email_consent": "false", "push_consent": "false"}, hours_ago=0.1)
    assert told(club) == [
        ("ann", "email", "unsubscribed", "subscribed", "unsubscribe"),
        ("ann", "push", "unsubscribed", "subscribed", "unsubscribe"),
    ]


def test_a_state_in_a_group_is_asked_of_braze_and_unknown_is_not_unsubscribed(club: Shop) -> None:
    club.add("ann", {"digest_optin": "false"})
    club.add("ben", {"digest_optin": "false"}, groups={DIGEST: "Subscribed"})
    club.add("cleo", {"digest_optin": "false"}, groups={DIGEST: "Unsubscribed"})
    club.add("dan", {"digest_optin": "true"})
    club.add("eve", {"digest_optin": "true"}, groups={DIGEST: "Unsubscribed"})
    assert told(club) == [
        ("ann", "digest", "unsubscribed", "unknown", "unsubscribe"),
        ("ben", "digest", "unsubscribed", "subscribed", "unsubscribe"),
        ("eve", "digest", "subscribed", "unsubscribed", "conflict"),
    ]


def test_only_people_with_a_say_in_a_group_are_asked_about(club: Shop) -> None:
    club.add("ann", {"digest_optin": "false"})
    club.add("ben", {"city": "Bern", "email_consent": "true"})
    told(club)
    asked = [row["query"] for row in club.sandbox.requests("/subscription/user/status", after=club.logged)]
    assert len(asked) == 1
    assert f"{club.mark}_ann" in asked[0]
    assert f"{club.mark}_ben" not in asked[0]


def test_braze_opted_out_and_segment_says_otherwise_is_a_conflict_and_not_a_correction(club: Shop) -> None:
    club.add("ann", {"email_consent": "opted_in"}, {}, {"email_subscribe": "unsubscribed"})
    assert told(club) == [("ann", "email", "opted_in", "unsubscribed", "conflict")]


@pytest.mark.parametrize(("said", "kind"), [(5, "resubscribe"), (20, "conflict"), (None, "conflict"), (10, "conflict")])
def test_only_a_statement_that_is_provably_newer_may_bring_somebody_back(
    club: Shop, said: float | None, kind: str
) -> None:
    club.add("ann", {"email_consent": "opted_in"}, {}, {"email_subscribe": "unsubscribed"}, hours_ago=said)
    row = {"who": "ann", "status": "Unsubscribed", "channel": "email", "hours_ago": 10 if said != 10 else 9.999}
    changes(club, row, {**row, "hours_ago": 300}, {**row, "status": "Subscribed", "hours_ago": 50})
    assert told(club) == [("ann", "email", "opted_in", "unsubscribed", kind)]
    [found] = drifted(club)
    assert (found["segment_time"] is None) == (said is None)
    assert found["braze_time"] is not None


@pytest.mark.parametrize(
    ("source", "at", "kind"),
    [
        ("Subscription Page", 10, "conflict"),
        ("preference center", 10, "conflict"),
        ("Inbound Message", 10, "conflict"),
        ("SDK", 10, "conflict"),
        ("REST API", 10, "unsubscribe"),
        ("CSV Import", 10, "unsubscribe"),
        ("Dashboard", 10, "unsubscribe"),
        ("User Merge", 10, "unsubscribe"),
        ("Subscription Page", 200, "unsubscribe"),
    ],
)
def test_a_later_opt_in_of_the_persons_own_holds_an_opt_out_back(club: Shop, source: str, at: float, kind: str) -> None:
    club.add("ann", {"email_consent": "false"}, {}, {"email_subscribe": "opted_in"}, hours_ago=100)
    changes(club, {"who": "ann", "status": "Opted In", "channel": "email", "source": source, "hours_ago": at})
    assert told(club) == [("ann", "email", "unsubscribed", "opted_in", kind)]


def test_an_opt_out_without_a_time_is_pushed_whatever_braze_proves(club: Shop) -> None:
    club.add("ann", {"email_consent": "false"}, hours_ago=None)
    changes(club, {"who": "ann", "status": "Opted In", "channel": "email", "hours_ago": 1})
    assert told(club) == [("ann", "email", "unsubscribed", "subscribed", "unsubscribe")]


def test_a_later_opt_in_that_was_taken_back_proves_nothing(club: Shop) -> None:
    club.add("ann", {"email_consent": "false"})
    row = {"who": "ann", "channel": "email"}
    changes(club, {**row, "status": "Opted In", "hours_ago": 20}, {**row, "status": "Unsubscribed", "hours_ago": 15})
    assert told(club) == [("ann", "email", "unsubscribed", "subscribed", "unsubscribe")]


@pytest.mark.parametrize(
    ("older", "newer", "times", "found"),
    [
        ("false", "true", (300, 20), False),
        ("true", "false", (300, 20), True),
        ("false", "null", (300, 20), False),
        ("false", "true", (None, 20), True),
        ("true", "false", (20, 20), True),
        ("true", None, (None, 20), False),
    ],
)
def test_of_a_persons_own_rows_the_newest_counts_but_an_opt_out_without_a_time_stands(
    club: Shop, older: str, newer: str | None, times: tuple[float | None, float], found: bool
) -> None:
    club.add("ann", {"push_consent": newer}, hours_ago=times[1])
    club.trait(f"use_{club.mark}_ann_old", "push_consent", older, times[0])
    merge = {"canonical_segment_id": f"use_{club.mark}_ann", "segment_id": f"use_{club.mark}_ann_old"}
    club.tables["profile_merges"].append({**merge, "seq": None, "timestamp": None})
    assert [row[0] for row in told(club)] == (["ann"] if found else [])


def test_an_opt_out_counts_for_every_profile_with_the_address(club: Shop) -> None:
    shared = mail(club, "family")
    club.add("ann", {"email_consent": "false"}, {}, {"email": shared})
    club.add("ben", {"city": "Bern"}, {}, {"email": shared.upper(), "home_city": "Bern"})
    club.add("cleo", {"email_consent": "true"}, {}, {"email": f" {shared}"}, hours_ago=500)
    club.add("orphan", fields={"email": shared})
    club.tables["user_identifiers"].pop()
    club.add("dan", {"email_consent": "true"}, {}, {"email": mail(club, "dan")})
    expected = [(who, "email", "unsubscribed", "subscribed", "unsubscribe") for who in ("ann", "ben", "cleo", "orphan")]
    assert told(club) == expected
    assert drifted(club)[1]["address"] == shared.upper()


@pytest.mark.parametrize(
    ("out", "back", "state"),
    [
        (100, 50, []),
        (50, 100, ["ann", "ben"]),
        (70, 70, ["ann", "ben"]),
        (None, 1, ["ann", "ben"]),
        (900, None, ["ann", "ben"]),
    ],
)
def test_of_two_statements_for_one_address_the_newer_counts_and_in_doubt_the_opt_out(
    club: Shop, out: float | None, back: float | None, state: list[str]
) -> None:
    shared = mail(club, "family")
    club.add("ann", {"email_consent": "false"}, {}, {"email": shared}, hours_ago=out)
    club.add("ben", {"email_consent": "opted_in"}, {}, {"email": shared}, hours_ago=back)
    assert [row[0] for row in told(club)] == state


def test_an_opt_out_counts_for_the_address_that_segment_has_too(club: Shop) -> None:
    club.add("ann", {"email_consent": "false", "email": mail(club, "new")}, {}, {"email": mail(club, "old")})
    club.add("ben", fields={"email": mail(club, "new")})
    club.add("gone", {"email_consent": "false", "email": mail(club, "third")}, in_braze=False)
    club.add("cleo", fields={"email": mail(club, "third")})
    assert [row[0] for row in told(club)] == ["ann", "ben", "cleo"]


def test_text_messages_go_by_the_phone_number(club: Shop) -> None:
    club.add("ann", {"sms_optin": "false"}, {}, {"phone": "+14155550100"}, groups={OFFERS: "Subscribed"})
    club.add("ben", {"sms_optin": "true"}, {}, {"phone": "+14155550100"}, groups={OFFERS: "Subscribed"}, hours_ago=500)
    club.add("cleo", {"sms_optin": "true"}, {}, {"phone": "+14155550101"}, groups={OFFERS: "Subscribed"})
    assert [row[:2] for row in told(club)] == [("ann", "offers"), ("ben", "offers")]
    assert {row["address"] for row in drifted(club)} == {"+14155550100"}


def test_somebody_of_the_address_whom_braze_was_not_asked_about_has_the_state_of_the_address(club: Shop) -> None:
    shared = mail(club, "family")
    club.add("ann", {"digest_optin": "false"}, {}, {"email": shared}, groups={DIGEST: "Unsubscribed"})
    club.add("ben", {"city": "Bern"}, {}, {"email": shared, "home_city": "Bern"}, groups={DIGEST: "Unsubscribed"})
    assert told(club) == []


def test_push_is_a_persons_and_reaches_every_profile_of_theirs(club: Shop) -> None:
    club.add("ann", {"push_consent": "false"}, {}, {"push_subscribe": "opted_in"})
    club.add("ann_b", fields={"push_subscribe": "subscribed"})
    club.tables["user_identifiers"][-1]["canonical_segment_id"] = f"use_{club.mark}_ann"
    assert told(club) == [
        ("ann", "push", "unsubscribed", "opted_in", "unsubscribe"),
        ("ann_b", "push", "unsubscribed", "subscribed", "unsubscribe"),
    ]
    assert {row["address"] for row in drifted(club)} == {None}


def test_a_suppressed_person_leaves_everything_and_nothing_else_is_told(club: Shop) -> None:
    club.config["cohorts"] = [{"audience": "readers", "to": {"subscription_group": READERS}}]
    club.config["segment"]["suppressions"] = "suppressed.csv"
    (club.folder / "suppressed.csv").write_text(
        f"user_id,suppressed_at\n{club.mark}_ann,\n{club.mark}_forgotten,2026-01-01T00:00:00Z\n"
    )
    said = {"email_consent": "opted_in", "digest_optin": "true", "readers": "true", "city": "Bern"}
    club.add("ann", said, {}, {"email_subscribe": "unsubscribed", "home_city": "Basel"}, hours_ago=1)
    club.add("forgotten", groups={DIGEST: "Unsubscribed", READERS: "Subscribed"})
    club.tables["user_identifiers"].pop()
    changes(club, {"who": "ann", "status": "Subscribed", "channel": "push", "hours_ago": 0.5})
    out = "unsubscribed"
    assert sorted(told(club)) == [
        ("ann", "digest", out, "unknown", "unsubscribe"),
        ("ann", "offers", out, "unknown", "unsubscribe"),
        ("ann", "push", out, "subscribed", "unsubscribe"),
        ("ann", "readers", out, "unknown", "unsubscribe"),
        ("forgotten", "email", out, "subscribed", "unsubscribe"),
        ("forgotten", "offers", out, "unknown", "unsubscribe"),
        ("forgotten", "push", out, "subscribed", "unsubscribe"),
        ("forgotten", "readers", out, "subscribed", "unsubscribe"),
    ]
    assert club.drift() == []
    sides = club.run_document["steps"]["drift"]["result"]["consent"]
    assert sides["email_subscribe"]["opted_out"] == {"unsubscribed": 1, "reachable": 1, "unknown": 0}
    assert sides[f"subscription_group:{DIGEST}"]["opted_out"] == {"unsubscribed": 1, "reachable": 0, "unknown": 1}


def test_a_change_that_currents_has_after_the_export_counts_more(club: Shop) -> None:
    club.add("ann", {"email_consent": "false"})
    club.add("ben", {"email_consent": "true", "email": mail(club, "ben")}, {}, {"email": mail(club, "ben")})
    club.add("cleo", {"digest_optin": "true"}, groups={DIGEST: "Subscribed"})
    changes(
        club,
        {"who": "ann", "status": "Unsubscribed", "channel": "email", "hours_ago": -1},
        {"status": "Unsubscribed", "email": mail(club, "ben"), "hours_ago": -1},
        {"status": "Subscribed", "email": mail(club, "ben"), "hours_ago": -1},
        {"who": "cleo", "status": "Unsubscribed", "group": DIGEST, "hours_ago": -1},
    )
    assert told(club) == [
        ("ben", "email", "subscribed", "unsubscribed", "conflict"),
        ("cleo", "digest", "subscribed", "unsubscribed", "conflict"),
    ]
    sides = club.run_document["steps"]["drift"]["result"]["consent"]["email_subscribe"]
    assert sides["opted_out"] == {"unsubscribed": 1, "reachable": 0, "unknown": 0}
    assert sides["opted_in"] == {"unsubscribed": 1, "reachable": 0}
    people = sum(profile.get("external_id") is not None for profile in club.sandbox.profiles())
    assert sides["silent"]["reachable"] <= people - 2 and sides["silent"]["reachable"] >= 2


def test_a_currents_file_that_cannot_be_read_is_put_aside_and_said(club: Shop) -> None:
    club.add("ann", {"email_consent": "false"})
    changes(club, {"who": "ann", "status": "Opted In", "channel": "email", "hours_ago": 1})
    [file] = Path(club.folder / "currents").rglob("*.avro")
    file.with_name("broken.avro").write_bytes(b"Obj\x01 cut off")
    assert told(club) == [("ann", "email", "unsubscribed", "subscribed", "conflict")]
    assert club.run_document["steps"]["load"]["result"]["quarantined"] == 1
    for path in Path(club.folder / "currents").rglob("*.avro"):
        path.unlink()
    done = club.recon("run")
    assert "currents.files matches no record of consent any more (2 files the run before)" in done.err


def test_changes_in_the_shape_of_the_http_stream_count_too(club: Shop) -> None:
    club.add("ann", {"email_consent": "false"}, hours_ago=100)
    event = {
        "event_type": GLOBAL,
        "id": "1",
        "time": int((datetime.now(UTC) - timedelta(hours=1)).timestamp()),
        "user": {"user_id": "0" * 24, "external_user_id": f"{club.mark}_ann"},
        "properties": {"subscription_status": "Opted In", "channel": "email", "state_change_source": "SDK"},
    }
    path = club.folder / "stream" / f"event_type={GLOBAL}" / "1.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"events": [event]}) + "\n" + json.dumps({"events": []}) + "\n")
    club.config["currents"] = {"files": "stream/event_type=*/*.json"}
    assert told(club) == [("ann", "email", "unsubscribed", "subscribed", "conflict")]


# Audiences in subscription groups


@pytest.fixture
def readers(club: Shop) -> Shop:
    club.config["cohorts"] = [{"audience": "readers", "to": {"subscription_group": READERS}}]
    return club


def moves(shop: Shop) -> list[tuple[str, str, str]]:
    found = pl.read_parquet(shop.run / "drift" / "cohort.parquet")
    return sorted((row[0].removeprefix(f"{shop.mark}_"), *row[2:]) for row in found.rows())


def test_members_enter_and_others_leave_a_group(readers: Shop) -> None:
    readers.add("ann", {"readers": "true"})
    readers.add("ben", {"readers": "true"}, groups={READERS: "Subscribed"})
    readers.add("cleo", {"readers": "false"}, groups={READERS: "Subscribed"})
    readers.add("dan", {"city": "Bern"}, {}, {"home_city": "Bern"}, groups={READERS: "Subscribed"})
    readers.add("eve", {"readers": "false"}, groups={READERS: "Unsubscribed"})
    readers.add("fay", {"readers": "true"}, hours_ago=1)
    assert told(readers) == []
    assert moves(readers) == [
        ("ann", "enter", "first_seen"),
        ("cleo", "leave", "first_seen"),
        ("dan", "leave", "first_seen"),
        ("fay", "enter", "in_flight"),
    ]
    drift = readers.run_document["steps"]["drift"]["result"]
    assert drift["cohorts"] == {"readers": {"enter": 2, "leave": 2}}
    assert drift["cohort_members"] == {"readers": {"segment": 3, "braze": 3, "both": 1}}


def test_a_member_who_unsubscribed_there_by_their_own_doing_is_a_conflict(readers: Shop) -> None:
    readers.add("ann", {"readers": "true"}, groups={READERS: "Unsubscribed"})
    changes(readers, {"who": "ann", "status": "Unsubscribed", "group": READERS, "hours_ago": 5})
    assert told(readers) == [("ann", "readers", "subscribed", "unsubscribed", "conflict")]
    assert moves(readers) == []
    [row] = drifted(readers)
    assert row["braze_time"] is not None
    assert row["segment_time"] is not None
    assert row["channel"] == "email"


def test_a_group_belongs_to_the_address_so_nobody_leaves_it_for_a_member_or_enters_it_for_the_suppressed(
    readers: Shop,
) -> None:
    family, other = mail(readers, "family"), mail(readers, "other")
    readers.add("ann", {"readers": "true"}, {}, {"email": family}, groups={READERS: "Subscribed"})
    readers.add("ben", {"readers": "false"}, {}, {"email": family}, groups={READERS: "Subscribed"})
    readers.add("cleo", {"readers": "true"}, {}, {"email": other})
    gone = readers.add("gone", {"city": "Bern"}, {}, {"email": other}, groups={READERS: "Unsubscribed"})
    readers.config["segment"]["suppressions"] = "suppressed.csv"
    (readers.folder / "suppressed.csv").write_text(f"user_id,suppressed_at\n{gone},2026-01-01T00:00:00Z\n")
    found = told(readers)
    assert moves(readers) == []
    assert [row for row in found if row[1] == "readers"] == [
        ("cleo", "readers", "unsubscribed", "unknown", "unsubscribe")
    ]
