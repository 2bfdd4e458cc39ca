"""Segment's events in Braze: what is sent, under which name, to whom; and each once."""

from __future__ import annotations

from events_world import Bazaar


def test_calls_reach_braze_once_however_often_they_are_delivered(bazaar: Bazaar) -> None:
    ann, bob = bazaar.customer("ann"), bazaar.customer("bob")
    calls = [bazaar.call(who, "Product Viewed", 60 + n, {"sku": n}) for n, who in enumerate([ann, bob, ann, ann])]
    bazaar.people()
    bazaar.file("1.gz", *calls, calls[0])
    bazaar.file("2.gz", calls[1])
    first = bazaar.deliver()
    assert (first["read"], first["sent"], first["duplicates"]) == (6, 4, 2)
    assert bazaar.held() == bazaar.expected()
    again = bazaar.deliver()
    assert (again["read"], again["sent"], again["duplicates"], again["requests"]) == (6, 0, 6, 0)
    assert bazaar.held() == bazaar.expected()


def test_who_and_what_is_left_out_is_counted_by_reason_and_not_sent(bazaar: Bazaar) -> None:
    ann, gone = bazaar.customer("ann"), bazaar.customer("gone", in_braze=False)
    barred = bazaar.customer("barred")
    (bazaar.folder / "suppressed.csv").write_text(f"user_id,suppressed_at\n{barred},2024-01-01T00:00:00Z\n")
    bazaar.config["segment"]["suppressions"] = "suppressed.csv"
    bazaar.config["events"] |= {"exclude": ["Secret *"], "since": "2d"}
    sent = bazaar.call(ann, "Signed Up")
    bazaar.call(None, "Signed Up", anonymousId="a-1")
    bazaar.call(gone, "Signed Up")
    bazaar.call("nobody", "Signed Up")
    bazaar.call(barred, "Signed Up")
    bazaar.call(ann, "Secret Thing")
    bazaar.call(ann, "Signed Up", minutes_ago=3 * 24 * 60)
    bazaar.call(ann, "Signed Up", minutes_ago=-24 * 60, receivedAt=None)
    bazaar.call(ann, "Signed Up", 20, integrations={"All": True, "Braze Cloud Mode (Actions)": False})
    bazaar.call(ann, "Signed Up", 21, integrations={"All": False, "Amplitude": True})
    bazaar.call(ann, "Email Opened", 22, {"currents_event_type": "users.messages.email.Open"})
    also = bazaar.call(ann, "Signed Up", 23, integrations={"All": False, "Appboy": True})
    bazaar.call(ann, "Signed Up", type="page")
    bazaar.people()
    bazaar.file("1.gz", *bazaar.calls)
    done = bazaar.deliver()
    assert done["filtered_by"] == {
        "anonymous": 1,
        "left out by include or exclude": 1,
        "no profile in Braze": 2,
        "not meant for Braze": 3,
        "suppressed": 1,
        "too new, left for the next run": 1,
        "too old": 1,
    }
    assert (done["read"], done["sent"], done["filtered"]) == (12, 2, 10)
    assert bazaar.held() == bazaar.expected(sent, also)


def test_an_anonymous_call_is_sent_where_the_identity_graph_leaves_no_doubt_who_made_it(bazaar: Bazaar) -> None:
    ann, bob, barred = (bazaar.customer(name) for name in ("ann", "bob", "barred"))
    (bazaar.folder / "suppressed.csv").write_text(f"user_id,suppressed_at\n{barred},2024-01-01T00:00:00Z\n")
    bazaar.config["segment"]["suppressions"] = "suppressed.csv"
    for who, anonymous in ((ann, "a-ann"), (ann, "a-both"), (bob, "a-both"), (bob, "a-bob"), (barred, "a-barred")):
        bazaar.identifier(f"use_{who}", anonymous, "anonymous_id")
    known = bazaar.call(None, "Signed Up", 60, anonymousId="a-ann")
    beside = bazaar.call(ann, "Signed Up", 50, anonymousId="a-bob")  # ann on bob's device
    for anonymous in ("a-both", "a-bob", "a-barred", "a-nobody"):
        bazaar.call(None, "Signed Up", 40, anonymousId=anonymous)
    bazaar.people()
    bazaar.file("1.gz", *bazaar.calls)
    done = bazaar.deliver()
    assert done["filtered_by"] == {"anonymous": 3, "suppressed": 1}
    assert bazaar.held() == bazaar.expected({**known, "userId": ann}, beside)
    assert bazaar.deliver()["duplicates"] == 2


