"""What every step of a run is handed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from recon.config.models import Config
from recon.store.progress import Progress, Silent
from recon.store.run import Run
from recon.store.runs import Runs


@dataclass(frozen=True)
class Work:
    """A command at work: its configuration, where progress is shown, and the sign to stop."""

    config: Config
    progress: Progress = field(default_factory=Silent, kw_only=True)
    stop: threading.Event = field(default_factory=threading.Event, kw_only=True)
    """Set: end soon, in good order."""
    sending: threading.Event = field(default_factory=threading.Event, kw_only=True)
    """Set while requests that write are in flight: then a signal waits for their answers."""

    @property
    def state(self) -> Path:
        return self.config.state_folder

    @property
    def runs(self) -> Runs:
        return Runs(self.state)


@dataclass(frozen=True)
class Job(Work):
    """One run at work, in its folder."""

    run: Run
