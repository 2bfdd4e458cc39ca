"""The sections of recon.yml that keep a night safe: policy, quality, privacy."""

from __future__ import annotations

from datetime import date, timedelta

from recon.config.rules import AttributeName
from recon.config.values import Count, Duration, Flag, Percent, Positive, Secret, Section, Text


class Breaker(Section):
    """A limit on one class of corrections. It trips only when both numbers are exceeded."""

    count: Count
    """Corrections of this class in one plan."""
    percent: Percent
    """Profiles with a correction of this class, as a percentage of the profiles that both sides have."""


class Breakers(Section):
    """One breaker per class of corrections. An opt-out has none: it is never withheld."""

    attribute: Breaker = Breaker(count=10_000, percent=10)
    """Attribute values."""
    cohort: Breaker = Breaker(count=10_000, percent=20)
    """Audience members entering or leaving."""
    alias: Breaker = Breaker(count=10_000, percent=10)
    """Aliases added to known users."""
    identify: Breaker = Breaker(count=10_000, percent=10)
    """Alias-only profiles joined to their user."""
    rename: Breaker = Breaker(count=100, percent=1)
    """External ids renamed."""
    merge: Breaker = Breaker(count=100, percent=1)
    """Duplicate profiles merged."""
    delete: Breaker = Breaker(count=10, percent=0.1)
    """Suppressed people deleted from Braze."""


class Budget(Section):
    """The most that one plan may cost. Above it everything but opt-outs is withheld."""

    # Data points: facts/braze-rest-api §2.9.
    data_points: Count = 1_000_000
    """Data points, as Braze bills them."""
    requests: Count = 50_000
    """Requests to Braze."""
    minutes: Count = 120
    """Minutes of sending at the configured rate."""


class Policy(Section):
    """What recon may do by itself, and where it stops."""

    create_missing: Flag = False
    """Create profiles that Braze lacks. Off: they are counted and listed."""
    delete_suppressed: Flag = False
    """Plan the deletion of suppressed people from Braze; each plan still needs an approval."""
    clear_when_null: tuple[AttributeName, ...] = ()
    """Attributes that an explicit null in Segment clears in Braze; otherwise a null changes nothing."""
    quiet_period: Duration = timedelta(hours=6)
    """Differences in traits newer than this are left for the next run: Segment may still be sending them."""
    give_up_after: Positive = 3
    """Nights that a correction may be accepted and not hold before it is quarantined."""
    breakers: Breakers = Breakers()
    """Limits per class of corrections. The other classes go on when one trips."""
    budget: Budget = Budget()
    """The most that one plan may cost."""


class Quality(Section):
    """Gates that the inputs and then the plan must pass before anything is pushed."""

    max_age: Duration = timedelta(hours=36)
    """How old the newest row of each input may be."""
    profiles_drop_percent: Percent = 5.0
    """How far the number of profiles may fall against the last good run."""
    email_null_percent: Percent = 20.0
    """How many profiles may lack an e-mail address."""
    unreadable_percent: Percent = 50.0
    """How many of an attribute's values may be unreadable, such as `n/a` for a number; fewer than 20 always may."""
    drift_percent: Percent = 100.0
    """How many of the compared profiles a plan may give other values or memberships. 100: any number."""
    opt_outs_percent: Percent = 100.0
    """How many of the profiles in Braze a plan may opt out; no breaker holds an opt-out back. 100: any number."""
    suites: tuple[Text, ...] = ()
    """Files of gates of your own, as docs/quality.md describes them; globs."""


class Privacy(Section):
    """Pseudonyms and retention."""

    pseudonym_key: Secret | None = None
    """Key of the pseudonyms (HMAC) that stand for people in reports and audits; keep it, or they stop matching."""
    keep_runs: Duration = timedelta(days=30)
    """Runs older than this are pruned; the journal, the ledger and the history stay."""


class Audit(Section):
    """The compliance audit: deadlines and the signature."""

    signing_key: Secret | None = None
    """Key that signs the audit's ledger (HMAC-SHA256); keep it elsewhere. Without one nothing is signed."""
    business_days: Positive = 10
    """Business days in which an opt-out must be honoured (CAN-SPAM: ten)."""
    holidays: tuple[date, ...] = ()
    """Days, such as 2026-12-25, that are no business days. Saturdays and Sundays never are."""
    undue_delay: Duration = timedelta(days=3)
    """What your company takes for "without undue delay" (GDPR)."""