def test_an_order_becomes_a_purchase_for_each_product(bazaar: Bazaar) -> None:
    ann = bazaar.customer("ann")
    shirt = {"product_id": "shirt", "price": 19.5, "quantity": 2, "currency": "CHF"}
    scarf = {"id": "scarf", "price": "7"}
    order = bazaar.order(ann, shirt, scarf, shirt, currency="eur", order_id="o-1", coupon=None)
    bazaar.people()
    bazaar.file("1.gz", order)
    assert bazaar.deliver()["sent"] == 3
    at = order["timestamp"]
    assert bazaar.bought() == {(ann, "shirt", at): 2, (ann, "scarf", at): 1}
    sent = sorted((each for row in bazaar.asked("purchases") for each in row), key=lambda each: each["product_id"])
    assert sent[0] == {
        "external_id": ann,
        "product_id": "scarf",
        "currency": "EUR",
        "price": 7.0,
        "quantity": 1,
        "time": at,
        "_update_existing_only": True,
        "properties": {"currency": "eur", "order_id": "o-1"},
    }
    assert [(each["price"], each["quantity"], each["currency"]) for each in sent[1:]] == [(19.5, 2, "CHF")] * 2
    again = bazaar.deliver()
    assert (again["sent"], again["duplicates"]) == (0, 3)


def test_a_product_that_braze_would_refuse_is_quarantined_and_the_rest_of_the_order_goes(bazaar: Bazaar) -> None:
    ann = bazaar.customer("ann")
    good = {"product_id": "good", "price": 1, "currency": "EUR"}
    bad = [{"product_id": ""}, {"price": "free"}, {"currency": None}, {"quantity": 101}, {"quantity": 1.5}]
    bazaar.order(ann, good, *(good | change for change in bad))
    bazaar.order(ann)
    bazaar.people()
    bazaar.file("1.gz", *bazaar.calls)
    done = bazaar.deliver()
    assert (done["sent"], done["quarantined"], done["rejected"]) == (1, 6, 0)
    assert sorted(row["reason"] for row in bazaar.listed(done)) == [
        "no currency is stated",
        "the order has no products",
        "the price is missing or no number",
        "the product has no product_id",
        "the quantity is no whole number from 1 to 100",
        "the quantity is no whole number from 1 to 100",
    ]


def test_an_order_can_be_an_event_under_another_name_and_is_never_sent_in_both_forms(bazaar: Bazaar) -> None:
    ann = bazaar.customer("ann")
    order = bazaar.order(ann, {"product_id": "shirt", "price": 1, "currency": "EUR"})
    bazaar.config["events"] |= {
        "purchases": {"as": "event"},
        "map": [{"event": "Order Completed", "to": "ecommerce.order_placed"}],
    }
    bazaar.people()
    bazaar.file("1.gz", order)
    assert bazaar.deliver()["sent"] == 1
    assert bazaar.held() == {(ann, "ecommerce.order_placed", order["timestamp"]): 1}
    bazaar.configure(lambda config: config["events"].update({"purchases": {"as": "purchases"}}))
    assert bazaar.deliver()["sent"] == 0
    assert not bazaar.bought()


def test_properties_that_braze_does_not_take_are_left_out_and_listed(bazaar: Bazaar) -> None:
    ann = bazaar.customer("ann")
    bad = {"time": 1, "event_name": "x", "$ip": "y", "": 0, "n" * 256: 1, "text": "t" * 256}
    good = {"a": 1, "b": "x" * 255, "c": [1, {"d": None}], "e/f~g": True, "h": {"time": 2}, "é": "ü"}
    bazaar.call(ann, "Viewed", properties=bad | good | {"nothing": None})
    bazaar.call(ann, "Huge", properties={f"k{n}": "x" * 250 for n in range(400)})
    bazaar.call(ann, "Odd", properties=[1])
    bazaar.people()
    bazaar.file("1.gz", *bazaar.calls)
    done = bazaar.deliver()
    [[event]] = bazaar.asked("events")
    assert event["properties"] == good
    assert (done["sent"], done["properties_left_out"], done["quarantined"]) == (1, 6, 2)
    assert {row["reason"] for row in bazaar.listed(done) if row["state"] == "quarantined"} == {
        "its properties are larger than 100 KB",
        "its properties are no object",
    }


