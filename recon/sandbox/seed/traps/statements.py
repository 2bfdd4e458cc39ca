"""Traps about what one person states, and what Braze holds and proves (design §6.4; rulings, "Consent")."""

from __future__ import annotations

from recon.sandbox.seed.consents import DIGEST, OFFERS
from recon.sandbox.seed.traps.trap import MONTH, Change, Consent, Row, Trap

_EARLIER, _LATER = 2 * MONTH, 100.0  # hours ago, before and after a statement of a month ago
_OUT, _IN = {"email_consent": "false"}, {"email_consent": "true"}
_BLOCKED = {"email_subscribe": "unsubscribed"}


def _out(actual: str = "subscribed", segment: float | None = MONTH) -> tuple[Consent, ...]:
    return (Consent("email", "unsubscribed", actual, "unsubscribe", segment=segment),)


def _proven(braze: float = _LATER, actual: str = "subscribed") -> tuple[Consent, ...]:
    return (Consent("email", "unsubscribed", actual, "conflict", braze=braze),)


def _blocked(
    kind: str, braze: float | None, segment: float | None = MONTH, desired: str = "subscribed"
) -> tuple[Consent, ...]:
    return (Consent("email", desired, "unsubscribed", kind, segment=segment, braze=braze),)


def _later(status: str = "Subscribed", source: str | None = "Preference Center", hours_ago: float = _LATER) -> Change:
    return Change("email", status, hours_ago, source)


