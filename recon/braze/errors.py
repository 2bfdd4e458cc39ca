"""What can go wrong between recon and Braze, each with what to do about it (facts/braze-rest-api §1.4, §1.7)."""

from __future__ import annotations

from recon.errors import ConfigError, RemoteError


class KeyRefused(RemoteError):
    """401: unknown, malformed or revoked key, or a key of another instance."""


class PermissionMissing(RemoteError):
    """403: the key is known and lacks a permission; `permission` names it."""

    def __init__(self, what: str, remedy: str, permission: str) -> None:
        super().__init__(what, remedy)
        self.permission = permission


class UnexpectedAnswer(RemoteError):
    """Braze answered something that recon cannot go on with: a fatal error to a read, a wrong address, no JSON."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(
            what,
            remedy or "Run the same command again; if it ends the same way, ask Braze's support about this answer.",
        )


class Unavailable(RemoteError):
    """Braze did not do what was asked, and is certain not to: every attempt failed before or without being done."""


class Unreachable(Unavailable):
    """No connection: host name, network or certificate."""


class RateLimited(Unavailable):
    """429 again and again."""


class OutcomeUnknown(Unavailable):
    """A write got no usable answer: Braze may have done it or not. Only reading back tells (design §8)."""


class ExportNotReady(RemoteError):
    """The export's file did not appear, could not be fetched in time, or its link expired."""


class ExportToBucket(ConfigError):
    """Braze wrote the export to the workspace's own bucket: recon must read it there."""
