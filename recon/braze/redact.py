"""Takes secrets and personal data out of texts from Braze before a person sees them or a log keeps them."""

from __future__ import annotations

import re

_LONGEST = 500
_API_KEY = re.compile(r"(?i)\b(api[ _-]?key|bearer)\b([\s:=\"']+)[^\s\"',;}]+")
_QUERY = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]*")
# Bounded, so that no text takes long: an address has at most 64 characters before the @.
_EMAIL = re.compile(r"[^\s@\"'<>(),:;=]{1,64}@[^\s@\"'<>(),:;=]+")
_PHONE = re.compile(r"(?<![\w.-])\+?\(?\d[\d ().-]{5,24}\d(?![\w-])")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def redact(text: object, *secrets: str) -> str:
    """`text` on one line and at most 500 characters, without `secrets`, API keys (Braze echoes them in 401 bodies,
    facts/braze-rest-api §1.4), query strings of urls (they sign storage links), e-mail addresses and phone numbers."""
    line = str(text)
    for secret in filter(None, secrets):
        line = line.replace(secret, "[redacted]")
    if len(line) > 2 * _LONGEST:
        line = line[: 2 * _LONGEST].rpartition(" ")[0] or line[: 2 * _LONGEST]
    line = " ".join(line.split())
    line = _API_KEY.sub(r"\1\2[redacted]", line)
    line = _QUERY.sub(r"\1?[redacted]", line)
    line = _EMAIL.sub("[e-mail]", line)
    line = _PHONE.sub(_phone, line)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _phone(match: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in match[0])
    return "[phone]" if 7 <= digits <= 15 and not _DATE.match(match[0]) else match[0]
