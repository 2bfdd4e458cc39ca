"""What browser tests look at, and where their pictures go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recon.sandbox.seed import Truth

ARTIFACTS = Path(__file__).parents[2] / "artifacts"
"""Where pictures are kept for people to look at."""


@dataclass(frozen=True)
class Night:
    """A repaired night of 400 people, seen from its files."""

    folder: Path
    truth: Truth

    @property
    def index(self) -> Path:
        return self.folder / ".recon" / "index.html"

    @property
    def audit(self) -> Path:
        [path] = (self.folder / ".recon" / "runs").glob("*/audit/audit.html")
        return path

    @property
    def report(self) -> Path:
        [path] = (self.folder / ".recon" / "runs").glob("*/report.html")
        return path
