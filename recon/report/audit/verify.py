"""Whether the ledger and the reports made of it are as recon wrote them; if not, what differs and where."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from recon.report.audit.ledger import HEAD, NAME, SIGNATURE, Ledger, digest, head_text, linked

Say = Callable[..., None]
"""Called with the file, what is wrong, and the line where it is known."""

_PIECE = 1 << 20
_LINK = len(',"link":"0123456789abcdef"}\n')


def verify(ledger: Ledger, documents: Sequence[Mapping[str, Any]] = (), state: Path | None = None) -> dict[str, Any]:
    """Checks every line, every file, their order, the head record, the signatures and, below `state`, the reports.

    `documents` are the run.json of all runs, which note the hash of what was recorded of them. Returns `files`,
    `statements`, `signed` (files) and `problems`, each with `file`, `line` (None: the file as a whole) and `what`.
    """
    problems: list[dict[str, Any]] = []

    def say(file: str, what: str, line: int | None = None) -> None:
        problems.append({"file": file, "line": line, "what": what})

    previous: str | None = None
    hashes: dict[int, str] = {}
    outputs: dict[str, str] = {}
    expected, statements, signed = 1, 0, 0
    for path in sorted(ledger.folder.glob("*.jsonl")):
        named = NAME.fullmatch(path.name)
        if not named:
            say(path.name, "is no file of the ledger: it was added or renamed")
            continue
        sequence = int(named[1])
        if sequence > expected:
            say(path.name, f"files {expected:06} to {sequence - 1:06} before it are missing")
        elif sequence < expected:
            say(path.name, f"there is another file {sequence:06}: one of them was added or renamed")
        expected = sequence + 1
        read = _read(ledger, path, outputs, say)
        head = read.head
        statements += read.statements
        if head is not None:
            if head.get("sequence") != sequence or head.get("run") != named[2]:
                say(path.name, "its name is not the one it was written under: it was renamed or swapped", 1)
            if head.get("previous") != previous:
                say(path.name, "does not continue the file before it, which was changed, removed, added or moved", 1)
        signed = signed + _signed(ledger, path.name, read, signed, say)
        previous = hashes[sequence] = read.sha256
    _head(ledger, expected - 1, previous, say)
    for document in documents:
        told = document.get("audit") or {}
        if "sha256" in told and hashes.get(told["sequence"]) != told["sha256"]:
            say(f"{told['sequence']:06}", f"is missing or not what run.json of {document['run']} noted")
    if state:
        for name, was in outputs.items():
            path = state / name
            if path.exists() and digest(path) != was:
                say(name, "is not the report that was written: it was edited afterwards")
            elif path.parent.is_dir() and not path.exists():
                say(name, "was written and is missing")
    return {"files": len(hashes), "statements": statements, "signed": signed, "problems": problems}


@dataclass
class _File:
    """What came of reading a file: its first line, how many statements follow it, its signature if it has one."""

    head: dict[str, Any] | None = None
    statements: int = 0
    signature: str | None = None
    wanted: str | None = None
    """The signature that it should have."""
    sha256: str = ""


def _read(ledger: Ledger, path: Path, outputs: dict[str, str], say: Say) -> _File:
    """Reads a file piece by piece, whatever its size; says which line does not follow the one before."""
    name, found, whole = path.name, _File(), hashlib.sha256()
    signing = hmac.new(ledger.key, digestmod=hashlib.sha256) if ledger.key else None
    number, link, line, readable = 0, "", b"", True
    with path.open("rb") as file:
        while lines := file.readlines(_PIECE):
            whole.update(b"".join(lines))
            for line in lines:
                number += 1
                if line.startswith(SIGNATURE):
                    found.signature = line[len(SIGNATURE) :][:64].decode(errors="replace")
                    found.wanted = signing.hexdigest() if signing else None
                if signing:
                    signing.update(line)
                if line.startswith(SIGNATURE) or not readable:
                    continue
                row = _row(line)
                if row is None:
                    readable = False
                    if line.endswith(b"\n"):
                        say(name, "is not a line that recon wrote", number)
                    continue
                told = row.pop("link")
                link = linked(link, line[:-_LINK] + b"}")
                if link != told:
                    say(name, "does not follow: it was edited, or a line was removed, added or moved here", number)
                    link = told
                if number == 1:
                    found.head = row
                    continue
                found.statements += 1
                if row.get("kind") == "output":
                    outputs[row["field"]] = row["state"]
    found.sha256 = whole.hexdigest()
    if not number:
        say(name, "is empty")
    elif not line.endswith(b"\n"):
        say(name, "is cut off: its last line has no end")
    elif found.head is not None and readable and found.head.get("statements") != found.statements:
        say(name, f"has {found.statements} statements, and its head counts {found.head.get('statements')}")
    return found


def _row(line: bytes) -> dict[str, Any] | None:
    """A line and its link; None for one that is none of ours."""
    if line[-_LINK : -_LINK + 9] != b',"link":"':
        return None
    try:
        return dict(orjson.loads(line))
    except (orjson.JSONDecodeError, TypeError, ValueError):
        return None


def _signed(ledger: Ledger, name: str, read: _File, before: int, say: Say) -> int:
    """1 for a file with a signature that holds. What is older than the key is covered by later files."""
    if read.signature is None:
        if before and ledger.key:
            say(name, "is not signed, and files before it are: the signature was removed, or the file was written anew")
        return 0
    if ledger.key and not hmac.compare_digest(read.wanted or "", read.signature):
        say(name, "its signature does not hold: it or the file was changed, or another key signed it")
        return 0
    return 1


def _head(ledger: Ledger, last: int, sha256: str | None, say: Say) -> None:
    path = ledger.folder / HEAD
    if not path.exists():
        if last:
            say(HEAD, "is missing")
        return
    try:
        told = dict(orjson.loads(path.read_bytes()))
    except (orjson.JSONDecodeError, TypeError, ValueError):
        say(HEAD, "is not what recon wrote")
        return
    if ledger.key and not hmac.compare_digest(ledger.signature(head_text(told)) or "", str(told.get("signature"))):
        say(HEAD, "its signature does not hold: it was changed or written without the key, or another key signed it")
    sequence = told.get("sequence")
    # A kill between a file and its head record: the head named the hash that was to come.
    cut_off = sequence == last - 1 and told.get("next") == sha256
    if not cut_off and (sequence != last or told.get("sha256") != sha256):
        lost = isinstance(sequence, int) and sequence > last
        say(
            HEAD,
            f"says that {sequence:06} is the last file, and it is missing"
            if lost
            else "does not name the last file: a file was changed or added, or the head record was changed",
        )
