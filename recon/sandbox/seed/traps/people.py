"""Traps about people: identifiers, merges, times of change, rules and owners (facts/segment §10, rulings)."""

from __future__ import annotations

from recon.sandbox.seed.traps.barred import barred
from recon.sandbox.seed.traps.trap import MONTH, Cell, Identifier, Row, Trap

# Braze misses the city: proof that a profile was found under exactly this id.
_MISSES_CITY = (Cell("home_city", "Bern", None),)
_CITY = {"city": "Bern"}

PEOPLE = (
    # Identifiers are opaque, compared byte by byte (segment §10.28, braze-rest-api §10.18).
    Trap("trap_id_leading_zeros", _CITY, external_id="00123", finds=_MISSES_CITY),
    Trap("trap_id_without_zeros", _CITY, {"home_city": "Bern"}, external_id="123"),
    Trap("trap_id_padded", _CITY, external_id=" id ", finds=_MISSES_CITY),
    Trap("trap_id_unpadded", _CITY, {"home_city": "Bern"}, external_id="id"),
    Trap("trap_id_null", _CITY, external_id="null", finds=_MISSES_CITY),
    Trap("trap_id_nan", _CITY, external_id="NaN", finds=_MISSES_CITY),
    Trap("trap_id_1e5", _CITY, external_id="1e5", finds=_MISSES_CITY),
    Trap("trap_id_100000", _CITY, {"home_city": "Bern"}, external_id="100000"),
    Trap("trap_id_lower", _CITY, external_id="abc", finds=_MISSES_CITY),
    Trap("trap_id_upper", _CITY, {"home_city": "Bern"}, external_id="ABC"),
    Trap("trap_id_punctuation", _CITY, external_id='a,"b"\';--é', finds=_MISSES_CITY),
    # Rows that still lie under a merged-away id belong to the winner (segment §10.1).
    Trap(
        "trap_merged_rows",
        rows=(Row("city", "Bern", under="old"),),
        merges=(("", "old"),),
        finds=_MISSES_CITY,
    ),
    Trap(
        "trap_merged_chain",
        rows=(Row("city", "Bern", under="older"), Row("plan", "gold", under="old")),
        merges=(("", "old"), ("old", "older")),
        finds=(*_MISSES_CITY, Cell("plan_tier", "gold", None)),
    ),
    # The user_id itself lies under the id that was merged away.
    Trap("trap_merged_user_id", _CITY, merges=(("", "old"),), id_under="old", finds=_MISSES_CITY),
    # A profile that is listed as its own winner is no chain without end.
    Trap("trap_merged_into_itself", _CITY, merges=(("", ""),), finds=_MISSES_CITY),
    # The newest time wins, wherever the row lies, and whenever it was loaded.
    Trap(
        "trap_merged_late_row",
        {},
        {"home_city": "Bern"},
        rows=(Row("city", "Basel", MONTH), Row("city", "Bern", 100, under="old")),
        merges=(("", "old"),),
    ),
    Trap(
        "trap_merged_old_row_loaded_late",
        {},
        {"home_city": "Bern"},
        rows=(Row("city", "Bern", 100), Row("city", "Basel", MONTH, under="old", loaded_hours_ago=1)),
        merges=(("", "old"),),
    ),
    # A row without a time is the oldest of all (segment §10.32).
    Trap(
        "trap_merged_row_without_time",
        {},
        {"home_city": "Bern"},
        rows=(Row("city", "Basel", None), Row("city", "Bern", 4 * MONTH, under="old")),
        merges=(("", "old"),),
    ),
    # The newest statement is the null; the older value must not come back (segment §10.4).
    Trap(
        "trap_merged_newest_is_null",
        {},
        {"home_city": "Basel"},
        rows=(Row("city", "Bern", MONTH), Row("city", "null", 100, under="old")),
        merges=(("", "old"),),
        nulls_kept=1,
    ),
    # Several ids, one of them in Braze: the oldest (segment §10.2).
    Trap("trap_two_ids", _CITY, identifiers=(Identifier("trap_two_ids_younger", hours_ago=100),), finds=_MISSES_CITY),
    # The quiet period looks at the time of the change (segment §10.26) …
    Trap(
        "trap_in_flight",
        rows=(Row("plan", "gold", 1.5), Row("city", "Bern")),
        attributes={"plan_tier": "silver"},
        finds=(Cell("plan_tier", "gold", "silver", "in_flight"), *_MISSES_CITY),
    ),
    Trap("trap_in_flight_arrived", rows=(Row("plan", "gold", 1.5),), attributes={"plan_tier": "gold"}),
    # … and never at the time of loading; a change without a time is not new.
    Trap("trap_loaded_just_now", rows=(Row("city", "Bern", MONTH, loaded_hours_ago=0.2),), finds=_MISSES_CITY),
    Trap("trap_without_time", rows=(Row("city", "Bern", None),), finds=_MISSES_CITY),
    # Rules: `when` reads Segment's text as it is; what no rule wants is no drift.
    Trap(
        "trap_when_holds",
        {"country": '"DE"', "eu_tax_id": "DE00000000001"},
        {"country": "DE"},
        finds=(Cell("tax_id", "DE00000000001", None),),
    ),
    Trap("trap_when_fails", {"country": "US", "eu_tax_id": "US1"}, {"country": "US"}, {"tax_id": "XX1"}),
    # A text made of two traits, bare or quoted; without one of them it is not wanted.
    Trap(
        "trap_greeting_of_quoted_names",
        {"first_name": '"Ann"', "last_name": "Lee"},
        {"first_name": "Ann", "last_name": "Lee"},
        {"greeting": "Ann Lee"},
    ),
    Trap("trap_greeting_of_half_a_name", {"first_name": "Ann"}, {"first_name": "Ann"}, {"greeting": "Ann Lee"}),
    # Braze owns the nickname: told, never corrected.
    Trap(
        "trap_owned_by_braze",
        {"nickname": "ace"},
        attributes={"nickname": "sunny"},
        finds=(Cell("nickname", "ace", "sunny"),),
    ),
    # Names that differ by case are other attributes (braze-rest-api §10.15).
    Trap(
        "trap_attribute_case",
        {"email": "trap.attribute@example.com"},
        {"email": "trap.attribute@example.com"},
        {"Email": "other@example.com", "Plan_Tier": "gold"},
    ),
    # Suppressed: whatever differs, nothing is told but that they must be out.
    Trap("trap_suppressed", {"city": "Bern", "plan": "gold"}, suppressed=True, consents=barred()),
    # Not in Braze: missing, no drift. Not in Segment: Braze's own business.
    Trap("trap_missing", {"city": "Bern"}, None),
    # Known by an anonymous id only; Braze holds an alias of that name and no external_id, and is not "only in Braze".
    Trap(
        "trap_anonymous_with_alias",
        {"city": "Bern"},
        {"home_city": "Basel"},
        external_id=None,
        identifiers=(Identifier("anon-trap", "anonymous_id"),),
        alias="anon-trap",
    ),
)
