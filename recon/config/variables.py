"""The variables that recon.yml may name: a `.env` beside it, and the process environment, which wins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from recon.errors import ConfigError

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_QUOTED = re.compile(r"""(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s*(?:\#.*)?""")
_ESCAPES = {"n": "\n", "t": "\t"}
_REFERENCE = re.compile(r"\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read(file: Path) -> dict[str, str]:
    """The variables of a `.env`: lines `NAME=value`, quotes and `#` comments as shells have them; {} without a file.

    Raises ConfigError that names the lines it cannot read, never what is on them.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} cannot be read: {_reason(error)}", "Write it as UTF-8 text, readable by you."
        ) from None
    variables: dict[str, str] = {}
    broken: list[int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        value = _value(match[2]) if match else None
        if match is None or value is None:
            broken.append(number)
        else:
            variables[match[1]] = value
    if broken:
        lines = "\n".join(f"{file}:{number}: is no line NAME=value" for number in broken)
        raise ConfigError(lines, 'Write NAME=value, one a line; put values with blanks or # in "quotes".')
    return variables


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "unknown error") if isinstance(error, OSError) else "it is not UTF-8 text"


def _value(text: str) -> str | None:
    """The value behind `NAME=`; None if its quotes do not close."""
    if text[:1] not in ("'", '"'):
        return re.sub(r"(^|\s+)#.*", "", text)
    match = _QUOTED.fullmatch(text)
    if match is None:
        return None
    if match[2] is not None:
        return match[2]
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), match[1])


def fill_in(text: str, variables: Mapping[str, str]) -> tuple[str, list[str]]:
    """`text` with each `${NAME}` replaced, and what is wrong with those that could not be."""
    problems: list[str] = []

    def replace(match: re.Match[str]) -> str:
        name, closed = match[1], match[2]
        if not closed or not _NAME.fullmatch(name):
            problems.append("holds ${ without a variable; write ${NAME}, with letters, digits and _ only")
        elif name not in variables:
            problems.append(
                f"needs the variable {name}, which is not set; set it, or write it into .env beside the file"
            )
        else:
            return variables[name]
        return match[0]

    return _REFERENCE.sub(replace, text), problems