STATEMENTS = (
    # Words: case and blanks do not count, JSON's false is the word "false" …
    Trap("trap_out_word", {"email_consent": '" UNSUBSCRIBED "'}, consents=_out()),
    Trap(
        "trap_out_false",
        {"email_consent": '"False"', "push_consent": "false", "digest_optin": " FALSE "},
        groups={DIGEST: "Subscribed"},
        consents=(
            *_out(),
            Consent("push", "unsubscribed", "subscribed", "unsubscribe"),
            Consent("email", "unsubscribed", "subscribed", "unsubscribe", DIGEST),
        ),
    ),
    # … a word of another channel is none of this one, and any other word is an opt-in.
    Trap("trap_word_of_another_channel", {"push_consent": "unsubscribed", "digest_optin": "opted_in"}),
    Trap("trap_in_any_word", {"email_consent": "maybe"}, _BLOCKED, consents=_blocked("conflict", None)),
    Trap("trap_in_empty_word", {"email_consent": ""}, _BLOCKED, consents=_blocked("conflict", None)),
    Trap(
        "trap_in_explicitly",
        {"email_consent": " Opted_In"},
        _BLOCKED,
        consents=_blocked("conflict", None, desired="opted_in"),
    ),
    # Silent: no row, or a null, even if it is newer than an opt-out. Braze may know more.
    Trap("trap_silent_and_blocked", {"push_consent": "null", "digest_optin": None}, _BLOCKED),
    Trap(
        "trap_silent_lately",
        rows=(Row("email_consent", "false"), Row("email_consent", "null", 100, under="old")),
        merges=(("", "old"),),
    ),
    # Opted in either way is the same to Braze's senders; nobody knows a group's state is no opt-out.
    Trap("trap_opted_in_enough", {"email_consent": "opted_in"}, {"email_subscribe": "subscribed"}),
    Trap("trap_opted_in_more", _IN, {"email_subscribe": "opted_in"}),
    Trap("trap_in_and_unknown", {"digest_optin": "true", "sms_optin": "yes"}),
    Trap("trap_out_agreed", {**_OUT, "digest_optin": "false"}, _BLOCKED, groups={DIGEST: "Unsubscribed"}),
    # An opt-out is missed in whatever other state, and never waits.
    Trap("trap_out_opted_in", _OUT, {"email_subscribe": "opted_in"}, consents=_out("opted_in")),
    Trap(
        "trap_out_unknown",
        {"digest_optin": "false", "sms_optin": "false"},
        consents=(
            Consent("email", "unsubscribed", "unknown", "unsubscribe", DIGEST),
            Consent("sms", "unsubscribed", "unknown", "unsubscribe", OFFERS),
        ),
    ),
    Trap("trap_out_just_now", rows=(Row("email_consent", "false", 1.5),), consents=_out(segment=1.5)),
    Trap("trap_out_missing", _OUT, None),
    # The newest statement of a person, under whatever id it lies.
    Trap(
        "trap_out_merged",
        rows=(Row("email_consent", "true"), Row("email_consent", "false", 100, under="old")),
        merges=(("", "old"),),
        consents=_out(segment=100),
    ),
    Trap(
        "trap_out_withdrawn",
        rows=(Row("email_consent", "false", 4 * MONTH), Row("email_consent", "true", 100, under="old")),
        merges=(("", "old"),),
    ),
    # An opt-out of an unknown time may be the newer one: in doubt it wins.
    Trap(
        "trap_out_of_unknown_time",
        rows=(Row("email_consent", "false", None), Row("email_consent", "true", 100, under="old")),
        merges=(("", "old"),),
        consents=_out(segment=None),
    ),
    # A later opt-in holds an opt-out up if the person made it …
    Trap("trap_out_then_in", _OUT, changes=(_later(),), consents=_proven()),
    Trap(
        "trap_out_then_opted_in",
        _OUT,
        {"email_subscribe": "opted_in"},
        changes=(_later("Opted In", "SUBSCRIPTION PAGE"),),
        consents=_proven(actual="opted_in"),
    ),
    Trap(
        "trap_out_then_in_by_message",
        {"sms_optin": "false", "phone": "+14155550160"},
        {"phone": "+14155550160"},
        groups={OFFERS: "Subscribed"},
        changes=(Change("sms", "Subscribed", _LATER, "inbound message", OFFERS, address="+14155550160"),),
        consents=(Consent("sms", "unsubscribed", "subscribed", "conflict", OFFERS, braze=_LATER),),
    ),
    Trap(
        "trap_out_then_in_by_sdk",
        {"push_consent": "false"},
        changes=(Change("push", "Subscribed", _LATER, "SDK"),),
        consents=(Consent("push", "unsubscribed", "subscribed", "conflict", braze=_LATER),),
    ),
    # … and by nobody else.
    Trap(
        "trap_out_then_in_by_others",
        _OUT,
        changes=tuple(
            _later(source=source, hours_ago=_LATER - n)
            for n, source in enumerate(
                (
                    *("REST API", "Dashboard", "CSV Import", "CSV import", "User Merge", "Migration", "Other"),
                    *("Canvas User Update Step", "Push Token Registration", "a source of tomorrow", None),
                )
            )
        ),
        consents=_out(),
    ),
    Trap("trap_in_then_out", _OUT, changes=(_later(hours_ago=_EARLIER),), consents=_out()),
    Trap("trap_in_and_out_at_once", _OUT, changes=(_later(hours_ago=MONTH),), consents=_out()),
    Trap("trap_in_and_out_later", _OUT, changes=(_later(), _later("Unsubscribed")), consents=_out()),
    # Nothing is later than an unknown time.
    Trap(
        "trap_out_undated",
        rows=(Row("email_consent", "false", None),),
        changes=(_later(),),
        consents=_out(segment=None),
    ),
    # Another channel, another group, another person.
    Trap(
        "trap_out_then_in_elsewhere",
        {**_OUT, "digest_optin": "false"},
        groups={DIGEST: "Subscribed"},
        changes=(
            Change("push", "Subscribed", _LATER),
            Change("email", "Subscribed", _LATER, group="44444444-4444-4444-8444-444444444444"),
            Change("email", "Subscribed", _LATER, external_id="TRAP_OUT_THEN_IN_ELSEWHERE"),
        ),
        consents=(*_out(), Consent("email", "unsubscribed", "subscribed", "unsubscribe", DIGEST)),
    ),
    # Old events have no channel: it is e-mail if there is such an address, else nobody knows (braze-currents §9.18).
    Trap(
        "trap_out_then_in_somewhere",
        {**_OUT, "push_consent": "false"},
        changes=(Change("email", "Subscribed", _LATER, told_channel=None, identifier="a device"),),
        consents=(*_out(), Consent("push", "unsubscribed", "subscribed", "unsubscribe")),
    ),
    Trap(
        "trap_out_then_in_by_mail",
        {**_OUT, "push_consent": "false", "email": "trap.by.mail@example.com"},
        {"email": "trap.by.mail@example.com"},
        changes=(Change("email", "Subscribed", _LATER, told_channel=None, address="trap.by.mail@example.com"),),
        consents=(*_proven(), Consent("push", "unsubscribed", "subscribed", "unsubscribe")),
    ),
    Trap(
        "trap_out_then_in_by_identifier",
        {**_OUT, "email": "trap.identifier@example.com"},
        {"email": "trap.identifier@example.com"},
        changes=(
            Change(
                *("email", "Subscribed", _LATER),
                external_id=None,
                told_channel=None,
                identifier=" Trap.Identifier@example.com",
            ),
        ),
        consents=_proven(),
    ),
    # Braze opted out: only an opt-in that is provably newer than the newest sign of that may ever be sent.
    Trap("trap_blocked", _IN, _BLOCKED, consents=_blocked("conflict", None)),
    Trap(
        "trap_blocked_earlier",
        _IN,
        _BLOCKED,
        changes=(_later("Unsubscribed", hours_ago=_EARLIER),),
        consents=_blocked("resubscribe", _EARLIER),
    ),
    Trap("trap_blocked_later", _IN, _BLOCKED, changes=(_later("Unsubscribed"),), consents=_blocked("conflict", _LATER)),
    Trap(
        "trap_blocked_at_once",
        _IN,
        _BLOCKED,
        changes=(_later("Unsubscribed", hours_ago=MONTH),),
        consents=_blocked("conflict", MONTH),
    ),
    Trap(
        "trap_blocked_again",
        _IN,
        _BLOCKED,
        changes=(_later("Unsubscribed", hours_ago=_EARLIER), _later("Unsubscribed", "REST API")),
        consents=_blocked("conflict", _LATER),
    ),
    Trap(
        "trap_blocked_undated",
        rows=(Row("email_consent", "true", None),),
        fields=_BLOCKED,
        changes=(_later("Unsubscribed", hours_ago=_EARLIER),),
        consents=_blocked("conflict", _EARLIER, segment=None),
    ),
    Trap(
        "trap_blocked_in_silence",
        _IN,
        _BLOCKED,
        changes=(_later(hours_ago=_EARLIER),),
        consents=_blocked("conflict", None),
    ),
    Trap(
        "trap_blocked_group",
        {"sms_optin": "true"},
        groups={OFFERS: "Unsubscribed"},
        changes=(Change("sms", "Unsubscribed", _EARLIER, "Inbound Message", OFFERS),),
        consents=(Consent("sms", "subscribed", "unsubscribed", "resubscribe", OFFERS, braze=_EARLIER),),
    ),
)
