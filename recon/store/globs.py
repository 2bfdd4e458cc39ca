"""Globs over addresses of files: the same meaning for buckets as Python's glob has for folders."""

from __future__ import annotations

import re

WILD = re.compile(r"[*?\[]")


def fixed_part(pattern: str) -> str:
    """The folder before the first wildcard; for a plain path the folder it lies in."""
    wild = WILD.search(pattern)
    return pattern[: wild.start() if wild else None].rpartition("/")[0]


def regex(pattern: str) -> str:
    """`pattern` as a regular expression with the meaning that `recon.store.files.discover` gives it."""
    parts = []
    segments = pattern.split("/")
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment == "**":
            parts.append(r"(?:[^/.][^/]*/)*" + (r"[^/.][^/]*" if last else ""))
        else:
            parts.append(("" if segment[:1] in ("", ".") else r"(?!\.)") + _segment(segment) + ("" if last else "/"))
    return "".join(parts)


def _segment(segment: str) -> str:
    tokens = re.finditer(r"\*+|\?|\[!?\]?[^\]]*\]|.", segment, re.DOTALL)
    found = []
    for token in tokens:
        text = token[0]
        if text.startswith("*"):
            found.append("[^/]*")
        elif text == "?":
            found.append("[^/]")
        elif text.startswith("[") and len(text) > 2:
            inner = text[1:-1].replace("\\", "\\\\").replace("[", r"\[")
            found.append(f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner.replace('^', chr(92) + '^', 1)}]")
        else:
            found.append(re.escape(text))
    return "".join(found)
