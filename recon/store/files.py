"""Finds input files by glob and brings them into a run's folder: local, s3://, gs:// or az:// (contract/recon.yml)."""

from __future__ import annotations

import errno
import glob
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recon.errors import ConfigError, InputError, RemoteError, Stopped, UsageError
from recon.store import buckets, globs
from recon.store.duck import disk_full

_PATIENCE = 20
"""Files that a bucket does not give, after which it is the bucket that is away, and not a file."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One input file, here or in a bucket."""

    url: str
    """A local path, or s3://…, gs://…, az://…"""
    name: str
    """Its path below the pattern's fixed part: the folders that wildcards matched, such as `date=…/`, are kept."""
    size: int
    """Bytes."""
    modified: datetime
    """UTC."""
    etag: str | None
    """What the store calls this version of the content; None for local files."""


def discover(pattern: str, after: str | None = None) -> list[RemoteFile]:
    """The files that `pattern` matches, sorted by url; empty if none does.

    `*`, `?` and `[…]` match within one path segment, `**` as a whole segment any number of them; none matches a
    leading dot. Of a bucket only keys that come after the address `after` are listed. Raises ConfigError for an
    unknown kind of address, RemoteError if the bucket refuses or cannot be reached.
    """
    if buckets.ADDRESS.fullmatch(pattern):
        found = _bucket(pattern, after)
    elif _SCHEME.match(pattern):
        raise ConfigError(
            f"cannot read files at {pattern.partition('?')[0]}",
            "Use a local path or an address that starts with s3://, gs:// or az://.",
        )
    else:
        found = _local(pattern)
    return sorted(found, key=lambda file: file.url)


def folders(pattern: str) -> list[str]:
    """The folders that `pattern` matches, level by level: nothing below them is listed. Sorted; errors as
    `discover`."""
    if buckets.ADDRESS.fullmatch(pattern):
        return sorted(buckets.folders(pattern))
    found = glob.iglob(os.path.expanduser(pattern), recursive=True)  # noqa: PTH111, PTH207 - a glob, not a path
    return sorted(path for path in found if Path(path).is_dir())


def read(file: RemoteFile) -> bytes:
    """The content of `file`. Raises RemoteError, and InputError if it changed or vanished since it was listed."""
    if buckets.ADDRESS.fullmatch(file.url):
        content = b"".join(buckets.read(file.url, file.etag))
    else:
        try:
            content = Path(file.url).read_bytes()
        except OSError as error:
            raise InputError(
                f"{file.url} cannot be read: {error.strerror or error}", "Look whether it is there."
            ) from error
    if len(content) != file.size:
        raise InputError(f"{file.url} changed while it was read", "Run the command again.")
    return content


def copy(
    files: Sequence[RemoteFile],
    folder: Path,
    *,
    threads: int = 4,
    stop: threading.Event | None = None,
    on_progress: Callable[[int], None] | None = None,
    left_out: dict[RemoteFile, str] | None = None,
) -> list[Path]:
    """Bring `files` into `folder`, each under its `name`; returns their paths in the same order.

    Local files are hard-linked, or copied where the disk differs; remote ones are streamed to a `.part` file and
    renamed when complete. `on_progress` gets the bytes of each finished piece, on any thread. Raises RemoteError,
    InputError (a file changed or vanished meanwhile), UsageError (disk full) and Stopped.

    With `left_out`, single files that the store does not give are put there, with the reason, and are not among the
    paths; it is an error all the same where it gives none of them, or refuses many.
    """
    root = folder.resolve()
    stopped = stop or threading.Event()
    targets = [root / file.name for file in files]
    for target, file in zip(targets, files, strict=True):
        if not target.resolve().is_relative_to(root):
            raise InputError(f"the name of {file.url} leads out of the run's folder", "Rename the file.")
    if len(set(targets)) < len(targets):
        raise InputError("two input files would have the same name in the run's folder", "Copy them one by one.")

    def bring(file: RemoteFile, target: Path) -> Path:
        if stopped.is_set():
            raise Stopped("stopped while copying files")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        try:
            for count in _fetch(file, part):
                if on_progress is not None:
                    on_progress(count)
                if stopped.is_set():
                    raise Stopped("stopped while copying files")
            part.replace(target)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_full(root) from error
            raise UsageError(
                f"cannot copy {file.url}: {error.strerror or error}", "Check that it can be read and the disk has room."
            ) from error
        finally:
            part.unlink(missing_ok=True)
        return target

    def try_to_bring(file: RemoteFile, target: Path) -> Path | None:
        try:
            return bring(file, target)
        except (InputError, RemoteError) as error:
            if left_out is None:
                raise
            left_out[file] = error.what
            if len(left_out) == min(len(files), _PATIENCE):  # it is not single files
                raise
            return None

    with ThreadPoolExecutor(max(1, threads), thread_name_prefix="copy") as executor:
        try:
            return [path for path in executor.map(try_to_bring, files, targets) if path]
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def _local(pattern: str) -> Iterator[RemoteFile]:
    expanded = os.path.expanduser(pattern)  # noqa: PTH111 - a glob, not a path
    base = Path(globs.fixed_part(expanded) or ".")
    for match in glob.iglob(expanded, recursive=True):  # noqa: PTH207 - Path.glob has no `[` escapes at its root
        path = Path(match)
        if path.is_file():
            stat = path.stat()
            name = path.relative_to(base).as_posix() if path != base else path.name
            modified = datetime.fromtimestamp(stat.st_mtime, UTC)
            yield RemoteFile(str(path), name, stat.st_size, modified, None)


def _bucket(pattern: str, after: str | None) -> Iterator[RemoteFile]:
    base = globs.fixed_part(pattern)
    for entry in buckets.find(pattern, after):
        name = entry.url[len(base) :].lstrip("/")
        yield RemoteFile(entry.url, name, entry.size, entry.modified, entry.etag)


def _fetch(file: RemoteFile, part: Path) -> Iterator[int]:
    """Bring `file` to `part`; yields the bytes of each piece."""
    if buckets.ADDRESS.fullmatch(file.url):
        with part.open("wb") as out:
            for piece in buckets.read(file.url, file.etag):
                out.write(piece)
                yield len(piece)
        if part.stat().st_size != file.size:
            raise InputError(f"{file.url} changed while it was read", "Run recon pull again.")
        return
    part.unlink(missing_ok=True)
    try:
        os.link(Path(file.url).resolve(), part)
    except OSError:
        shutil.copyfile(file.url, part)
    yield file.size
