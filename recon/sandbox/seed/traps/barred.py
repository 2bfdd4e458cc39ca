"""Traps about suppressed people, and about audiences that Braze holds as a subscription group (rulings, "Consent")."""

from __future__ import annotations

from recon.sandbox.seed.consents import DIGEST, NEWSLETTER, OFFERS
from recon.sandbox.seed.traps.trap import MONTH, Change, Consent, Identifier, Move, Row, Trap


def barred(external_id: str = "", *, by_address: bool = False, **actual: str) -> tuple[Consent, ...]:
    """The rows of a suppressed profile: out on every channel and in every group. `actual` says what Braze holds of
    email, push, digest, offers and newsletter where that is not the default. `by_address`: only what an e-mail address
    is suppressed for."""
    held = {
        "email": "subscribed",
        "push": "subscribed",
        "digest": "unknown",
        "offers": "unknown",
        "newsletter": "unknown",
    }
    places = {
        "email": ("email", None),
        "push": ("push", None),
        "digest": ("email", DIGEST),
        "offers": ("sms", OFFERS),
        "newsletter": ("email", NEWSLETTER),
    }
    return tuple(
        Consent(channel, "unsubscribed", state, "unsubscribe", group, segment=None, external_id=external_id)
        for name, (channel, group) in places.items()
        if (state := (held | actual)[name]) != "unsubscribed" and not (by_address and channel != "email")
    )


BARRED = (
    # Nothing is newer than a suppression: not Segment's statement, nor the person's own in Braze.
    Trap(
        "trap_suppressed_opted_in",
        rows=(Row("email_consent", "opted_in", 100), Row("digest_optin", "true", 100)),
        fields={"email_subscribe": "opted_in"},
        groups={DIGEST: "Subscribed", OFFERS: "Subscribed", NEWSLETTER: "Subscribed"},
        changes=(Change("email", "Opted In", 50), Change("email", "Subscribed", 50, group=DIGEST)),
        suppressed=True,
        consents=barred(email="opted_in", digest="subscribed", offers="subscribed", newsletter="subscribed"),
    ),
    # Out everywhere already; that Segment says otherwise is no conflict, and nothing to subscribe again.
    Trap(
        "trap_suppressed_agreed",
        rows=(Row("email_consent", "true", 100), Row("newsletter_readers", "true")),
        fields={"email_subscribe": "unsubscribed", "push_subscribe": "unsubscribed"},
        groups={DIGEST: "Unsubscribed", OFFERS: "Unsubscribed", NEWSLETTER: "Unsubscribed"},
        changes=(Change("email", "Unsubscribed", 2 * MONTH),),
        suppressed=True,
    ),
    # By any of their ids, the whole person: all profiles.
    Trap(
        "trap_suppressed_by_another_id",
        identifiers=(Identifier("trap_suppressed_by_another_id_b", hours_ago=100),),
        twins=("trap_suppressed_by_another_id_b",),
        suppressed=True,
        suppressed_as="trap_suppressed_by_another_id_b",
        consents=(*barred(), *barred("trap_suppressed_by_another_id_b")),
    ),
    # Segment has forgotten them; Braze has not.
    Trap(
        "trap_suppressed_forgotten",
        fields={"email": "forgotten@example.com"},
        groups={OFFERS: "Unsubscribed"},
        stranger=True,
        suppressed=True,
        consents=barred(offers="unsubscribed"),
    ),
    # Who has the same mailbox gets no mail either, opted in or not, and loses nothing else.
    Trap(
        "trap_suppressed_pair",
        rows=(Row("email", "pair.15@example.com"),),
        fields={"email": "pair.15@example.com"},
        suppressed=True,
        consents=barred(),
    ),
    Trap(
        "trap_suppressed_pair_b",
        rows=(Row("email", "pair.15@example.com"), Row("email_consent", "true", 50)),
        fields={"email": "pair.15@example.com"},
        changes=(Change("email", "Subscribed", 40, address="pair.15@example.com"),),
        consents=barred(by_address=True),
    ),
    # A group as a cohort: members are subscribed, those who are none are not, and not to be known is not to be in.
    Trap("trap_reader", {"newsletter_readers": "true"}, groups={NEWSLETTER: "Subscribed"}),
    Trap("trap_reader_of_nothing", {"newsletter_readers": "false"}),
    Trap("trap_reader_no_more", {"newsletter_readers": "null"}, groups={NEWSLETTER: "Unsubscribed"}),
    Trap("trap_reader_enters", {"newsletter_readers": "true"}, moves=(Move("newsletter_readers", "enter"),)),
    Trap("trap_reader_gone", groups={NEWSLETTER: "Subscribed"}, moves=(Move("newsletter_readers", "leave"),)),
    Trap(
        "trap_reader_null",
        {"newsletter_readers": None},
        groups={NEWSLETTER: "Subscribed"},
        moves=(Move("newsletter_readers", "leave"),),
    ),
    Trap(
        "trap_reader_in_flight",
        rows=(Row("newsletter_readers", "true", 1.5),),
        moves=(Move("newsletter_readers", "enter", "in_flight"),),
    ),
    # A member who is out of the group by their own doing is never put back.
    Trap(
        "trap_reader_blocked",
        {"newsletter_readers": "true"},
        groups={NEWSLETTER: "Unsubscribed"},
        changes=(Change("email", "Unsubscribed", 100, group=NEWSLETTER),),
        consents=(Consent("email", "subscribed", "unsubscribed", "conflict", NEWSLETTER, braze=100),),
    ),
)
