"""Every error that a person may see, grouped by what they can do about it.

Each carries what happened, to what, and what to do next; the exit codes are the contract's. Messages never hold a
key, an e-mail address or a phone number: name the thing by its setting, file, line or external id.
"""

from __future__ import annotations


class ReconError(Exception):
    """Something a person can act on. `str(error)` is what happened and to what; `remedy` is what to do next."""

    exit_code = 1

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class UsageError(ReconError):
    """Wrong usage, or a machine that is not ready (no disk, another run): nothing was done."""

    exit_code = 2


class ConfigError(UsageError):
    """recon.yml or the environment is wrong; names the key and, where known, the line."""


class InputError(ReconError):
    """An input file or table cannot be trusted: missing column, cut off, empty, stale. Nothing was pushed."""

    exit_code = 3


class Withheld(ReconError):
    """A breaker, a missing approval or a stale plan held something back."""

    exit_code = 4


class PartlyDelivered(ReconError):
    """Rows were rejected, are unknown, or did not hold."""

    exit_code = 5


class RemoteError(ReconError):
    """A remote side refused the key or the permission, or stayed unreachable."""

    exit_code = 6


class Stopped(ReconError):
    """Stopped by a signal; everything sent is in the journal and `recon apply --resume` goes on."""

    exit_code = 130
