"""Checks that a downloaded export archive is whole on the outside (facts/braze-rest-api §3.2).

Members' checksums are the loader's business: it sees every byte anyway.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

_GZIP_HEADER = b"\x1f\x8b\x08"
_SMALLEST_GZIP = 18
_ENCRYPTED = 0x1


def broken(path: Path) -> str | None:
    """What is wrong with the archive at `path`, in a few words; None for a sound zip or gzip file."""
    size = path.stat().st_size
    if size == 0:
        return "it is empty"
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(_GZIP_HEADER):
        return None if size >= _SMALLEST_GZIP else "the gzip file is cut off"
    if not start.startswith(b"PK"):
        return "it is neither a zip nor a gzip file"
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            directory = archive.start_dir
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        return f"its directory cannot be read ({error})"
    for member in members:
        if member.flag_bits & _ENCRYPTED or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return f"its member {member.filename} is packed in a way recon does not read"
        if member.header_offset + member.compress_size > directory:
            return f"its member {member.filename} reaches past the end"
    return None


def suffix(path: Path) -> str:
    """`.gz` or `.zip`, by content: a link's name need not tell."""
    with path.open("rb") as file:
        return ".gz" if file.read(3) == _GZIP_HEADER else ".zip"
