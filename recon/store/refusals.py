"""What the system refuses (rights, a file system that is read-only, a disk that fails), told as something to mend."""

from __future__ import annotations

import errno
import os
import re

from recon.errors import ReconError, UsageError

_NUMBERS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ESTALE, errno.EISDIR, errno.ENOTDIR}
_NUMBERS |= {errno.EMFILE, errno.ENFILE, errno.ELOOP, errno.ENAMETOOLONG}
_SIGNS = ("Permission denied", "Read-only file system", "Input/output error", "Too many open files")
"""What DuckDB's text ends with where the system refused it."""

_FILE = re.compile(r'file "(/[^"]+)"')


def told(error: BaseException) -> UsageError | None:
    """`error` as a UsageError that names the file, if it is the system's refusal; else None."""
    if isinstance(error, ReconError):
        return None
    if isinstance(error, OSError) and error.errno in _NUMBERS and error.filename is not None:
        return refused(os.fsdecode(error.filename), os.strerror(error.errno))
    return None


def of_database(error: Exception, path: str) -> UsageError | None:
    """As `told`, of an error that DuckDB raised while it worked on `path`."""
    reason = next((sign for sign in _SIGNS if sign in str(error)), None)
    if reason is None:
        return told(error)
    named = _FILE.search(str(error))
    return refused(named[1] if named else path, reason)


def refused(path: str, reason: str) -> UsageError:
    """The error of a file that the system does not let recon use."""
    return UsageError(
        f"the system refuses {path}: {reason}",
        "Look at who owns it and its folder (a run by another user, such as root, leaves files that only that one may "
        "write), and whether the disk is mounted for writing. Then run the same command again.",
    )
