"""What people may see of values: never an e-mail address or a phone number (design §10)."""

from __future__ import annotations

from recon.braze.redact import redact
from recon.report.pseudonyms import Pseudonyms

_PERSONAL = ("email", "phone")


def shown(attribute: str, value: str | None, pseudonyms: Pseudonyms) -> str | None:
    """JSON text fit for a terminal or a report: addresses and numbers become pseudonyms; equal ones look equal."""
    if value is None or value == "null":
        return value
    if attribute in _PERSONAL:
        return f"{attribute} {pseudonyms.of(value)}"
    return redact(value)
