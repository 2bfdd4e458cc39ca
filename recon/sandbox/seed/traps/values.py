"""Traps about values: when two spellings are the same, and when they are not.

A § is one of facts/braze-rest-api. A comment names each trap. What is no difference has no `finds`.
"""

from __future__ import annotations

from recon.sandbox.seed.traps.trap import Cell, Trap

_THIRTY = [f"c{n:02}" for n in range(30)]
_TWELVE = [f"SKU-{n}" for n in range(12)]
_ADDRESS = {"street": "1 Oak Street", "city": "Leeds", "country": "GB"}


def _texts(values: list[str]) -> str:
    return "[" + ",".join(f'"{value}"' for value in values) + "]"


VALUES = (
    # Dates and times. The export gives a birthday as an instant (§10.5).
    Trap("trap_dob_exported_as_time", {"birthday": "1980-12-21"}, {"dob": "1980-12-21"}),
    # A birthday has no zone: the date as written counts, not the date it is in Greenwich by then.
    Trap("trap_dob_with_zone", {"birthday": "1980-12-21T23:30:00-05:00"}, {"dob": "1980-12-21"}),
    Trap(
        "trap_dob_differs",
        {"birthday": '"1980-12-21"'},
        {"dob": "1980-12-22"},
        finds=(Cell("dob", "1980-12-21", "1980-12-22T00:00:00.000Z"),),
    ),
    # The same instant in three spellings; text without zone is UTC (§10.7).
    Trap(
        "trap_instant_spelling",
        {"signed_up_at": "2024-05-01 10:00:00", "last_order_at": "2024-05-02T12:00:00+02:00"},
        attributes={"signup_time": "2024-05-01T10:00:00.000Z", "last_order_at": "2024-05-02T10:00:00.000Z"},
        times=("signup_time", "last_order_at"),
    ),
    # A bare date in a time attribute is midnight UTC (§10.7).
    Trap(
        "trap_date_only_time",
        {"signed_up_at": "2024-05-01"},
        attributes={"signup_time": "2024-05-01T00:00:00.000Z"},
        times=("signup_time",),
    ),
    # Equal but for the zone: two hours apart.
    Trap(
        "trap_same_clock_other_zone",
        {"signed_up_at": "2024-05-01T10:00:00+02:00"},
        attributes={"signup_time": "2024-05-01T10:00:00.000Z"},
        times=("signup_time",),
        finds=(Cell("signup_time", "2024-05-01T08:00:00.000Z", "2024-05-01T10:00:00.000Z"),),
    ),
    # Text that looks like a date becomes a time in Braze, unless the type is forced to String (§2.5, §10.7).
    Trap(
        "trap_date_like_text",
        {"member_number": "12/01/2021"},
        attributes={"member_number": "2021-12-01T00:00:00.000Z"},
        times=("member_number",),
    ),
    Trap("trap_date_like_forced_text", {"nickname": "12/01/2021"}, attributes={"nickname": "12/01/2021"}),
    # Numbers. 7 is 7.0, and Segment's text "7" is read as a number where the mapping says so.
    Trap("trap_seven", {"loyalty_points": "7"}, attributes={"loyalty_points": 7.0}),
    Trap("trap_seven_point_zero", {"loyalty_points": "7.0"}, attributes={"loyalty_points": 7}),
    Trap("trap_quoted_number", {"loyalty_points": '"7"'}, attributes={"loyalty_points": 7}),
    # 321 and "321" are different stored values (§10.8).
    Trap(
        "trap_text_in_braze_for_number",
        {"loyalty_points": "321"},
        attributes={"loyalty_points": "321"},
        finds=(Cell("loyalty_points", 321, "321"),),
    ),
    Trap(
        "trap_number_in_braze_for_text",
        {"member_number": "321"},
        attributes={"member_number": 321},
        finds=(Cell("member_number", "321", 321),),
    ),
    Trap(
        "trap_text_in_braze_for_boolean",
        {"has_app": "true"},
        attributes={"has_app": "true"},
        finds=(Cell("has_app", True, "true"),),
    ),
    # Zero and false are values; in Braze they are missing.
    Trap(
        "trap_zero_and_false",
        {"loyalty_points": "0", "has_app": "false"},
        finds=(Cell("loyalty_points", 0, None), Cell("has_app", False, None)),
    ),
    # A forced type coerces first (§2.5): order_count is a Number, nickname a String.
    Trap("trap_forced_number", {"order_count": '"12"'}, attributes={"order_count": 12}),
    Trap("trap_forced_string", {"nickname": "321"}, attributes={"nickname": "321"}),
    # Text that other readers take for something else: `as: string` keeps it to the letter.
    Trap("trap_text_1e5", {"member_number": "1e5"}, attributes={"member_number": "1e5"}),
    Trap("trap_text_leading_zeros", {"member_number": "007"}, attributes={"member_number": "007"}),
    Trap(
        "trap_text_zeros_lost",
        {"member_number": '"007"'},
        attributes={"member_number": "7"},
        finds=(Cell("member_number", "007", "7"),),
    ),
    # A person called Null, and one whose quoted name is the word null: only the bare word is JSON's null.
    Trap(
        "trap_called_null",
        {"last_name": "Null"},
        {"last_name": "Smith"},
        finds=(Cell("last_name", "Null", "Smith"),),
    ),
    Trap("trap_quoted_null", {"last_name": '"null"'}, {"last_name": "null"}),
    Trap(
        "trap_hostile_text",
        {"last_name": 'O\'Brien "<b>" \\ {{x}}\n--;'},
        {"last_name": "O'Brien"},
        finds=(Cell("last_name", 'O\'Brien "<b>" \\ {{x}}\n--;', "O'Brien"),),
    ),
    # Absent, null, [] and "" (§10.4).
    Trap("trap_null_and_absent", {"loyalty_points": "null"}),
    Trap("trap_null_text_kept", {"loyalty_points": "null"}, attributes={"loyalty_points": 5}, nulls_kept=1),
    Trap("trap_null_column_kept", {"city": None}, {"home_city": "Leeds"}, nulls_kept=1),
    Trap(
        "trap_no_row", {}, {"home_city": "Leeds"}, {"loyalty_points": 5, "favorites": [], "address": {"city": "Leeds"}}
    ),
    Trap("trap_empty_array", {"favorite_categories": "[]"}, attributes={"favorites": []}),
    Trap("trap_empty_array_missing", {"favorite_categories": "[]"}, finds=(Cell("favorites", [], None),)),
    Trap("trap_empty_text", {"member_number": ""}, attributes={"member_number": ""}),
    Trap("trap_empty_text_missing", {"member_number": '""'}, finds=(Cell("member_number", "", None),)),
    # Arrays (§10.10): a set has no order, a list has; Braze drops doubles and keeps 25, or what the catalogue says.
    Trap("trap_array_order", {"favorite_categories": '["tea","books"]'}, attributes={"favorites": ["books", "tea"]}),
    Trap(
        "trap_list_order",
        {"recently_viewed": '["SKU-1","SKU-2"]'},
        attributes={"recently_viewed": ["SKU-2", "SKU-1"]},
        finds=(Cell("recently_viewed", ["SKU-1", "SKU-2"], ["SKU-2", "SKU-1"]),),
    ),
    Trap(
        "trap_array_doubles", {"favorite_categories": '["tea", "tea", "art"]'}, attributes={"favorites": ["tea", "art"]}
    ),
    Trap(
        "trap_array_doubles_stale",
        {"favorite_categories": '["tea","art","tea"]'},
        attributes={"favorites": ["tea"]},
        finds=(Cell("favorites", ["tea", "art"], ["tea"]),),
    ),
    Trap("trap_array_too_long", {"favorite_categories": _texts(_THIRTY)}, attributes={"favorites": _THIRTY[:25]}),
    Trap(
        "trap_array_too_long_stale",
        {"favorite_categories": _texts(_THIRTY)},
        attributes={"favorites": _THIRTY[:24]},
        finds=(Cell("favorites", _THIRTY[:25], _THIRTY[:24]),),
    ),
    Trap("trap_list_too_long", {"recently_viewed": _texts(_TWELVE)}, attributes={"recently_viewed": _TWELVE[:10]}),
    # Objects (§10.11): key by key, only those that Segment states; a null inside is an absent key.
    Trap(
        "trap_object_order_and_siblings",
        {"address": '{"street":"1 Oak Street","city":"Leeds"}'},
        attributes={"address": {"verified": True, "city": "Leeds", "street": "1 Oak Street", "geo": [1.5, 2]}},
    ),
    Trap("trap_object_null_key", {"address": '{"street":null,"city":"Leeds"}'}, attributes={"address": _ADDRESS}),
    Trap(
        "trap_object_key_differs",
        {"address": '{"street": null, "city": "York", "country": "GB"}'},
        attributes={"address": _ADDRESS},
        finds=(Cell("address", {"city": "York", "country": "GB"}, _ADDRESS),),
    ),
    Trap(
        "trap_object_key_missing",
        {"address": '{"city":"Leeds","floor":2}'},
        attributes={"address": _ADDRESS},
        finds=(Cell("address", {"city": "Leeds", "floor": 2}, _ADDRESS),),
    ),
    # Untidy in Segment, the same in Braze (§10.17): only format.
    Trap(
        "trap_phone_us",
        {"phone": "(415) 555-0134"},
        {"phone": "+14155550134"},
        finds=(Cell("phone", "+14155550134", "+14155550134", "format"),),
    ),
    Trap(
        "trap_phone_spaced",
        {"phone": "+49 30 23125-001"},
        {"phone": "+493023125001"},
        finds=(Cell("phone", "+493023125001", "+493023125001", "format"),),
    ),
    Trap(
        "trap_country_name", {"country": "Germany"}, {"country": "DE"}, finds=(Cell("country", "DE", "DE", "format"),)
    ),
    Trap("trap_gender_word", {"gender": "Female"}, {"gender": "F"}, finds=(Cell("gender", "F", "F", "format"),)),
    Trap("trap_language_case", {"language": "DE"}, {"language": "de"}, finds=(Cell("language", "de", "de", "format"),)),
    Trap(
        "trap_email_case",
        {"email": "Trap.Case@Example.com"},
        {"email": "trap.case@example.com"},
        finds=(Cell("email", "Trap.Case@Example.com", "trap.case@example.com", "format"),),
    ),
    Trap(
        "trap_plan_untidy",
        {"plan": " Gold "},
        attributes={"plan_tier": "gold"},
        finds=(Cell("plan_tier", "gold", "gold", "format"),),
    ),
    # Untidy and different: real drift, sent in tidy form.
    Trap(
        "trap_untidy_and_stale",
        {"country": "Germany", "gender": "female", "phone": "(415) 555-0136", "plan": "GOLD"},
        {"country": "FR", "gender": "M", "phone": "+14155550137"},
        {"plan_tier": "Gold"},
        finds=(
            Cell("country", "DE", "FR"),
            Cell("gender", "F", "M"),
            Cell("phone", "+14155550136", "+14155550137"),
            Cell("plan_tier", "gold", "Gold"),
        ),
    ),
    # Never to be pushed (rulings, Values); what is wrong with one attribute does not hold up another.
    Trap(
        "trap_invalid_number_beside_drift",
        {"ltv_cents": "n/a", "city": "Leeds"},
        finds=(Cell("lifetime_value", "n/a", None, "invalid"), Cell("home_city", "Leeds", None)),
    ),
    Trap("trap_invalid_date", {"birthday": "2023-02-29"}, finds=(Cell("dob", "2023-02-29", None, "invalid"),)),
    Trap(
        "trap_invalid_gender", {"gender": "dragon"}, {"gender": "F"}, finds=(Cell("gender", "dragon", "F", "invalid"),)
    ),
    Trap("trap_invalid_email", {"email": "ann at example"}, finds=(Cell("email", "ann at example", None, "invalid"),)),
    Trap("trap_invalid_country", {"country": "Atlantis"}, finds=(Cell("country", "Atlantis", None, "invalid"),)),
    Trap(
        "trap_invalid_zone",
        {"time_zone": "Mars/Olympus_Mons"},
        finds=(Cell("time_zone", "Mars/Olympus_Mons", None, "invalid"),),
    ),
    Trap("trap_text_of_255", {"member_number": "x" * 255}, finds=(Cell("member_number", "x" * 255, None),)),
    Trap("trap_text_of_256", {"member_number": "x" * 256}, finds=(Cell("member_number", "x" * 256, None, "invalid"),)),
    Trap(
        "trap_invalid_nested_key",
        {"address": '{"post.code":"LS1"}'},
        finds=(Cell("address", {"post.code": "LS1"}, None, "invalid"),),
    ),
    # Blocked in Braze: absent from every export, and dropped when written (§10.36).
    Trap("trap_blocklisted", {"old_segment": "B7"}, finds=(Cell("old_segment", "B7", None, "invalid"),)),
    # A forced Number ignores what it cannot read, every night again (§10.9).
    Trap(
        "trap_uncoercible",
        {"order_count": "many"},
        attributes={"order_count": 3},
        finds=(Cell("order_count", "many", 3, "invalid"),),
    ),
)
