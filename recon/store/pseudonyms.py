"""Pseudonyms: the same person has the same one in every report, and nobody can go back without the key (design §10)."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from recon.config.models import Config

_BLOCK = 64
"""Bytes that SHA-256 takes at a time."""


class Pseudonyms:
    """Keyed HMAC-SHA256, cut to 12 hex digits. The key is `privacy.pseudonym_key`, else one of this state folder."""

    def __init__(self, config: Config) -> None:
        stated = config.privacy.pseudonym_key
        self._key = stated.get_secret_value().encode() if stated else _own_key(config.state_folder)

    def of(self, identifier: str) -> str:
        """The pseudonym of an external id, an e-mail address or a phone number."""
        return hmac.new(self._key, identifier.encode(), hashlib.sha256).hexdigest()[:12]

    def pads(self) -> dict[str, bytes]:
        """The key as HMAC mixes it in, `inner` and `outer` (RFC 2104), for a query that makes pseudonyms by itself."""
        key = hashlib.sha256(self._key).digest() if len(self._key) > _BLOCK else self._key
        key = key.ljust(_BLOCK, b"\0")
        return {"inner": bytes(byte ^ 0x36 for byte in key), "outer": bytes(byte ^ 0x5C for byte in key)}


def _own_key(state: Path) -> bytes:
    path = state / "pseudonym.key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
    except FileExistsError:
        pass
    return path.read_bytes()
