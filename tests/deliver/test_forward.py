"""recon forward: which events go home to Segment, as whom, and that none goes twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
from currents_world import CLICK, OPEN, PATTERN, SEND, avro_bytes, event, joined, key, message_id, put, seconds, write
from shop_world import Done, Shop

GLOBAL = "users.behaviors.subscription.GlobalStateChange"


class Mail(Shop):
    """A shop whose people get mail, and what Segment has received of it."""

    ann: str
    seen: int

    def open_(self) -> None:
        self.config["currents"] = {"files": PATTERN}
        self.config["workspace"] = self.mark  # messageIds are Segment's for everybody, and tests share a Segment
        self.seen = max((row["n"] for row in self.sandbox.events()), default=0)
        self.write()

    def events(self, **rules: Any) -> None:
        """Sets currents.events."""
        self.configure(lambda config: config["currents"].update(events=rules))

    def received(self) -> list[dict[str, Any]]:
        """What Segment took since the shop opened."""
        return [row["body"] for row in self.sandbox.events(after=self.seen) if row["dropped"] is None]

    def forward(self, *args: str) -> dict[str, Any]:
        done = self.recon("forward", "--json", *args)
        assert done.code == 0, done.said
        assert done.document["read"] == sum(
            done.document[name] for name in ("sent", "duplicates", "filtered", "quarantined")
        ) + done.document.get("would_send", 0)
        return done.document

    def ids(self) -> list[str]:
        """Campaigns of the events that Segment took: tests number them."""
        return sorted(body["properties"]["campaign_id"] for body in self.received())


@pytest.fixture
def mail(shop: Shop) -> Iterator[Mail]:
    opened = Mail(shop.folder, shop.sandbox)
    opened.ann = opened.add("ann")
    opened.open_()
    yield opened


def test_an_event_becomes_a_track_call_of_its_person(mail: Mail) -> None:
    write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="c1", machine_open="true", email_address="a@example.org")])
    document = mail.forward()
    assert (document["read"], document["sent"], document["requests"]) == (1, 1, 1)
    [body] = mail.received()
    assert body["type"] == "track" and body["event"] == "Email Opened" and body["userId"] == mail.ann
    assert body["messageId"] == message_id(mail.mark, OPEN, "id-1")
    assert "anonymousId" not in body
    happened = datetime.fromtimestamp(seconds(4), UTC)
    assert abs(datetime.fromisoformat(body["timestamp"]) - happened) < timedelta(seconds=60)
    assert body["properties"] == {"currents_event_type": OPEN, "campaign_id": "c1", "machine_open": "true"}
    assert body["integrations"]["Braze Cloud Mode (Actions)"] is False and body["integrations"]["All"] is True


def test_what_was_sent_is_not_sent_again_whichever_file_repeats_it(mail: Mail) -> None:
    write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="1"), event(1, mail.ann, campaign_id="1")])
    assert mail.forward()["duplicates"] == 1
    assert mail.forward()["read"] == 0
    write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="1"), event(2, mail.ann, campaign_id="2")], 40, 7)
    write(mail.folder, CLICK, [event(1, mail.ann, campaign_id="3")])
    document = mail.forward()
    assert (document["sent"], document["duplicates"]) == (2, 1)
    assert mail.ids() == ["1", "2", "3"]


def test_what_was_sent_before_the_ledger_knew_days_is_not_sent_again(mail: Mail) -> None:
    write(mail.folder, OPEN, [event(1, mail.ann), event(2, mail.ann)])
    assert mail.forward()["sent"] == 2
    with duckdb.connect(str(mail.folder / ".recon" / "state.duckdb")) as con:
        con.execute("alter table ledger drop column day")
        con.execute("delete from migration where version = 7")
    write(mail.folder, OPEN, [event(number, mail.ann) for number in (1, 2, 3)], 40, 7)
    document = mail.forward()
    assert (document["sent"], document["duplicates"]) == (1, 2)


def test_a_file_that_was_replaced_is_read_again(mail: Mail) -> None:
    path = write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="1")])
    mail.forward()
    put(path, avro_bytes(OPEN, [event(1, mail.ann, campaign_id="1"), event(2, mail.ann, campaign_id="2")]))
    assert mail.forward()["sent"] == 1
    assert mail.ids() == ["1", "2"]


def test_late_files_in_old_folders_are_found_and_those_before_the_first_run_are_not(mail: Mail) -> None:
    mail.configure(lambda config: config["currents"].update(since="3d"))
    write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="recent")], hours_ago=1)
    write(mail.folder, OPEN, [event(2, mail.ann, campaign_id="ancient")], hours_ago=100)
    write(mail.folder, OPEN, [event(3, mail.ann, 2000, campaign_id="old event, new folder")], hours_ago=2)
    assert mail.forward()["sent"] == 2
    write(mail.folder, OPEN, [event(4, mail.ann, campaign_id="late")], hours_ago=60)
    assert mail.forward()["sent"] == 1
    assert mail.ids() == ["late", "old event, new folder", "recent"]
    assert mail.forward("--since", "10d")["sent"] == 1
    assert "ancient" in mail.ids()


def test_nobody_is_not_somebody(mail: Mail) -> None:
    hashed = "a" * 64
    real = "b" * 64
    mail.identifier("use_hex", real)
    mail.write_table("user_identifiers")
    people = [None, "", "[REDACTED]", hashed, real]
    write(mail.folder, OPEN, [event(n, who, campaign_id=str(n)) for n, who in enumerate(people)])
    document = mail.forward()
    assert document["filtered_by"] == {"no user id": 2, "redacted user id": 1, "hashed user id": 1}
    assert [body["userId"] for body in mail.received()] == [real]


def test_anonymous_events_are_sent_only_if_asked_for(mail: Mail) -> None:
    write(mail.folder, OPEN, [event(1, None, campaign_id="1"), event(2, "[REDACTED]", campaign_id="2")])
    assert mail.forward()["sent"] == 0
    mail.events(anonymous="send")
    assert mail.forward("--since", "2d")["sent"] == 1
    [body] = mail.received()
    assert body["anonymousId"] == "braze-1" and "userId" not in body


def test_merged_people_are_sent_under_their_canonical_id(mail: Mail) -> None:
    mail.identifier(f"use_{mail.mark}_ann", "ann-after-login", hours_ago=10)
    mail.identifier("use_other", "ann-on-the-phone", hours_ago=5)
    mail.tables["profile_merges"].append(
        {"canonical_segment_id": f"use_{mail.mark}_ann", "segment_id": "use_other", "seq": None, "timestamp": None}
    )
    for table in ("user_identifiers", "profile_merges"):
        mail.write_table(table)
    ids = [mail.ann, "ann-after-login", "ann-on-the-phone", "stranger"]
    write(mail.folder, OPEN, [event(who, who) for who in ids])
    mail.forward()
    assert sorted(body["userId"] for body in mail.received()) == sorted([mail.ann] * 3 + ["stranger"])


def test_the_suppressed_are_never_sent_under_any_of_their_ids(mail: Mail) -> None:
    mail.identifier(f"use_{mail.mark}_ann", "ann-after-login")
    mail.write_table("user_identifiers")
    mail.config["segment"]["suppressions"] = "suppressed.csv"
    (mail.folder / "suppressed.csv").write_text(
        "user_id,suppressed_at\nann-after-login,2024-01-01T00:00:00Z\nunknown-to-segment,2024-01-01T00:00:00Z\n"
    )
    mail.configure()
    write(mail.folder, OPEN, [event(who, who) for who in (mail.ann, "ann-after-login", "unknown-to-segment", "bob")])
    assert mail.forward()["filtered_by"] == {"suppressed": 3}
    assert [body["userId"] for body in mail.received()] == ["bob"]


def test_star_means_engagement_and_what_nobody_knows(mail: Mail) -> None:
    token = "users.behaviors.pushnotification.TokenStateChange"
    types = [SEND, token, "users.behaviors.Uninstall", "users.messages.hologram.Send"]
    behaviors = ["users.behaviors.CustomEvent", "users.behaviors.app.SessionStart", "users.behaviors.Purchase"]
    for number, kind in enumerate([*types, *behaviors]):
        write(mail.folder, kind, [event(number, mail.ann)])
    mail.forward()
    assert {body["properties"]["currents_event_type"] for body in mail.received()} == set(types)
    assert "Hologram Send" in {body["event"] for body in mail.received()}
    mail.events(include=["*", "users.behaviors.CustomEvent"], exclude=["users.messages.*.Send"])
    assert mail.forward()["sent"] == 1
    assert mail.received()[-1]["event"] == "Custom Event"


def test_a_condition_chooses_events_and_a_field_that_is_missing_is_null(mail: Mail) -> None:
    mail.events(
        where="campaign_id in ('1', '2') and machine_open is null and coalesce(is_suspected_bot_click, false) = false"
    )
    write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="1"), event(3, mail.ann, campaign_id="3")])
    write(mail.folder, OPEN, [event(4, mail.ann, campaign_id="1", machine_open="true")], 5)
    write(mail.folder, CLICK, [event(n, mail.ann, campaign_id="2", is_suspected_bot_click=n == 5) for n in (5, 6)])
    assert mail.forward()["filtered_by"] == {"currents.events.where": 3}
    assert mail.ids() == ["1", "2"]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("campain_id = '1'", "no Currents event has a field campain_id"),
        ("time > now()", "now() is not allowed"),
        ("campaign_id in (select 1)", "a query inside an expression"),
        ("time like 'x' and 1", "cannot compute it"),
        ("campaign_id = ", "not an SQL expression"),
        ("trait('email') = 'x'", "an event has fields, not traits"),
    ],
)
def test_a_wrong_condition_is_named_before_anything_is_read(mail: Mail, condition: str, said: str) -> None:
    mail.events(where=condition)
    done = mail.recon("forward")
    assert done.code == 2
    assert "currents.events.where" in done.err and said in done.err


def test_names_can_be_ones_own(mail: Mail) -> None:
    mail.events(rename={OPEN: 'Mail "opened"'})
    write(mail.folder, OPEN, [event(1, mail.ann)])
    mail.forward()
    assert mail.received()[0]["event"] == 'Mail "opened"'


def test_a_time_in_the_future_is_now_and_the_raw_one_is_kept(mail: Mail) -> None:
    write(mail.folder, OPEN, [event(1, mail.ann, -5000)])
    before = time.time()
    mail.forward()
    [body] = mail.received()
    assert before - 1 <= datetime.fromisoformat(body["timestamp"]).timestamp() <= time.time()
    assert body["properties"]["currents_time"] == seconds(-5000) or body["properties"]["currents_time"] > before


def test_a_time_that_no_clock_can_show_holds_up_nothing(mail: Mail) -> None:
    times = (-(2**63), -1, 2**63 - 1, seconds(4))
    rows = [{**event(n, mail.ann, campaign_id=str(n)), "time": at} for n, at in enumerate(times)]
    put(mail.folder / key(OPEN, 4), avro_bytes(OPEN, pl.DataFrame(rows)))
    document = mail.forward()
    assert (document["sent"], document["quarantined_by"]) == (2, {"no time": 2})
    assert mail.ids() == ["2", "3"]


def test_an_event_larger_than_segment_takes_is_quarantined_and_the_rest_goes_on(mail: Mail) -> None:
    rows = [
        event(n, mail.ann, campaign_id=str(n), user_agent="ü" * size) for n, size in enumerate([10, 17_000, 15_000])
    ]
    write(mail.folder, OPEN, rows)
    document = mail.forward()
    assert document["quarantined_by"] == {"larger than Segment takes": 1}
    assert mail.ids() == ["0", "2"]


def test_many_events_go_in_requests_that_segment_takes_whole(mail: Mail) -> None:
    write(mail.folder, OPEN, [event(n, mail.ann) for n in range(6_000)])
    write(mail.folder, CLICK, [event(n, mail.ann, url="https://example.org/" + "x" * 20_000) for n in range(60)])
    document = mail.forward()
    assert document["sent"] == 6_060
    assert {row["dropped"] for row in mail.sandbox.events(after=mail.seen)} == {None}
    assert document["requests"] >= 6


def test_few_events_of_many_types_share_a_request(mail: Mail) -> None:
    types = (OPEN, CLICK, SEND, "users.messages.email.Delivery", "users.messages.sms.Send")
    for number, event_type in enumerate(types):
        write(mail.folder, event_type, [event(n, mail.ann, campaign_id=f"{number}-{n}") for n in range(10)])
    write(mail.folder, CLICK, [event(n, mail.ann, user_agent="ü" * 17_000) for n in (10, 11)], 5)
    write(mail.folder, CLICK, [event(12, mail.ann, campaign_id="1-x")], 6)
    document = mail.forward()
    assert (document["sent"], document["requests"], document["quarantined"]) == (51, 1, 2)
    assert mail.ids() == sorted([f"{number}-{n}" for number in range(5) for n in range(10)] + ["1-x"])


def test_broken_rows_lines_and_files_do_not_block_the_rest(mail: Mail) -> None:
    write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="1"), {**event(2, mail.ann), "id": None}])
    write(mail.folder, OPEN, [{**event(3, mail.ann), "time": None}, {**event(4, mail.ann), "time": 0}], 5)
    put(mail.folder / key(OPEN, 6), b"Obj\x01 and then nothing")
    put(mail.folder / key(SEND, 6), b"")
    document = mail.forward()
    assert document["quarantined_by"] == {"no id": 1, "no time": 2, "not readable": 2}
    assert (document["sent"], document["damaged_files"]) == (1, 2)


def test_the_good_blocks_of_a_cut_file_are_sent_and_the_rest_once_it_is_whole(mail: Mail) -> None:
    parts = [avro_bytes(OPEN, [event(n, mail.ann, campaign_id=str(n))]) for n in range(4)]
    path = put(mail.folder / key(OPEN), joined(parts)[:-30])
    assert mail.forward()["damaged_files"] == 1
    assert mail.ids() == ["0", "1", "2"]
    assert mail.forward()["duplicates"] == 3, "a damaged file is looked at again"
    put(path, joined(parts))
    assert mail.forward()["sent"] == 1
    assert mail.forward()["read"] == 0


def test_the_http_stream_is_read_as_well(mail: Mail) -> None:
    mail.configure(lambda config: config["currents"].update(files="stream/*.json"))

    def told(number: int, kind: str, **properties: Any) -> dict[str, Any]:
        user = {"user_id": "b", "external_user_id": mail.ann}
        return {"event_type": kind, "id": f"id-{number}", "time": seconds(), "user": user, "properties": properties}

    lines = [
        json.dumps(
            {"events": [told(1, OPEN, campaign_id="1"), told(2, CLICK, campaign_id="2", url="https://x.example")]}
        ),
        "{broken",
        json.dumps(told(3, SEND, campaign_id="3", message_extras={"a": [1, None]})),
        json.dumps(told(4, "users.behaviors.CustomEvent", name="x")),
        json.dumps({"id": "no type"}),
    ]
    put(mail.folder / "stream/1.json", "\n".join(lines).encode())
    document = mail.forward()
    assert document["quarantined_by"] == {"not readable": 2}
    assert document["filtered_by"] == {"event type": 1}
    assert mail.ids() == ["1", "2", "3"]
    by_type = {body["event"]: body["properties"] for body in mail.received()}
    assert by_type["Email Link Clicked"]["link_url"] == "https://x.example"
    assert by_type["Email Sent"]["message_extras"] == {"a": [1, None]}
    # The same events from the bucket are the same events.
    mail.configure(lambda config: config["currents"].update(files=PATTERN))
    write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="1")])
    assert mail.forward()["duplicates"] == 1


def test_a_field_that_changes_its_type_blocks_nothing(mail: Mail) -> None:
    mail.configure(lambda config: config["currents"].update(files="stream/*.json"))
    for number, value in enumerate(["a", ["a"], 5, {"a": 1}, True]):
        told = {"event_type": OPEN, "id": f"id-{number}", "time": seconds(), "user": {"external_user_id": mail.ann}}
        put(mail.folder / f"stream/{number}.json", json.dumps(told | {"properties": {"new": value}}).encode())
    assert mail.forward()["sent"] == 5
    assert len(mail.received()) == 5


def test_text_that_should_be_json_and_is_not_spoils_no_request(mail: Mail) -> None:
    extras = ['{"a": 1.50}', '{"a": NaN}', "[1,]", "{", '"\\ud800"', '{"a":\n[1]}', ""]
    write(mail.folder, SEND, [event(n, mail.ann, message_extras=text) for n, text in enumerate(extras)])
    assert mail.forward()["sent"] == len(extras)
    got = {body["messageId"]: body["properties"]["message_extras"] for body in mail.received()}
    want = [{"a": 1.5}, *extras[1:5], {"a": [1]}, ""]
    assert got == {message_id(mail.mark, SEND, f"id-{n}"): value for n, value in enumerate(want)}


def test_a_dry_run_sends_and_changes_nothing(mail: Mail) -> None:
    write(mail.folder, OPEN, [event(1, mail.ann), event(1, mail.ann), event(2, None)])
    document = mail.forward("--dry-run")
    assert (document["sent"], document["would_send"], document["duplicates"], document["requests"]) == (0, 1, 1, 0)
    assert mail.received() == []
    assert mail.forward()["sent"] == 1
    assert "would send 0" in mail.recon("forward", "--dry-run", "--since", "2d").out


def test_segment_that_stays_away_ends_with_6_and_the_next_run_goes_on(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recon.segment.tracking._BACKOFF_BASE", 0.001)
    write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="1")])
    mail.sandbox.fault("/v1/batch", "status", status=503)
    done: Done = mail.recon("forward")
    assert done.code == 6
    assert "recon forward" in done.err and "write-key" not in done.said
    mail.sandbox.clear_faults()
    assert mail.forward()["sent"] == 1


def test_an_answer_that_was_lost_is_no_second_event(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recon.segment.tracking._BACKOFF_BASE", 0.001)
    write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="1")])
    mail.sandbox.fault("/v1/batch", "drop", applied=True, count=1)
    assert mail.forward()["requests"] == 2
    assert mail.ids() == ["1"]


@pytest.mark.parametrize("status", [400, 413])
def test_what_segment_refuses_is_set_aside_tried_again_and_holds_up_nothing(mail: Mail, status: int) -> None:
    write(mail.folder, OPEN, [event(n, mail.ann, campaign_id=str(n)) for n in range(3)])
    write(mail.folder, CLICK, [event(4, mail.ann, campaign_id="4")])
    mail.sandbox.fault("/v1/batch", "status", status=status, count=4)  # packed, plain, two, one
    document = mail.forward()
    assert document["quarantined_by"] == {"Segment refused it": 1}
    assert document["sent"] == 3
    again = mail.forward()
    assert (again["sent"], again["quarantined"]) == (1, 0)
    assert mail.ids() == ["0", "1", "2", "4"]
    assert mail.forward()["read"] == 0


def test_a_segment_that_refuses_everything_is_not_asked_about_every_event(mail: Mail) -> None:
    write(mail.folder, OPEN, [event(n, mail.ann) for n in range(200)])
    mail.sandbox.fault("/v1/batch", "status", status=400)
    document = mail.forward()
    assert document["quarantined_by"] == {"Segment refused it": 200}
    assert document["requests"] < 60
    mail.sandbox.clear_faults()
    assert mail.forward()["sent"] == 200


def test_a_file_that_cannot_be_read_holds_up_nothing_and_is_tried_again(mail: Mail) -> None:
    write(mail.folder, OPEN, [event(1, mail.ann, campaign_id="1")])
    path = mail.folder / key(OPEN, 6)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/proc/self/mem")  # a file that not even root can read
    document = mail.forward()
    assert (document["sent"], document["damaged_files"]) == (1, 1)
    assert document["quarantined_by"] == {"not readable": 1}
    told = mail.recon("status", "--json").document["events"]["forward"]
    assert (told["sent"], told["quarantined"], told["damaged_files"]) == (1, 1, 1)
    assert "1 sent; 1 quarantined, 1 damaged files" in mail.recon("status").out
    path.unlink()
    put(path, avro_bytes(OPEN, [event(2, mail.ann, campaign_id="2")]))
    assert mail.forward()["sent"] == 1
    assert mail.ids() == ["1", "2"]


@pytest.mark.parametrize("missing", ["currents", "tracking"])
def test_what_is_not_configured_is_named(mail: Mail, missing: str) -> None:
    (mail.config if missing == "currents" else mail.config["segment"]).pop(missing)
    mail.configure()
    done = mail.recon("forward")
    assert done.code == 2 and missing in done.err


def test_our_own_changes_of_consent_do_not_come_home_as_news(mail: Mail) -> None:
    mail.config["subscriptions"] = {"email": {"trait": "email_consent", "unsubscribed": ["false"]}}
    mail.trait(f"use_{mail.mark}_ann", "email_consent", "false")
    mail.exported = []  # ann is in Braze already
    bob = mail.add("bob", {"email_consent": "true"})
    mail.write()
    assert mail.recon("run", "--apply", "--yes").code == 0

    def change(number: int, who: str, status: str, source: str) -> dict[str, Any]:
        told = {"subscription_status": status, "state_change_source": source, "channel": "email"}
        return event(number, who, 0, campaign_id=str(number), **told)

    write(
        mail.folder,
        GLOBAL,
        [
            change(1, mail.ann, "Unsubscribed", "REST API"),
            change(2, mail.ann, "Unsubscribed", "Subscription Page"),
            change(3, mail.ann, "Subscribed", "REST API"),
            change(4, bob, "Unsubscribed", "REST API"),
        ],
        hours_ago=0,
    )
    assert mail.forward()["filtered_by"] == {"own change": 1}
    assert mail.ids() == ["2", "3", "4"]


def test_the_doctor_looks_at_currents_and_at_the_source(mail: Mail) -> None:
    def looked() -> dict[str, Any]:
        return {check["what"]: check for check in mail.recon("doctor", "--json").document["checks"]}

    mail.configure(lambda config: config.update(events={"files": "events/*.gz"}))
    found = looked()
    assert (found["currents.files"]["ok"], found["events.files"]["ok"]) == (False, False)
    assert found["segment.tracking"]["ok"]
    write(mail.folder, OPEN, [event(1, mail.ann)])
    mail.sandbox.fault("/v1/batch", "status", status=401)
    found = looked()
    assert found["currents.files"]["ok"] and "1 files" in found["currents.files"]["found"]
    assert (found["segment.tracking"]["ok"], found["segment.tracking"]["exit_code"]) == (False, 6)
    assert mail.received() == []