def test_calls_that_are_no_events_are_quarantined_with_their_reason(bazaar: Bazaar) -> None:
    ann = bazaar.customer("ann")
    bazaar.call(ann, "Viewed", messageId=None)
    bazaar.call(ann, "Viewed", timestamp="yesterday", receivedAt=None)
    bazaar.call(ann, "")
    bazaar.call(ann, "x" * 256)
    bazaar.people()
    path = bazaar.file("1.gz", *bazaar.calls, b"{broken")
    done = bazaar.deliver()
    assert (done["read"], done["sent"], done["quarantined"]) == (4, 0, 5)
    listed = bazaar.listed(done)
    assert len({row["reason"] for row in listed}) == 5
    assert [(row["file"], row["line"]) for row in listed if row["line"]] == [(str(path), 5)]


def test_a_person_of_several_ids_gets_events_on_the_profile_that_stays(bazaar: Bazaar) -> None:
    ann = bazaar.customer("ann")
    bazaar.identifier(f"use_{bazaar.mark}_ann", f"{bazaar.mark}_old", hours_ago=900)
    stranger = bazaar.customer("stranger")
    bazaar.tables["user_identifiers"].pop()
    calls = [bazaar.call(f"{bazaar.mark}_old", "Viewed"), bazaar.call(stranger, "Viewed")]
    bazaar.people()
    bazaar.file("1.gz", *calls)
    assert bazaar.deliver()["sent"] == 2
    assert {who for who, _, _ in bazaar.held()} == {ann, stranger}


def test_whoever_is_suppressed_after_the_run_gets_nothing_either(bazaar: Bazaar) -> None:
    ann = bazaar.customer("ann")
    listed = bazaar.folder / "suppressed.csv"
    listed.write_text("user_id,suppressed_at\n")
    bazaar.config["segment"]["suppressions"] = "suppressed.csv"
    bazaar.people()
    bazaar.file("1.gz", bazaar.call(ann, "Viewed"))
    listed.write_text(f"user_id,suppressed_at\n{ann},2024-01-01T00:00:00Z\n")
    assert bazaar.deliver()["filtered_by"] == {"suppressed": 1}


def test_nothing_before_the_start_or_the_watermark_is_ever_sent(bazaar: Bazaar) -> None:
    ann = bazaar.customer("ann")
    old = bazaar.call(ann, "Viewed", minutes_ago=50 * 60)
    older = bazaar.call(ann, "Viewed", minutes_ago=100 * 60)
    new = bazaar.call(ann, "Viewed", minutes_ago=30)
    bazaar.config["events"]["start"] = bazaar.call(ann, "Viewed", minutes_ago=99 * 60)["timestamp"]
    bazaar.people()
    bazaar.file("1.gz", old, older, new)
    bazaar.configure(lambda config: config["events"].update({"since": "1d"}))
    assert bazaar.deliver()["sent"] == 1
    bazaar.configure(lambda config: config["events"].update({"since": "30d"}))
    done = bazaar.deliver()
    assert (done["sent"], done["filtered_by"]) == (0, {"too old": 2})
    assert bazaar.held() == bazaar.expected(new)


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(bazaar: Bazaar) -> None:
    bazaar.call(bazaar.customer("ann"), "Viewed")
    bazaar.people()
    bazaar.file("1.gz", *bazaar.calls)
    done = bazaar.deliver("--dry-run")
    assert (done["sent"], done["requests"]) == (1, 0)
    assert not bazaar.held()
    assert bazaar.deliver()["sent"] == 1


def test_it_needs_a_section_files_and_a_run_that_knows_the_people(bazaar: Bazaar) -> None:
    bazaar.customer("ann")
    bazaar.write()
    assert bazaar.recon("pull").code == 0
    early = bazaar.recon("send-events")
    assert (early.code, "recon drift" in early.err) == (2, True)
    assert bazaar.recon("load").code == 0
    assert bazaar.recon("drift").code == 0
    nothing = bazaar.recon("send-events")
    assert (nothing.code, "events.files" in nothing.err) == (2, True)
    bazaar.configure(lambda config: config["quality"].update({"max_age": "1s"}))
    assert bazaar.recon("send-events").code == 3
    bazaar.configure(lambda config: config.pop("events"))
    assert bazaar.recon("send-events").code == 2
