"""Reads recon.yml: variables filled in, every problem found in one go, each with its line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from recon.config import document, suites, variables
from recon.config.models import Config
from recon.errors import ConfigError


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration in the file `path`.

    `${NAME}` in its texts takes a variable: from `environ`, else from a file `.env` beside `path`. Raises ConfigError
    whose text lists every problem on a line of its own, `file:line: key: what is wrong`; no value is ever repeated.
    """
    text = _read(path)
    values = variables.read(path.with_name(".env")) | dict(environ)
    try:
        found = document.read(text, values)
    except document.BrokenYaml as error:
        what = f"{path}:{error.line}:{error.column}: is not YAML: {error}"
        raise ConfigError(what, "Correct that line; often the mistake is on the line above.") from None
    if found.data is None and not found.problems:
        raise ConfigError(f"{path} is empty", "Run `recon init` in another folder for a commented one to start from.")
    config = _validate(found, path)
    if config is None:
        lines = [f"{path}:{p.line}: {p.path or 'the file'}: {p.what}" for p in sorted(found.problems)]
        raise ConfigError("\n".join(lines), _remedy(found))
    suites.read(config)  # a file that is wrong is told before anything is done
    return config


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"there is no {path}", "Run `recon init` to get one, or name yours with --config.") from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder", "Name the file: --config FOLDER/recon.yml.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text", "Save it as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Make it readable for this user.") from None


def _validate(found: document.Document, path: Path) -> Config | None:
    """The configuration, or None with the reasons in `found.problems`."""
    try:
        config = Config.model_validate(found.data, context={"file": path})
    except ValidationError as error:
        from recon.config import problems  # only for a file that is wrong

        for loc, what in problems.explain(error, Config):
            if loc in found.unresolved:
                continue
            if loc in found.varying:
                what += " (it comes from a variable, and variables are always text)" if "number" in what else ""
            found.complain(loc, what)
        return None
    return None if found.problems else config


def _remedy(found: document.Document) -> str:
    if len(found.unresolved) == len(found.problems):
        return "Set the variables named above, or write them into a file .env beside recon.yml."
    return (
        "Correct the lines named above; docs/configuration.md describes every key, `recon schema` lets editors check."
    )
