"""The audit's ledger: `<state>/audit/`, one file per recording, only ever added to, each chained to the one before.

A file is JSON Lines: a head (sequence, run, SHA-256 of the file before, fingerprint of the configuration), the
statements, and a signature where a key is given. Each line carries a link, a hash over the line and the link before it,
so that a change can be told to the line. `head.json` says which file is the last; without it a cut-off tail would not
show. It is written before the file appears too, with the hash that is to come, so that a kill in between is told from
tampering.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from recon.config.models import Config
from recon.errors import InputError
from recon.store.documents import now_text

NAME = re.compile(r"(\d{6})-([\w-]+)\.jsonl")
HEAD = "head.json"
SIGNATURE = b'{"signature":"'
COLUMNS = ("kind", "person", "field", "moment", "state", "since", "evidence", "address", "event", "campaign")
"""Members of a statement, all texts; times are UTC to the second."""


@dataclass(frozen=True)
class Ledger:
    """The ledger in the folder `folder`; `key` signs, None: nothing is signed."""

    folder: Path
    key: bytes | None

    @classmethod
    def of(cls, config: Config) -> Ledger:
        """The ledger of a configuration's state folder."""
        stated = config.audit.signing_key
        return cls(config.state_folder / "audit", stated.get_secret_value().encode() if stated else None)

    def files(self) -> list[Path]:
        """The files, oldest first."""
        return sorted(path for path in self.folder.glob("*.jsonl") if NAME.fullmatch(path.name))

    def heads(self) -> list[dict[str, Any]]:
        """The first line of every file. Raises InputError for a file that recon cannot have written."""
        found = []
        for path in self.files():
            with path.open("rb") as file:
                line = file.readline()
            try:
                head = orjson.loads(line)
                found.append({**head, "sequence": int(head["sequence"]), "run": head["run"], "steps": head["steps"]})
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
                raise unreadable(path.name) from None
        return found

    def last(self) -> dict[int, str | None]:
        """The number and SHA-256 of the last file by the head record; empty where there is none to be read."""
        try:
            told = orjson.loads((self.folder / HEAD).read_bytes())
            return {told["sequence"]: told["sha256"]}
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            return {}

    def append(
        self, run: str, config: str, about: Mapping[str, Any], count: int, rows: Iterable[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Adds one file with `rows`, `count` of them, as its statements, durably; returns its sequence and SHA-256.

        `about` goes into the head. A kill at any moment leaves the ledger as it was, or with the whole file.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        files = self.files()
        previous = digest(files[-1]) if files else None
        sequence = int(NAME.fullmatch(files[-1].name)[1]) + 1 if files else 1  # type: ignore[index]
        head = {"audit": 1, "sequence": sequence, "run": run, "previous": previous, "config": config}
        head |= {"recorded_at": now_text(), "statements": count, **about}
        path = self.folder / f"{sequence:06}-{run}.jsonl"
        part = _part(path)
        with part.open("wb") as file:
            self._write(file, chain((head,), rows))
        sha256 = digest(part)
        self._head(sequence - 1, previous, sha256)
        _appear(part, path)
        self._head(sequence, sha256, None)
        return {"sequence": sequence, "sha256": sha256}

    def signature(self, content: bytes) -> str | None:
        """HMAC-SHA256 of `content` in hexadecimal."""
        return hmac.new(self.key, content, hashlib.sha256).hexdigest() if self.key else None

    def _write(self, file: BinaryIO, rows: Iterable[Mapping[str, Any]]) -> None:
        signing = hmac.new(self.key, digestmod=hashlib.sha256) if self.key else None
        link = ""
        for row in rows:
            plain = orjson.dumps(row)
            link = linked(link, plain)
            line = plain[:-1] + f',"link":"{link}"}}\n'.encode()
            file.write(line)
            if signing:
                signing.update(line)
        if signing:
            file.write(SIGNATURE + signing.hexdigest().encode() + b'"}\n')
        file.flush()
        os.fsync(file.fileno())

    def _head(self, sequence: int, sha256: str | None, following: str | None) -> None:
        told = {"version": 1, "sequence": sequence, "sha256": sha256, "next": following}
        put(self.folder / HEAD, orjson.dumps(told | {"signature": self.signature(head_text(told))}) + b"\n")


def unreadable(what: str) -> InputError:
    """The error of a ledger that cannot be gone on with."""
    return InputError(
        f"the audit's ledger cannot be read: {what}",
        "`recon audit verify` says what was touched; put the ledger back from your copy.",
    )


def digest(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def linked(before: str, line: bytes) -> str:
    """The link of a line, given the link of the line before it."""
    return hashlib.sha256(before.encode() + line).hexdigest()[:16]


def head_text(told: Mapping[str, Any]) -> bytes:
    """What the signature of head.json is about."""
    return orjson.dumps([told.get(name) for name in ("version", "sequence", "sha256", "next")])


def put(path: Path, content: bytes) -> None:
    """Writes a small file, durably, so that it is there whole or not at all."""
    with _part(path).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _appear(_part(path), path)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _appear(part: Path, path: Path) -> None:
    """Makes a written file appear whole, and so that it outlives a power cut."""
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
