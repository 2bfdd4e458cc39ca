"""The words of the report, each explained in one line that needs no knowledge of Segment, Braze or recon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from recon.report.model import Owner, VerdictState

Tone = Literal["good", "look", "act"]


class VerdictWords(NamedTuple):
    """How a verdict looks (`tone`), the short answer to "is it safe?", and the headline."""

    tone: Tone
    answer: str
    headline: str


VERDICTS: dict[VerdictState, VerdictWords] = {
    "clean": VerdictWords("good", "Safe", "Segment and Braze agree"),
    "repaired": VerdictWords("good", "Safe", "The drift was repaired and proven"),
    "drift_found": VerdictWords("look", "Take a look", "Segment and Braze differ"),
    "withheld": VerdictWords("look", "Waiting for a decision", "Some repairs wait for a person"),
    "partly_delivered": VerdictWords("act", "Needs attention", "Some repairs did not arrive or did not hold"),
    "failed": VerdictWords("act", "Needs attention", "The run did not finish"),
}


CLASSES: dict[str, tuple[str, str]] = {
    "attribute": ("value", "values"),
    "cohort": ("audience membership", "audience memberships"),
    "unsubscribe": ("opt-out", "opt-outs"),
    "resubscribe": ("person to be subscribed again", "people to be subscribed again"),
    "alias": ("alias", "aliases"),
    "identify": ("anonymous profile to be given its person", "anonymous profiles to be given their persons"),
    "rename": ("id to be replaced", "ids to be replaced"),
    "merge": ("merge of duplicate profiles", "merges of duplicate profiles"),
    "delete": ("deletion", "deletions"),
}
"""What one and what several corrections of a class are, for somebody who has not seen a plan."""


class Cause(NamedTuple):
    """Why values differ, and what recon does about such a value in an attribute that Segment owns."""

    meaning: str
    handling: str


CAUSES: dict[str, Cause] = {
    "never_sent": Cause("Segment has a value that never reached Braze.", "repairs it"),
    "source_moved": Cause("Segment changed since the last run; Braze still has the old value.", "repairs it"),
    "overwritten": Cause("Braze changed since the last run, Segment did not: something else wrote it.", "repairs it"),
    "both_moved": Cause("Both sides changed since the last run, and they disagree.", "repairs it"),
    "first_seen": Cause("There is no earlier run to compare with, so the cause is not known yet.", "repairs it"),
    "rejected": Cause("Pushed on an earlier night and still different: it did not hold.", "sets it aside in the end"),
    "in_flight": Cause("So new in Segment that it may still be on its way.", "leaves it for the next run"),
    "format": Cause("The same value, written differently. The source could be cleaned up.", "reports it only"),
    "invalid": Cause("Braze cannot hold this value, or it cannot be read.", "reports it only"),
}

REASONS: dict[str, str] = {
    "never_sent": "never reached Braze",
    "source_moved": "changed in Segment",
    "overwritten": "overwritten in Braze",
    "both_moved": "changed on both sides",
    "first_seen": "compared for the first time",
    "rejected": "did not hold before",
    "opted_out": "opted out in Segment",
    "opted_in": "opted in again in Segment, after the opt-out in Braze",
    "suppressed": "suppressed in Segment",
    "same_person": "one person",
    "merged_away_id": "the id is not the one to keep",
    "known_alias": "the alias is this person's",
    "missing_alias": "Braze lacks the alias",
}
"""Why a correction is in the plan, in a few words."""

KINDS: dict[str, str] = {
    "missing": "absent in Braze",
    "changed": "different value",
    "extra": "only in Braze",
}

DUPLICATES: dict[str, str] = {
    "merge": "One person with several profiles in Braze.",
    "identify": "A profile without an external id that belongs to a known person.",
    "rename": "A person's profile that is under another of their ids than the one to keep.",
    "alias": "A person whose profile lacks an alias that Segment knows.",
    "suspected": "Perhaps one person: for people to look at, never touched.",
}

CONSENT: dict[str, str] = {
    "unsubscribe": "Opted out in Segment, still reachable in Braze: unsubscribed before anything else is sent.",
    "conflict": "The two sides contradict each other, and nothing proves which is newer: for people to look at.",
    "resubscribe": "Opted in again in Segment after the opt-out in Braze: only with a person's approval.",
}

OWNERS: dict[Owner, str] = {
    "segment": "owned by Segment, repaired",
    "braze": "owned by Braze, reported only",
    "observe": "observed, reported only",
}

STATES: dict[str, str] = {
    "verified": "Read back from Braze and found as planned.",
    "accepted": "Taken by Braze, not read back yet.",
    "not_applied": "Taken by Braze, but reading back shows that it did not hold.",
    "rejected": "Refused by Braze.",
    "unknown": "Sent, but no clear answer came and reading back has not settled it.",
    "sending": "On its way when the run stopped; settled by reading back when the run is resumed.",
    "planned": "Not sent yet.",
    "withheld": "Held back by a breaker, the budget or a missing approval.",
    "quarantined": "Set aside: it was accepted on several nights and never held.",
}

LOSSES: dict[str, str] = {
    "accepted": "not read back yet",
    "not_applied": "did not hold",
    "rejected": "refused",
    "unknown": "without a clear answer",
    "sending": "on their way",
    "planned": "not sent yet",
    "withheld": "withheld",
    "quarantined": "set aside",
}

EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "a bug in recon",
    2: "wrong usage or configuration",
    3: "a check of the data failed, nothing was pushed",
    4: "something was withheld",
    5: "delivered in part",
    6: "a remote side refused or stayed unreachable",
    10: "drift found",
    130: "stopped, can be resumed",
    143: "stopped, can be resumed",
}


def in_order(states: Mapping[str, int]) -> list[str]:
    """The states that some correction is in: from done to not done, then any without a word here."""
    known = [state for state in STATES if states.get(state)]
    return known + sorted(state for state, count in states.items() if count and state not in STATES)
