"""What `recon init` writes: a commented recon.yml, an example of .env, folders for Segment's tables."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from recon.errors import UsageError

_FOLDERS = ("segment/user_traits", "segment/user_identifiers", "segment/profile_merges")
_FILES = {"recon.yml": "recon.yml", ".env.example": "env.example"}


def text(name: str) -> str:
    """One of the texts beside this module: `recon.yml`, `env.example` or `gitignore`."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def write(folder: Path) -> list[Path]:
    """Write the starting files into `folder`, made if need be; returns the files and folders written.

    Raises UsageError before anything is written if a file of ours is there already. A .gitignore that is there stays
    as it is, but for the lines it lacks.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", "Name a folder.")
    for name in _FILES:
        if (folder / name).exists():
            raise UsageError(f"{folder / name} is there already", "Choose another folder, or move that file away.")
    written = [folder / name for name in (*_FILES, *_FOLDERS)]
    try:
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, source in _FILES.items():
            (folder / name).write_text(text(source), encoding="utf-8")
        if _complete_gitignore(folder / ".gitignore"):
            written.append(folder / ".gitignore")
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder} cannot be written: {error.strerror}", "Make it writable."
        ) from None
    return written


def _complete_gitignore(file: Path) -> bool:
    """Append the lines that `file` lacks; True if there were any."""
    there = file.read_text(encoding="utf-8") if file.exists() else ""
    has = {line.strip() for line in there.splitlines()}
    lacking = [line for line in text("gitignore").splitlines() if line not in has]
    if all(line.startswith("#") for line in lacking):
        return False
    before = there if not there or there.endswith("\n") else there + "\n"
    file.write_text(before + "\n".join(lacking) + "\n", encoding="utf-8")
    return True
