"""Nights to draw: what a run may look like, from clean to hostile. Used by the tests, and to look at in a browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from recon.report.model import (
    AttributeDrift,
    Change,
    Delivery,
    EarlierRun,
    Example,
    Failure,
    Gate,
    Plan,
    PlannedClass,
    Price,
    Profiles,
    QuarantinedRows,
    ReportData,
    StepTiming,
    Verdict,
)
from recon.report.model_sides import (
    Cluster,
    Cohort,
    Consent,
    ConsentChannel,
    ConsentConflict,
    ConsentSides,
    Duplicates,
    Pair,
)

STARTED = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
VERSIONS = {"recon": "0.1.0", "Python": "3.11.9", "DuckDB": "2.0.0", "Configuration": "sha256:5d41402abc4b"}
GATES = (
    Gate("newest row of user_traits", True, "3 h old", "at most 36 h"),
    Gate("newest row of the Braze export", True, "1 h old", "at most 36 h"),
    Gate("profiles against the last good run", True, "0.2 % fewer", "at most 5 % fewer"),
    Gate("profiles without an e-mail address", True, "3.1 %", "at most 20 %"),
)
PROFILES = Profiles(segment=1_004_210, braze=998_733, matched=991_402, missing_in_braze=12_808, only_in_braze=7_331)
CHANGES = (
    Change("plan_tier", "changed", "overwritten", 5_120),
    Change("plan_tier", "changed", "source_moved", 1_204),
    Change("lifetime_value", "changed", "source_moved", 3_907),
    Change("lifetime_value", "missing", "never_sent", 811),
    Change("favorites", "changed", "both_moved", 644),
    Change("favorites", "missing", "never_sent", 402),
    Change("country", "changed", "format", 388),
    Change("first_name", "changed", "source_moved", 96),
    Change("phone", "changed", "invalid", 71),
    Change("nickname", "changed", "overwritten", 52),
    Change("signup_time", "missing", "rejected", 12),
    Change("greeting", "changed", "in_flight", 9),
)
EXAMPLES = {
    "plan_tier": (
        Example("p_7c1e0a94f2", '"gold"', '"free"', "overwritten"),
        Example("p_19bb43d0e7", '"gold"', '"platinum"', "overwritten"),
        Example("p_e02f6d5518", '"silver"', '"gold"', "source_moved"),
    ),
    "lifetime_value": (
        Example("p_a8810c3b6d", "1249.5", "990", "source_moved"),
        Example("p_52d7f90e11", "19.99", None, "never_sent"),
    ),
    "favorites": (Example("p_0d93ce7a24", '["shoes","hats","bags"]', '["shoes"]', "both_moved"),),
    "country": (Example("p_b6402e9fd8", '"DE"', '"de"', "format", "Segment holds “de”, Braze stores DE"),),
    "phone": (Example("p_44a1f7c06e", None, '"+…"', "invalid", "not a telephone number: too few digits"),),
    "signup_time": (Example("p_f83b5e2d90", '""', None, "rejected", "accepted on 3 nights and never held"),),
}
DRIFT = AttributeDrift(
    drifted_cells=sum(change.cells for change in CHANGES),
    drifted_profiles=9_871,
    comparable_cells=991_402 * 14,
    nulls_kept=2_311,
    changes=CHANGES,
    owners={"nickname": "braze"},
    examples=EXAMPLES,
)
DUPLICATES = Duplicates(
    pairs={"merge": 1_204, "identify": 311, "rename": 12, "alias": 4_096, "suspected": 57},
    clusters=(
        Cluster(
            "c_9d02b7",
            {"merge": 1_100, "suspected": 2},
            (
                *(Pair("merge", "c_9d02b7", f"c_{number}0aa31") for number in range(8)),
                Pair("suspected", "c_10aa31", "c_77aa01"),
                Pair("suspected", "c_9d02b7", "c_88aa01"),
            ),
        ),
        Cluster(
            "c_41fe08",
            {"identify": 1, "merge": 1},
            (Pair("identify", "c_41fe08", "a_0b11"), Pair("merge", "c_41fe08", "c_41fe09")),
        ),
    ),
)
COHORTS = (
    Cohort("vip_customers", "attribute is_vip", segment=34_310, braze=38_904, enter=611, leave=5_205, both=33_699),
    Cohort("big_spenders", "array segment_audiences", segment=120_400, braze=120_377, enter=23, leave=0, both=120_377),
    Cohort("churn_risk", "subscription_group 4f1c", segment=900, braze=640, enter=260, leave=0),
)
CONSENT = Consent(
    channels=(ConsentChannel("email", 214, 31, 7), ConsentChannel("Weekly digest", 12, 4, 0)),
    conflicts=(
        ConsentConflict(
            "c_41fe08", "email", "opted_in", "unsubscribed", "resubscribe", STARTED, STARTED - timedelta(days=40)
        ),
        ConsentConflict("c_77aa01", "Weekly digest", "subscribed", "unsubscribed", "conflict", None, STARTED),
    ),
    sides=(
        ConsentSides("email", 41_007, 245, 0, 38, 480_211, 9_114, 468_118),
        ConsentSides("Weekly digest", 2_301, 12, 12, 0, 97_310, 0, 899_098),
    ),
)
PLAN = Plan(
    hash="sha256:8f14e45fceea167a5a36dedd4bea2543c0f1a7b8",
    classes=(PlannedClass("opt_out", 214), PlannedClass("attribute", 12_184), PlannedClass("cohort", 1_903)),
    price=Price(objects=10_066, requests=135, minutes=0.4, data_points=14_087, data_points_avoided=13_865_541),
)
TIMINGS = (
    StepTiming("pull", 41.2, None),
    StepTiming("load", 9.4, 24_800_000),
    StepTiming("desired", 6.6, 1_004_210),
    StepTiming("drift", 3.1, 13_879_628),
    StepTiming("plan", 0.8, 14_301),
    StepTiming("apply", 33.9, 14_301),
    StepTiming("verify", 127.0, 10_066),
)
QUARANTINE = (
    QuarantinedRows("segment/user_traits/part-0007.ndjson.gz", "not valid JSON", 3, (1_204, 1_205, 88_121)),
    QuarantinedRows("raw/export/0004.zip", "two closing brackets after the object", 1, (51_007,)),
)


def earlier(count: int = 24) -> tuple[EarlierRun, ...]:
    """Nights before, with a bad week and one night without a result."""
    runs = []
    for back in range(count, 0, -1):
        drifted: int | None = 9_000 + (back * 7_919) % 5_200 + (14_000 if 9 <= back <= 12 else 0)
        exit_code = 4 if 9 <= back <= 12 else 0
        if back == 6:
            drifted, exit_code = None, 3
        verified = 0 if drifted is None else int(drifted * (0.31 if exit_code == 4 else 0.97))
        moment = STARTED - timedelta(days=back)
        causes = (
            {}
            if drifted is None
            else {"overwritten": drifted * 2 // 5, "source_moved": drifted * 3 // 5, "format": 388}
        )
        held = None if drifted is None else drifted - verified if exit_code == 4 else 0
        runs.append(EarlierRun(f"{moment:%Y%m%dT%H%M%SZ}", moment, drifted, verified, exit_code, causes, held))
    return tuple(runs)


def repaired() -> ReportData:
    """A usual night: drift found, repaired, proven."""
    return ReportData(
        run="20261118T020000Z",
        workspace="acme",
        started=STARTED,
        finished=STARTED + timedelta(seconds=222),
        verdict=Verdict(
            "repaired",
            "12,716 values had drifted. Everything that recon may repair was repaired, and reading it back from "
            "Braze shows that it holds.",
            0,
        ),
        versions=VERSIONS,
        profiles=PROFILES,
        attributes=DRIFT,
        cohorts=COHORTS,
        duplicates=DUPLICATES,
        consent=CONSENT,
        plan=PLAN,
        delivery=Delivery({"verified": PLAN.corrections}, requests=141, retries=6),
        gates=GATES,
        quarantine=QUARANTINE,
        timings=TIMINGS,
        earlier=earlier(),
        next_steps=(),
    )


def clean() -> ReportData:
    """Both sides agree everywhere."""
    return replace(
        repaired(),
        verdict=Verdict("clean", "All 13,879,628 compared values agree. There was nothing to repair.", 0),
        attributes=AttributeDrift(0, 0, DRIFT.comparable_cells),
        cohorts=(),
        duplicates=Duplicates(dict.fromkeys(DUPLICATES.pairs, 0)),
        consent=None,
        plan=Plan(PLAN.hash, (), Price(0, 0, 0.0, 0, 13_879_628)),
        delivery=None,
        quarantine=(),
    )


def drift_found() -> ReportData:
    """Stopped at the plan: without `--apply`."""
    return replace(
        repaired(),
        verdict=Verdict("drift_found", "12,716 values have drifted. Nothing in Braze was changed yet.", 0),
        delivery=None,
        timings=TIMINGS[:5],
        next_steps=("Read what would change: `recon show plan`", "Repair it: `recon apply`"),
    )


def withheld() -> ReportData:
    """The attribute breaker tripped; opt-outs went out all the same."""
    classes = (
        PlannedClass("opt_out", 214),
        PlannedClass(
            "attribute",
            184_300,
            184_300,
            "18.6 % of the profiles would change, more than the limit of 10 % and 10,000",
        ),
        PlannedClass("cohort", 1_903),
        PlannedClass("merge", 37, 37, "merging profiles cannot be undone, so it needs an approval"),
    )
    return replace(
        repaired(),
        verdict=Verdict(
            "withheld",
            "Far more values than usual would change, so recon stopped before changing them. Opt-outs were delivered.",
            4,
        ),
        attributes=replace(
            DRIFT,
            drifted_cells=184_300 + 512,
            drifted_profiles=171_044,
            changes=(
                Change("plan_tier", "changed", "overwritten", 184_300),
                Change("country", "changed", "format", 512),
            ),
        ),
        plan=replace(PLAN, classes=classes),
        delivery=Delivery({"verified": 2_117, "withheld": 184_337}, requests=31, retries=0),
        next_steps=(
            "Find out what wrote plan_tier in Braze since 17 November: 184,300 values were overwritten in one night.",
            "If the new values are wrong, repair them: `recon approve 8f14e45f --class attribute`, then `recon apply`",
            "Look at the 37 merges: `recon show plan`",
        ),
    )


def partly_delivered() -> ReportData:
    """Some rows were refused, some did not hold."""
    states = {
        "verified": 12_904,
        "accepted": 0,
        "rejected": 388,
        "unknown": 41,
        "not_applied": 260,
        "withheld": 600,
        "quarantined": 108,
    }
    return replace(
        repaired(),
        verdict=Verdict("partly_delivered", "12,904 of 14,301 corrections hold in Braze; 689 do not.", 5),
        plan=replace(
            PLAN,
            classes=(
                PlannedClass("opt_out", 214),
                PlannedClass("attribute", 11_584),
                PlannedClass("cohort", 2_503, 600, "20.4 % of the audience would change, more than the limit of 20 %"),
            ),
        ),
        delivery=Delivery(
            states,
            requests=163,
            retries=28,
            failures=(
                Failure("Braze: the value of 'signup_time' is not a valid date", 388),
                Failure("no answer within 30 seconds; reading back has not settled it", 41),
                Failure("accepted, but reading back shows the old value", 260),
            ),
        ),
        next_steps=("Send what is unknown again: `recon apply --resume`",),
    )


def failed() -> ReportData:
    """A check of the data failed: no drift, no plan, nothing sent."""
    return replace(
        repaired(),
        finished=STARTED + timedelta(seconds=51),
        verdict=Verdict(
            "failed",
            "The Segment export is older than allowed, so its values cannot be trusted. Nothing was sent to Braze.",
            3,
        ),
        profiles=None,
        attributes=None,
        cohorts=(),
        duplicates=None,
        consent=None,
        plan=None,
        delivery=None,
        gates=(Gate("newest row of user_traits", False, "52 h old", "at most 36 h"), *GATES[1:]),
        timings=TIMINGS[:2],
        next_steps=("Look at the Profiles Sync job in Segment, then run again: `recon run --apply`",),
    )


def interrupted() -> ReportData:
    """Stopped by a signal in the middle of the delivery."""
    states = {"verified": 0, "accepted": 6_220, "sending": 75, "planned": 7_931, "rejected": 75}
    return replace(
        repaired(),
        verdict=Verdict(
            "failed", "The run was stopped while it was sending. Nothing is lost, and it can be resumed.", 143
        ),
        delivery=Delivery(states, requests=86, retries=2, failures=(Failure("Braze: invalid country", 75),)),
        timings=TIMINGS[:6],
        next_steps=("Go on where it stopped: `recon apply --resume`",),
    )


def empty() -> ReportData:
    """The first night of a workspace without profiles."""
    return ReportData(
        run="20261118T020000Z",
        workspace="acme",
        started=STARTED,
        finished=STARTED + timedelta(seconds=0.4),
        verdict=Verdict("clean", "Neither side has any profiles.", 0),
        versions=VERSIONS,
        profiles=Profiles(0, 0, 0, 0, 0),
        attributes=AttributeDrift(0, 0, 0),
        plan=Plan(PLAN.hash, (), Price(0, 0, 0.0, 0, 0)),
    )


NASTY = "<script>alert('x')</script>\"'&{{7*7}}<img src=http://evil.example/x onerror=alert(1)>"
TRICKS = "abc\u202etxt.exe\x00\x1b[31m\ufeff\ud800"


def hostile() -> ReportData:
    """Every text that comes from data tries to break the page."""
    text = NASTY + TRICKS
    return ReportData(
        run=text,
        workspace=text,
        started=STARTED,
        finished=STARTED + timedelta(seconds=9),
        verdict=Verdict("partly_delivered", text, 5),
        versions={text: text},
        profiles=PROFILES,
        attributes=AttributeDrift(
            drifted_cells=3,
            drifted_profiles=1,
            comparable_cells=10,
            changes=(Change(text, text, text, 2), Change("W" * 400, "changed", "overwritten", 1)),
            owners={text: "observe"},
            examples={
                text: (
                    Example(text, text, text, text, text),
                    Example("p", '""', None, "never_sent"),
                    Example("p" * 500, "X" * 100_000, '"a\u00a0b"', "changed", "Y" * 5_000),
                )
            },
        ),
        cohorts=(Cohort(text, text, 1, 1, 1, 1, 0),),
        duplicates=Duplicates(
            {text: 1, "merge": 1}, (Cluster(text, {text: 2}, (Pair(text, text, "a"), Pair(text, "b", text))),)
        ),
        consent=Consent(
            (ConsentChannel(text, 1, 1, 1),),
            (ConsentConflict(text, text, text, text, text, None, None),),
            (ConsentSides(text, 1, 1, 1, 1, 1, 1, 1),),
        ),
        plan=Plan(text, (PlannedClass(text, 2, 1, text),), Price(1, 1, 0.1, 1, 1)),
        delivery=Delivery({text: 1, "rejected": 1}, 1, 1, (Failure(text, 1),)),
        gates=(Gate(text, False, text, text),),
        quarantine=(QuarantinedRows(text, text, 1, (1,)),),
        timings=(StepTiming(text, 1.0, 1),),
        earlier=(EarlierRun(text, STARTED - timedelta(days=1), 1, 1, 99, {text: 1}, 1),),
        next_steps=(text,),
    )


def huge(attributes: int = 200, lists: int = 200, text: str = "") -> ReportData:
    """Many attributes, causes, examples, files, reasons and nights, each with a long text."""
    causes = ("overwritten", "source_moved", "never_sent", "both_moved", "format", "invalid", "in_flight", "rejected")
    names = [f"custom_attribute_{i:04}{text}" for i in range(attributes)]
    changes = tuple(
        Change(name, kind, cause, 1 + (31 * i + 7 * j) % 900)
        for i, name in enumerate(names)
        for j, cause in enumerate(causes)
        for kind in ("missing", "changed")
        if (i + j) % 3
    )
    example = Example("p_7c1e0a94f2", '"desired value"' + text, '"actual value"' + text, "overwritten", text or None)
    return replace(
        partly_delivered(),
        attributes=AttributeDrift(
            drifted_cells=sum(change.cells for change in changes),
            drifted_profiles=80_000,
            comparable_cells=200_000_000,
            changes=changes,
            examples=dict.fromkeys(names, (example,) * 9),
        ),
        cohorts=tuple(replace(COHORTS[0], audience=f"audience {i}{text}") for i in range(lists)),
        duplicates=Duplicates(
            DUPLICATES.pairs,
            tuple(
                Cluster(f"c_{i}{text}", {"merge": i}, (Pair("merge", f"c_{i}{text}", f"d{text}"),) * 10)
                for i in range(lists)
            ),
        ),
        consent=replace(CONSENT, sides=tuple(replace(CONSENT.sides[0], name=f"group {i}{text}") for i in range(lists))),
        delivery=Delivery(
            {"verified": 10_000_000}, 140_000, 12, tuple(Failure(f"reason {i}{text}", i) for i in range(lists))
        ),
        quarantine=tuple(QuarantinedRows(f"part-{i}{text}", "cut off" + text, i, (1, 2, 3)) for i in range(lists)),
        earlier=earlier(400),
    )


ALL = (clean, repaired, drift_found, withheld, partly_delivered, failed, interrupted, empty, hostile, huge)
