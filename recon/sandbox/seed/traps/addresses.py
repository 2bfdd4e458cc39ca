"""Traps about addresses that profiles share: consent belongs to the address (design §6.4; rulings, "Consent")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recon.sandbox.seed.consents import DIGEST, OFFERS
from recon.sandbox.seed.traps.trap import MONTH, Cell, Change, Consent, Identifier, Pair, Row, Trap

_LATER, _EARLIER = 100.0, 2 * MONTH  # hours ago, after and before what was stated a month ago


def _at(address: str, **fields: Any) -> dict[str, Any]:
    return {"email": address, **fields}


def _said(
    address: str, *, consent: str | None = None, hours_ago: float | None = MONTH, **rest: Any
) -> Mapping[str, Any]:
    """Keyword arguments of a trap with this e-mail in Segment, and in Braze unless `rest` says otherwise."""
    rows = (Row("email", address), *((Row("email_consent", consent, hours_ago),) if consent else ()))
    return {"rows": rows, "fields": _at(address), **rest}


def _out(
    segment: float | None = MONTH, actual: str = "subscribed", kind: str = "unsubscribe", braze: float | None = None
) -> tuple[Consent, ...]:
    return (Consent("email", "unsubscribed", actual, kind, segment=segment, braze=braze),)


def _pair(first: str, second: str) -> tuple[Pair, ...]:
    return (Pair("suspected", first, second, first),)


ADDRESSES = (
    # The newest statement of two holds for both …
    Trap(
        "trap_pair_newest_out",
        **_said("pair.1@example.com", consent="true"),
        consents=_out(_LATER),
        pairs=_pair("trap_pair_newest_out", "trap_pair_newest_out_b"),
    ),
    Trap(
        "trap_pair_newest_out_b",
        **_said("pair.1@example.com", consent="false", hours_ago=_LATER),
        consents=_out(_LATER),
    ),
    Trap(
        "trap_pair_newest_in",
        **_said("pair.2@example.com", consent="false"),
        pairs=_pair("trap_pair_newest_in", "trap_pair_newest_in_b"),
    ),
    Trap("trap_pair_newest_in_b", **_said("pair.2@example.com", consent="true", hours_ago=_LATER)),
    # … at the same time it is the opt-out …
    Trap(
        "trap_pair_at_once",
        **_said("pair.3@example.com", consent="false"),
        consents=_out(),
        pairs=_pair("trap_pair_at_once", "trap_pair_at_once_b"),
    ),
    Trap("trap_pair_at_once_b", **_said("pair.3@example.com", consent="true"), consents=_out()),
    # … which without a time beats everything, while an opt-in without one beats nothing.
    Trap(
        "trap_pair_undated_out",
        **_said("pair.4@example.com", consent="false", hours_ago=None),
        consents=_out(None),
        pairs=_pair("trap_pair_undated_out", "trap_pair_undated_out_b"),
    ),
    Trap(
        "trap_pair_undated_out_b", **_said("pair.4@example.com", consent="true", hours_ago=_LATER), consents=_out(None)
    ),
    Trap(
        "trap_pair_undated_in",
        **_said("pair.5@example.com", consent="true", hours_ago=None),
        consents=_out(_EARLIER),
        pairs=_pair("trap_pair_undated_in", "trap_pair_undated_in_b"),
    ),
    Trap(
        "trap_pair_undated_in_b",
        **_said("pair.5@example.com", consent="false", hours_ago=_EARLIER),
        consents=_out(_EARLIER),
    ),
    # Somebody who says nothing has the same mailbox, written in another way; of push only the speaker has a say.
    Trap(
        "trap_pair_in_two_cases",
        rows=(Row("email", "pair.6@example.com"), Row("email_consent", "false"), Row("push_consent", "false")),
        fields=_at("pair.6@example.com"),
        consents=(*_out(), Consent("push", "unsubscribed", "subscribed", "unsubscribe")),
        pairs=_pair("trap_pair_in_two_cases", "trap_pair_in_two_cases_b"),
    ),
    Trap("trap_pair_in_two_cases_b", **_said("pair.6@example.com", fields=_at("Pair.6@Example.com")), consents=_out()),
    # What one of them proves in Braze, by whichever profile, is true of the address.
    Trap(
        "trap_pair_proven",
        **_said("pair.7@example.com", consent="false"),
        consents=_out(kind="conflict", braze=_LATER),
        pairs=_pair("trap_pair_proven", "trap_pair_proven_b"),
    ),
    Trap(
        "trap_pair_proven_b",
        **_said("pair.7@example.com"),
        changes=(Change("email", "Subscribed", _LATER, address="pair.7@example.com"),),
        consents=_out(kind="conflict", braze=_LATER),
    ),
    Trap(
        "trap_pair_blocked",
        **_said("pair.8@example.com", consent="true", fields=_at("pair.8@example.com", email_subscribe="unsubscribed")),
        consents=(Consent("email", "subscribed", "unsubscribed", "resubscribe", braze=_EARLIER),),
        pairs=_pair("trap_pair_blocked", "trap_pair_blocked_b"),
    ),
    Trap(
        "trap_pair_blocked_b",
        **_said("pair.8@example.com", fields=_at("pair.8@example.com", email_subscribe="unsubscribed")),
        changes=(Change("email", "Unsubscribed", _EARLIER, external_id=None, address="pair.8@example.com"),),
        consents=(Consent("email", "subscribed", "unsubscribed", "resubscribe", braze=_EARLIER),),
    ),
    # Whoever has the address in Segment speaks for it: not in Braze yet, or without a user_id …
    Trap("trap_speaks_from_afar", **_said("pair.9@example.com", consent="false", fields=None)),
    Trap("trap_spoken_for_from_afar", **_said("pair.9@example.com"), consents=_out()),
    Trap(
        "trap_speaks_unnamed",
        **_said("pair.10@example.com", consent="false", fields=None),
        external_id=None,
        identifiers=(Identifier("anon-trap-unnamed", "anonymous_id"),),
    ),
    Trap("trap_spoken_for_by_unnamed", **_said("pair.10@example.com"), consents=_out()),
    # … or still with another address there, for which it speaks too.
    Trap(
        "trap_speaks_for_two",
        **_said("pair.11@example.com", consent="false", fields=_at("pair.12@example.com")),
        finds=(Cell("email", "pair.11@example.com", "pair.12@example.com"),),
        consents=_out(),
    ),
    Trap("trap_spoken_for", **_said("pair.11@example.com"), consents=_out()),
    # A profile that Segment does not know, with an address that opted out.
    Trap(
        "trap_opted_out_elsewhere",
        rows=(Row("email", "pair.13@example.com"), Row("email_consent", "false"), Row("digest_optin", "false")),
        fields=_at("pair.13@example.com"),
        groups={DIGEST: "Subscribed"},
        consents=(*_out(), Consent("email", "unsubscribed", "subscribed", "unsubscribe", DIGEST)),
    ),
    Trap(
        "trap_orphan_opted_out",
        fields=_at("pair.13@example.com"),
        groups={DIGEST: "Subscribed"},
        stranger=True,
        consents=(*_out(), Consent("email", "unsubscribed", "subscribed", "unsubscribe", DIGEST)),
    ),
    # The losing twin must be out as well; it has no address, and so what the person says.
    Trap(
        "trap_out_with_twin",
        rows=(Row("email_consent", "false"), Row("push_consent", "false"), Row("email", "pair.14@example.com")),
        fields=_at("pair.14@example.com"),
        identifiers=(Identifier("trap_out_with_twin_b", hours_ago=100),),
        twins=("trap_out_with_twin_b",),
        pairs=(Pair("merge", "trap_out_with_twin", "trap_out_with_twin_b", "trap_out_with_twin"),),
        consents=tuple(
            Consent(channel, "unsubscribed", "subscribed", "unsubscribe", external_id=who)
            for channel in ("email", "push")
            for who in ("", "trap_out_with_twin_b")
        ),
    ),
    # A telephone of two: texts stop for both, mail for one.
    Trap(
        "trap_phone_pair",
        {"phone": "+14155550161", "sms_optin": "false", "email_consent": "false"},
        {"phone": "+14155550161"},
        groups={OFFERS: "Subscribed"},
        consents=(*_out(), Consent("sms", "unsubscribed", "subscribed", "unsubscribe", OFFERS)),
        pairs=_pair("trap_phone_pair", "trap_phone_pair_b"),
    ),
    Trap(
        "trap_phone_pair_b",
        {"phone": "(415) 555-0161"},
        {"phone": "+14155550161"},
        groups={OFFERS: "Subscribed"},
        finds=(Cell("phone", "+14155550161", "+14155550161", "format"),),
        consents=(Consent("sms", "unsubscribed", "subscribed", "unsubscribe", OFFERS),),
    ),
    # Whose number it is told by Segment's own spelling of it, for who is not in Braze.
    Trap(
        "trap_phone_from_afar",
        {"phone": "+1 (415) 555-0162", "sms_optin": '"false"'},
        None,
    ),
    Trap(
        "trap_phone_spoken_for",
        {"phone": "+14155550162", "sms_optin": "true"},
        {"phone": "+14155550162"},
        groups={OFFERS: "Subscribed"},
        consents=(Consent("sms", "unsubscribed", "subscribed", "unsubscribe", OFFERS),),
    ),
)
