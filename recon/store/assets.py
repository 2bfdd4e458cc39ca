"""Where sql/ and reports/ lie: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def folder(name: str) -> Path:
    """The folder `sql` or `reports`."""
    package = Path(__file__).parent.parent
    in_wheel = package / "_assets" / name
    return in_wheel if in_wheel.is_dir() else package.parent / name
