"""Phone numbers that SQL cannot read: national ones, with 00 or an extension, or of an odd length.

sql/mapping/phone.sql asks here only about texts that are not plainly a + and digits, through a function of DuckDB's.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

import duckdb
from duckdb.func import SPECIAL
from duckdb.sqltypes import VARCHAR

_FUNCTION = "phone_e164"
# Digits and what people put between them, with or without an extension; anything else is no number.
_NUMBER = re.compile(r"(?P<main>[^A-Za-z@;#]*?)(?:[\s,;]*(?:ext(?:n|ension)?\.?|x|#)[:.\s]*\d{1,7})?\s*", re.I)


def define(con: duckdb.DuckDBPyConnection) -> None:
    """Makes `phone_e164(text, region)` on `con`; NULL where either is NULL."""
    with suppress(duckdb.InvalidInputException):  # it is not there yet
        con.remove_function(_FUNCTION)
    con.create_function(_FUNCTION, _e164_or_null, [VARCHAR, VARCHAR], VARCHAR, null_handling=SPECIAL)


def _e164_or_null(text: str | None, region: str | None) -> str | None:
    return None if text is None or region is None else e164(text, region)


@lru_cache(maxsize=65_536)
def e164(text: str, region: str) -> str | None:
    """The number as + and digits, None if there is no such number. `region` (DE, …) is where its owner lives.

    Asked only about what Braze cannot read by itself (facts/braze-rest-api §10.17). An extension is left out: no
    message reaches it.
    """
    # Not above: it takes a tenth of a second, which commands that read no number need not wait for.
    import phonenumbers

    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    main = match["main"].strip()
    digits = re.sub(r"[^0-9]", "", main)

    def read(number: str, within: str | None, *, exists: bool) -> str | None:
        try:
            parsed = phonenumbers.parse(number, within)
        except phonenumbers.NumberParseException:
            return None
        judged = phonenumbers.is_valid_number if exists else phonenumbers.is_possible_number
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if judged(parsed) else None

    if main.startswith("+"):
        return read(main, None, exists=False)
    if digits.startswith("00"):
        return read(f"+{digits[2:]}", None, exists=False)
    if re.fullmatch(r"[2-9]\d{9}", digits):
        return f"+1{digits}"
    return read(main, region, exists=True) or (read(f"+{digits}", None, exists=False) if len(digits) > 10 else None)
