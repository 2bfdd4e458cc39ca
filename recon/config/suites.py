"""Suites: gates of a user's own, a file each, that `quality.suites` names."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from recon.config import document
from recon.config.document import Document
from recon.config.models import Config
from recon.config.values import Loc, Section, Text
from recon.errors import ConfigError

_REMEDY = "Correct the lines named above; docs/quality.md describes suites, `recon doctor` checks them."


class Expectation(Section):
    """What Great Expectations is asked about the rows of `sql`, by its own names."""

    type: Text
    """Such as `expect_column_values_to_be_between`."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """What it takes, such as `column` and `min_value`."""


class Suite(Section):
    """One file of `quality.suites`: a measure in SQL, and what is expected of its rows."""

    name: Text
    """What it is called in messages and in the report."""
    when: Literal["inputs", "plan"] = "inputs"
    """Which it is about: what was loaded, or what is about to be sent."""
    sql: Text
    """One SELECT over recon's views."""
    key: Text | None = None
    """The column that tells rows apart in examples. It is shown as it is, so it may name nobody."""
    expectations: Annotated[tuple[Expectation, ...], Field(min_length=1)]
    """What is expected of the rows."""


@dataclass(frozen=True)
class SuiteFile:
    """A suite, its file as people know it, and the lines in it."""

    path: str
    suite: Suite
    document: Document

    def wrong(self, loc: Loc, what: str, below: int = 0) -> ConfigError:
        """The error that blames a place of the file, or the line so far below it."""
        line = self.document.line(loc) + below
        return ConfigError(f"{self.path}:{line}: {document.path(loc)}: {what}", _REMEDY)


def read(config: Config) -> list[SuiteFile]:
    """All suites in the order of their paths. ConfigError lists every problem in them, each with file and line."""
    found, problems = [], []
    for path in _files(config):
        shown = str(path.relative_to(config.folder)) if path.is_relative_to(config.folder) else str(path)
        try:
            contents = document.read(path.read_text(encoding="utf-8-sig"), {})
        except (document.BrokenYaml, UnicodeDecodeError, OSError) as error:
            line = getattr(error, "line", 1)
            problems.append(f"{shown}:{line}: cannot be read: {getattr(error, 'strerror', None) or error}")
            continue
        suite = _validated(contents)
        if suite is None:
            problems += [f"{shown}:{p.line}: {p.path or 'the file'}: {p.what}" for p in sorted(contents.problems)]
        else:
            found.append(SuiteFile(shown, suite, contents))
    if problems:
        raise ConfigError("\n".join(problems), _REMEDY)
    return found


def _files(config: Config) -> list[Path]:
    files: set[Path] = set()
    for row, pattern in enumerate(config.quality.suites):
        matches = glob.glob(config.resolve(pattern), recursive=True)  # noqa: PTH207 - an absolute pattern
        if not matches:
            what = f"{config.file}: quality.suites[{row}]: no file matches {pattern}"
            raise ConfigError(what, "Write the pattern relative to recon.yml, or take the line out.")
        files |= set(map(Path, matches))
    return sorted(files)


def _validated(contents: Document) -> Suite | None:
    """The suite, or None with the reasons in the document's problems."""
    try:
        suite = Suite.model_validate(contents.data)
    except ValidationError as error:
        from recon.config import problems  # only for a file that is wrong

        for loc, what in problems.explain(error, Suite):
            contents.complain(loc, what)
        return None
    return None if contents.problems else suite
