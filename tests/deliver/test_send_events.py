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
    bazaar.call(ann, "Signed Up", minutes_ago=-10, receivedAt=None)
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
