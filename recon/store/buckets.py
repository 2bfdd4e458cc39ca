"""Files in object storage: s3://, gs:// and az://<container>/ through obstore.

Remote storage takes its credentials and region from the environment, as obstore reads it (`AWS_…`, `GOOGLE_…`,
`AZURE_…`, `AWS_ENDPOINT_URL` for S3-compatible stores) or from the machine's role.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recon.errors import ConfigError, InputError, RemoteError
from recon.store import globs

if TYPE_CHECKING:
    from obstore.store import ObjectStore

ADDRESS = re.compile(r"(s3|gs|az)://([^/]+)/?(.*)", re.DOTALL)
_CHUNK = 4 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One object: its address, size in bytes, time of last change (UTC), and the store's name for this version."""

    url: str
    size: int
    modified: datetime
    etag: str | None


def find(pattern: str, after: str | None = None) -> Iterator[Entry]:
    """The objects that `pattern` matches. Lists everything below the folder before the first wildcard, or of that only
    what comes after the address `after`."""
    import obstore

    root, path = _split(pattern)
    store = _open(root)
    with _errors(root):
        if not globs.WILD.search(path):
            try:
                yield _entry(root, obstore.head(store, path))
            except _missing():
                return
            return
        matches = re.compile(globs.regex(path)).fullmatch
        offset = _split(after)[1] if after else None
        for page in obstore.list(store, prefix=globs.fixed_part(path) or None, offset=offset, chunk_size=1000):
            yield from (_entry(root, meta) for meta in page if matches(meta["path"]))


def folders(pattern: str) -> Iterator[str]:
    """The folders that `pattern` matches: one listing for each folder above, and nothing below it. `**` is no
    folder's."""
    import obstore

    root, path = _split(pattern)
    store = _open(root)
    segments = [segment for segment in path.split("/") if segment]
    found = [""]
    with _errors(root):
        for segment in segments:
            if not globs.WILD.search(segment):
                found = [f"{above}{segment}/" for above in found]
                continue
            matches = re.compile(globs.regex(segment)).fullmatch
            found = [
                f"{prefix.rstrip('/')}/"
                for above in found
                for prefix in obstore.list_with_delimiter(store, prefix=above.rstrip("/") or None)["common_prefixes"]
                if matches(prefix.rstrip("/").rpartition("/")[2])
            ]
    for folder in found:
        yield f"{root}/{folder.rstrip('/')}"


def read(url: str, etag: str | None) -> Iterator[bytes]:
    """The content of one object in pieces of about 4 MB; InputError if it is no longer the version `etag`."""
    import obstore

    root, path = _split(url)
    options: Any = {"if_match": etag} if etag else None
    with _errors(root):
        for piece in obstore.get(_open(root), path, options=options).stream(min_chunk_size=_CHUNK):
            yield bytes(piece)


def _split(url: str) -> tuple[str, str]:
    found = ADDRESS.fullmatch(url)
    if found is None:
        raise ValueError(f"no address of object storage: {url}")
    return f"{found[1]}://{found[2]}", found[3]


def _entry(root: str, meta: Any) -> Entry:
    return Entry(f"{root}/{meta['path']}", meta["size"], meta["last_modified"], meta["e_tag"])


def _open(root: str) -> ObjectStore:
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    try:
        return from_url(root)
    except (BaseError, ValueError) as error:
        raise ConfigError(f"cannot open {root}: {_brief(error)}", "Check the address and the environment.") from error


def _missing() -> tuple[type[Exception], ...]:
    from obstore.exceptions import NotFoundError

    return (FileNotFoundError, NotFoundError)


@contextmanager
def _errors(root: str) -> Iterator[None]:
    """Turns obstore's errors into ours, naming the bucket."""
    from obstore import exceptions

    try:
        yield
    except _missing() as error:
        raise _gone(root) from error
    except exceptions.PreconditionError as error:
        raise InputError(f"a file in {root} changed while it was read", "Run recon pull again.") from error
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError) as error:
        raise _refused(root) from error
    except exceptions.BaseError as error:
        # obstore gives the errors of a listing no class of their own.
        if "404 Not Found" in str(error):
            raise _gone(root) from error
        if "403 Forbidden" in str(error) and "169.254." not in str(error):
            raise _refused(root) from error
        remedy = "Check the network, the region and the credentials in the environment."
        if "builder error" in str(error):
            remedy = "If AWS_ENDPOINT_URL is a plain http:// address, set AWS_ALLOW_HTTP=true."
        elif "169.254." in str(error):  # where a machine in the cloud asks for the credentials of its role
            remedy = (
                "Set credentials in the environment (AWS_…, GOOGLE_…, AZURE_…): this machine has no role of its own."
            )
        raise RemoteError(f"cannot read {root}: {_brief(error)}", remedy) from error


def _gone(root: str) -> InputError:
    return InputError(
        f"a file or the bucket {root} is not there (any more)", "Check the address, then run recon pull again."
    )


def _refused(root: str) -> RemoteError:
    return RemoteError(
        f"{root} refused the credentials of this machine",
        "Give them leave to list and read it, or set others in the environment (AWS_…, GOOGLE_…, AZURE_…).",
    )


def _brief(error: BaseException) -> str:
    """The first line of an obstore error, without the query string of any url in it."""
    return re.sub(r"\?\S*", "", next(iter(str(error).splitlines()), "")).strip()[:300]
