"""Traps about membership: absent, null and false, and arrays that several audiences share (rulings, "Cohorts")."""

from __future__ import annotations

from recon.sandbox.seed.traps.barred import barred
from recon.sandbox.seed.traps.trap import MONTH, Move, Row, Trap

MEMBERS = (
    # Absent, null and false are all "not a member" (segment §10.12) …
    Trap("trap_member_false_and_absent", {"vip_customers": "false"}),
    Trap("trap_member_absent_and_false", {}, attributes={"is_vip": False}),
    Trap("trap_member_null_and_false", {"vip_customers": "null"}, attributes={"is_vip": False}),
    Trap("trap_member_false_and_empty", {"churn_risk": "false"}, attributes={"segment_audiences": []}),
    Trap("trap_member_false_and_foreign", {"churn_risk": "false"}, attributes={"segment_audiences": ["churn_risk_2"]}),
    # … so somebody whose row is gone has left.
    Trap("trap_member_absent_and_true", {}, attributes={"is_vip": True}, moves=(Move("vip_customers", "leave"),)),
    Trap(
        "trap_member_null_and_true",
        {"vip_customers": None},
        attributes={"is_vip": True},
        moves=(Move("vip_customers", "leave"),),
    ),
    Trap("trap_member_quoted", {"vip_customers": '"true"'}, attributes={"is_vip": True}),
    # The text "true" is no truth to a segment filter of Braze.
    Trap(
        "trap_member_text_in_braze",
        {"vip_customers": "true"},
        attributes={"is_vip": "true"},
        moves=(Move("vip_customers", "enter"),),
    ),
    # One array, two audiences, and values of somebody else.
    Trap(
        "trap_member_shared_array",
        {"churn_risk": "false", "big_spenders": "true"},
        attributes={"segment_audiences": ["crm", "churn_risk", 7, "beta"]},
        moves=(Move("churn_risk", "leave"), Move("big_spenders", "enter")),
    ),
    Trap(
        "trap_member_array_order",
        {"churn_risk": "true", "big_spenders": "true"},
        attributes={"segment_audiences": ["big_spenders", "crm", "churn_risk"]},
    ),
    Trap(
        "trap_member_last_leaves",
        {},
        attributes={"segment_audiences": ["churn_risk"]},
        moves=(Move("churn_risk", "leave"),),
    ),
    # Keys are opaque: neither case nor a part of another key makes a member.
    Trap(
        "trap_member_case",
        {"churn_risk": "true"},
        attributes={"segment_audiences": ["Churn_Risk", "churn"]},
        moves=(Move("churn_risk", "enter"),),
    ),
    # Newer than the quiet period, beside one that is due in the same array.
    Trap(
        "trap_member_in_flight",
        rows=(Row("churn_risk", "true", 1.5), Row("big_spenders", "true")),
        attributes={"segment_audiences": ["crm"]},
        moves=(Move("churn_risk", "enter", "in_flight"), Move("big_spenders", "enter")),
    ),
    Trap("trap_member_arrived", rows=(Row("vip_customers", "true", 1.5),), attributes={"is_vip": True}),
    # The newest statement wins, wherever it lies.
    Trap(
        "trap_member_merged",
        rows=(Row("vip_customers", "true", MONTH), Row("vip_customers", "false", 100, under="old")),
        attributes={"is_vip": True},
        merges=(("", "old"),),
        moves=(Move("vip_customers", "leave"),),
    ),
    Trap(
        "trap_member_suppressed",
        {"vip_customers": "true", "churn_risk": "true", "newsletter_readers": "true"},
        suppressed=True,
        consents=barred(),
    ),
    # What nobody can read costs nobody a membership.
    Trap(
        "trap_member_unreadable",
        {"vip_customers": "perhaps"},
        attributes={"is_vip": True},
        moves=(Move("vip_customers", "leave", "invalid"),),
    ),
)
