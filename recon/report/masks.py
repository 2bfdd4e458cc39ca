"""What people may see of values: never an e-mail address or a phone number (design §10)."""

from __future__ import annotations

import re

from recon.braze.redact import redact
from recon.report.pseudonyms import Revealed
from recon.store.pseudonyms import Pseudonyms

_PERSONAL = ("email", "phone")
_FRACTION = re.compile(r"-?\d+\.\d+")
_ADDRESS = re.compile(r"@|^\+\d{7,}$")


def shown(attribute: str, value: str | None, pseudonyms: Pseudonyms) -> str | None:
    """JSON text fit for a terminal or a report: addresses and numbers become pseudonyms; equal ones look equal.

    A text or a whole number that looks like a phone number is taken for one; a number with a fraction is not.
    `Revealed` leaves everything as it is.
    """
    if value is None or value == "null" or isinstance(pseudonyms, Revealed):
        return value
    if attribute in _PERSONAL:
        return f"{attribute} {pseudonyms.of(value)}"
    return plain(value)


def plain(value: str) -> str:
    """JSON text of an attribute that is neither an e-mail address nor a phone number by its name."""
    return value if _FRACTION.fullmatch(value) else redact(value)


def person(identifier: str, pseudonyms: Pseudonyms) -> str:
    """An external id or an alias as it is, for people have to type it; one that is an address is a pseudonym."""
    return f"id {pseudonyms.of(identifier)}" if _ADDRESS.search(identifier) else identifier
