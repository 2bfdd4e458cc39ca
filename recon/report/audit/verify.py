"""Whether the ledger and the reports made of it are as recon wrote them; if not, what differs and where."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from recon.report.audit.ledger import HEAD, NAME, SIGNATURE, Ledger, digest, head_text, linked


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
        content = path.read_bytes()
        sequence = int(named[1])
        if sequence > expected:
            say(path.name, f"files {expected:06} to {sequence - 1:06} before it are missing")
        elif sequence < expected:
            say(path.name, f"there is another file {sequence:06}: one of them was added or renamed")
        expected = sequence + 1
        head, count = _lines(path.name, content, outputs, say)
        statements += count
        if head is not None:
            if head.get("sequence") != sequence or head.get("run") != named[2]:
                say(path.name, "its name is not the one it was written under: it was renamed or swapped", 1)
            if head.get("previous") != previous:
                say(path.name, "does not continue the file before it, which was changed, removed, added or moved", 1)
        signed = signed + _signed(ledger, path.name, content, signed, say)
        previous = hashes[sequence] = digest(path)
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


def _lines(name: str, content: bytes, outputs: dict[str, str], say: Any) -> tuple[dict[str, Any] | None, int]:
    """The head of a file and the number of its statements; says which line does not follow the one before."""
    if not content:
        say(name, "is empty")
        return None, 0
    if not content.endswith(b"\n"):
        say(name, "is cut off: its last line has no end")
    head, link, count = None, "", 0
    for number, plain, told in _read(content):
        if plain is None:
            say(name, "is not a line that recon wrote", number)
            return head, count
        link = linked(link, plain)
        if link != told:
            say(name, "does not follow: it was edited, or a line was removed, added or moved here", number)
            link = told
        row = orjson.loads(plain)
        if number == 1:
            head = row
            continue
        count += 1
        if row.get("kind") == "output":
            outputs[row["field"]] = row["state"]
    if head is not None and head.get("statements") != count:
        say(name, f"has {count} statements, and its head counts {head.get('statements')}")
    return head, count


def _read(content: bytes) -> Iterator[tuple[int, bytes | None, str]]:
    """(number, the line as it was hashed, its link); None for a line that is none of ours. Signatures are left out."""
    for number, line in enumerate(content.splitlines(), start=1):
        if line.startswith(SIGNATURE):
            continue
        plain, found, link = line.rpartition(b',"link":"')
        try:
            orjson.loads(line)
        except orjson.JSONDecodeError:
            found = b""
        yield (number, plain + b"}", link[:-2].decode()) if found else (number, None, "")


def _signed(ledger: Ledger, name: str, content: bytes, before: int, say: Any) -> int:
    """1 for a file with a signature that holds. What is older than the key is covered by later files."""
    body, found, signature = content.rpartition(SIGNATURE)
    if not found:
        if before and ledger.key:
            say(name, "is not signed, and files before it are: the signature was removed, or the file was written anew")
        return 0
    if ledger.key and not hmac.compare_digest(ledger.signature(body) or "", signature[:64].decode(errors="replace")):
        say(name, "its signature does not hold: it or the file was changed, or another key signed it")
        return 0
    return 1


def _head(ledger: Ledger, last: int, sha256: str | None, say: Any) -> None:
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
