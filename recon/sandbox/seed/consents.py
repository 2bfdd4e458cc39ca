"""Consent in the seeded shop: where people state it, and what may have become of a statement.

The one table behind sql/sandbox/consents.sql and the subscription groups of sandbox.json; the rows of recon.yml.jinja
go by the same names. Each story says what is stated, what Braze holds, what Currents tells of it, and what recon must
find: nothing here compares anything.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from itertools import accumulate

from recon.sandbox import settings

NEWSLETTER = "11111111-1111-4111-8111-111111111111"
DIGEST = "22222222-2222-4222-8222-222222222222"
OFFERS = "33333333-3333-4333-8333-333333333333"
GROUPS = (
    settings.SubscriptionGroup(NEWSLETTER, "Newsletter", "email"),
    settings.SubscriptionGroup(DIGEST, "Weekly digest", "email"),
    settings.SubscriptionGroup(OFFERS, "SMS offers", "sms"),
)

DRAW = 100_000  # sides of the die of sql/sandbox/consents.sql


@dataclass(frozen=True)
class Permission:
    """What a person may consent to: a channel as a whole, or a group. `outs`, `ins` and `opted_ins` are texts in
    Segment that mean opted out, subscribed and opted in explicitly."""

    channel: str
    group_id: str | None
    trait: str
    outs: tuple[str, ...]
    ins: tuple[str, ...]
    opted_ins: tuple[str, ...] = ()


_NO = ("false", '"false"', "False", '" FALSE"')
_YES = ("true", '"true"', "yes", "Subscribed", "1")
PERMISSIONS = (
    Permission(
        "email",
        None,
        "email_consent",
        (*_NO, "unsubscribed", '"Unsubscribed"', " UNSUBSCRIBED "),
        _YES,
        ("opted_in", '"Opted_In"', "OPTED_IN "),
    ),
    Permission("push", None, "push_consent", _NO, _YES),
    Permission("email", DIGEST, "digest_optin", _NO, _YES),
    Permission("sms", OFFERS, "sms_optin", _NO, _YES),
)


@dataclass(frozen=True)
class Told:
    """A state change in Currents, `hours` after the statement (before, if negative; 0: in the same second), made `by`
    the person, or by the `shop`: over REST, in the dashboard, by an import or a merge. `counts`: its time is the
    truth's `braze_time`. `addressed` False: an event that names neither channel nor address, and may mean anything."""

    status: str
    by: str
    hours: float
    counts: bool = False
    addressed: bool = True


@dataclass(frozen=True)
class Story:
    """What became of one permission of one person or mailbox; `share` is of 1,000.

    `states` is out, in or nothing, or that a person is suppressed, whatever they say; `dated` long ago, within the
    quiet period (`recent`), or without a time (None). `braze` is open (any state but unsubscribed), known (open, and
    not unknown), or unsubscribed. `kind` is what recon must find. `scope` global: not for groups.
    """

    name: str
    share: float
    states: str | None
    dated: str | None
    braze: str
    kind: str | None = None
    told: tuple[Told, ...] = ()
    scope: str | None = None


