"""A YAML 1.2 file as plain data that remembers lines, with its variables filled in.

Every problem is collected with its place instead of being raised, so that one look at the file shows all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from recon.config import variables
from recon.config.values import Loc

_TAG = "tag:yaml.org,2002:"


class BrokenYaml(Exception):
    """The text is no YAML; `line` and `column` count from 1, 0 where they are unknown."""

    def __init__(self, what: str, line: int, column: int) -> None:
        super().__init__(what)
        self.line = line
        self.column = column


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong at a place of the file."""

    line: int
    path: str
    what: str


@dataclass
class Document:
    """The data of a file (dicts, tuples, scalars) and the line of every key and element."""

    data: Any = None
    lines: dict[Loc, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unresolved: set[Loc] = field(default_factory=set)
    """Places whose variable could not be filled in: what they hold says nothing."""
    varying: set[Loc] = field(default_factory=set)
    """Places whose text names a variable."""

    def line(self, loc: Loc) -> int:
        """The line of a place, or of the closest place around it that is in the file."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)

    def complain(self, loc: Loc, what: str) -> None:
        """Note a problem at `loc`."""
        problem = Problem(self.line(loc), path(loc), what)
        if problem not in self.problems:
            self.problems.append(problem)


def path(loc: Loc) -> str:
    """A place as people write it: `braze.export.files`, `attributes[2].to`; rows count from 0."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")


def read(text: str, values: Mapping[str, str]) -> Document:
    """Read YAML 1.2 and fill in `${NAME}` from `values`. Raises BrokenYaml if there is no reading it at all."""
    document = Document()
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # the warning would show the line
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        raise _broken(error, text) from None
    except YAMLError as error:
        position = getattr(error, "position", 0)
        before = text[:position]
        raise BrokenYaml(
            "holds a character that YAML does not allow", before.count("\n") + 1, position - before.rfind("\n")
        ) from None
    if root is not None:
        document.data = _Reader(document, values).value(root, ())
    return document


def _broken(error: MarkedYAMLError, text: str) -> BrokenYaml:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    lines = text.splitlines()
    around = lines[line - 1][:column] if 0 < line <= len(lines) else ""
    if re.search(r"\$\{+$", around):
        return BrokenYaml('inside { } a variable needs quotes; write "${NAME}"', line, column)
    # Names of aliases and the like are the file's own text, which may be a key: leave them out.
    what = re.sub(r"(alias|anchor|handle) '[^']*'", r"\1", str(error.problem or "cannot be read"))
    return BrokenYaml(what, line, column)


class _Reader:
    def __init__(self, document: Document, values: Mapping[str, str]) -> None:
        self.document = document
        self.values = values
        self.open: list[Node] = []

    def value(self, node: Node, loc: Loc) -> Any:
        self.document.lines.setdefault(loc, node.start_mark.line + 1)
        if any(node is outer for outer in self.open):
            self.document.complain(loc, "contains itself through an alias (*)")
            return None
        self.open.append(node)
        try:
            if isinstance(node, MappingNode):
                return self.mapping(node, loc)
            if isinstance(node, SequenceNode):
                return tuple(self.value(item, (*loc, row)) for row, item in enumerate(node.value))
            return self.scalar(node, loc)
        finally:
            self.open.pop()

    def mapping(self, node: MappingNode, loc: Loc) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.document.complain(loc, "has a key that is no text")
                continue
            key = str(key_node.value)
            place = (*loc, key)
            line = key_node.start_mark.line + 1
            if key in data:
                first = self.document.lines[place]
                self.document.problems.append(
                    Problem(line, path(place), f"stands twice, first in line {first}; keep one")
                )
                continue
            self.document.lines[place] = line
            data[key] = self.value(value_node, place)
        return data

    def scalar(self, node: Node, loc: Loc) -> Any:
        text, kind = str(node.value), str(node.tag).removeprefix(_TAG)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return _int(text)
        if kind == "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan").replace("_", ""))
        # Text, and the tags that YAML 1.2 does not resolve by itself, such as timestamps.
        if "${" not in text:
            return text
        filled, problems = variables.fill_in(text, self.values)
        self.document.varying.add(loc)
        for problem in problems:
            self.document.unresolved.add(loc)
            self.document.complain(loc, problem)
        return filled


def _int(text: str) -> int:
    digits = text.lower().replace("_", "").lstrip("+-")
    number = int(digits, 0) if digits[:2] in ("0x", "0o", "0b") else int(digits)
    return -number if text.startswith("-") else number
