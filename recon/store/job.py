"""What every step of a run is handed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from recon.config.models import Config
from recon.store.progress import Progress, Silent
from recon.store.runs import Run, Runs


@dataclass(frozen=True)
class Job:
    """One run at work: its configuration and folder, where progress is shown, and the sign to stop."""

    config: Config
    run: Run
    progress: Progress = field(default_factory=Silent)
    stop: threading.Event = field(default_factory=threading.Event)
    """Set: end soon, in good order."""
    sending: threading.Event = field(default_factory=threading.Event)
    """Set while requests that write are in flight: then a signal waits for their answers."""

    @property
    def state(self) -> Path:
        return self.config.state_folder

    @property
    def runs(self) -> Runs:
        return Runs(self.state)