STORIES = (
    # An opt-out that Braze lacks: what happened before it, in the same second, by another hand, or nobody knows when
    # against it, does not hold it up.
    Story("out_missed", 1.8, "out", "long ago", "open", "unsubscribe"),
    Story("out_recent", 0.5, "out", "recent", "open", "unsubscribe"),
    Story("out_undated", 0.6, "out", None, "known", "unsubscribe", (Told("Subscribed", "person", 20),)),
    Story("out_after_opt_in", 0.6, "out", "long ago", "known", "unsubscribe", (Told("Subscribed", "person", -40),)),
    Story("out_other_hand", 0.8, "out", "long ago", "known", "unsubscribe", (Told("Subscribed", "shop", 20),)),
    Story("out_same_second", 0.4, "out", "long ago", "known", "unsubscribe", (Told("Subscribed", "person", 0),)),
    Story(
        "out_whatever_channel",
        0.3,
        "out",
        "long ago",
        "known",
        "unsubscribe",
        (Told("Subscribed", "person", 20, addressed=False),),
        scope="global",
    ),
    # The person opted in later, and Braze can prove it.
    Story(
        "out_then_opted_in",
        1.6,
        "out",
        "long ago",
        "known",
        "conflict",
        (Told("Unsubscribed", "shop", -9), Told("Subscribed", "person", 20, counts=True)),
    ),
    # Braze opted out, and the opt-in is not provably newer.
    Story("in_nobody_knows", 1.5, "in", "long ago", "unsubscribed", "conflict"),
    Story("in_older", 0.8, "in", "long ago", "unsubscribed", "conflict", (Told("Unsubscribed", "person", 20, True),)),
    Story("in_undated", 0.4, "in", None, "unsubscribed", "conflict", (Told("Unsubscribed", "person", -20, True),)),
    Story(
        "in_between",
        0.5,
        "in",
        "long ago",
        "unsubscribed",
        "conflict",
        (Told("Unsubscribed", "person", -20), Told("Unsubscribed", "shop", 20, True)),
    ),
    Story(
        "in_same_second", 0.3, "in", "long ago", "unsubscribed", "conflict", (Told("Unsubscribed", "person", 0, True),)
    ),
    # It is.
    Story(
        "in_newer", 3.5, "in", "long ago", "unsubscribed", "resubscribe", (Told("Unsubscribed", "person", -20, True),)
    ),
    Story(
        "in_newer_again",
        1.5,
        "in",
        "long ago",
        "unsubscribed",
        "resubscribe",
        (
            Told("Unsubscribed", "person", -60),
            Told("Subscribed", "shop", -40),
            Told("Unsubscribed", "shop", -20, True),
        ),
    ),
    # All is well, told or not, and told again. Braze may know of an opt-out that nobody made in Segment.
    Story("out_agreed", 15, "out", "long ago", "unsubscribed"),
    Story("out_agreed_told", 5, "out", "long ago", "unsubscribed", told=(Told("Unsubscribed", "shop", 3),)),
    Story("out_agreed_undated", 2, "out", None, "unsubscribed"),
    Story("in_agreed", 150, "in", "long ago", "open"),
    Story("in_agreed_recent", 5, "in", "recent", "open"),
    Story("in_agreed_undated", 10, "in", None, "open"),
    Story(
        "in_agreed_told",
        8,
        "in",
        "long ago",
        "known",
        told=(Told("Subscribed", "person", -3), Told("Subscribed", "shop", 3), Told("Subscribed", "shop", 9)),
    ),
    Story("silent_out", 12, None, None, "unsubscribed"),
    Story("silent_out_told", 4, None, None, "unsubscribed", told=(Told("Unsubscribed", "person", 0),)),
    Story("silent", 1000, None, None, "open"),  # everybody else
    # The suppressed have stories of their own: nothing that they or anybody says is newer.
    Story("suppressed", 0, "suppressed", "long ago", "open", "unsubscribe"),
    Story(
        "suppressed_opted_in", 0, "suppressed", "long ago", "known", "unsubscribe", (Told("Subscribed", "person", 20),)
    ),
    Story("suppressed_agreed", 0, "suppressed", "long ago", "unsubscribed"),
)


def permissions() -> str:
    """The permissions as the JSON parameter of sql/sandbox/permissions.sql."""
    return json.dumps([asdict(permission) for permission in PERMISSIONS])


def stories() -> str:
    """The stories as the JSON parameter of sql/sandbox/permissions.sql, with the upper bound of the draw for each."""
    bounds = [min(DRAW, round(upto * DRAW / 1000)) for upto in accumulate(story.share for story in STORIES)]
    rows = zip(STORIES, [0, *bounds], bounds, strict=False)
    return json.dumps([{**asdict(story), "draw_from": least, "draw_upto": most} for story, least, most in rows])
