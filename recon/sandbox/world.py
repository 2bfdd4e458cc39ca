"""Everything the sandbox holds while it runs."""

from __future__ import annotations

import random
from pathlib import Path

from recon.sandbox.applier import Applier, Effect
from recon.sandbox.catalogue import Catalogue
from recon.sandbox.faults import Faults
from recon.sandbox.limits import Limits
from recon.sandbox.requestlog import RequestLog
from recon.sandbox.settings import Settings
from recon.sandbox.store import Store
from recon.sandbox.subscriptions import Subscriptions
from recon.sandbox.track import Tracker


class World:
    """Opened on a folder; `close` ends its threads. Endpoints run on the event loop's thread and only read `store`."""

    def __init__(self, folder: Path) -> None:
        from recon.sandbox.export import Exports  # exports' endpoints know the world

        self.folder = folder
        self.settings = Settings.load(folder)
        braze = self.settings.braze
        path = folder / "braze.sqlite"
        if not path.exists():
            Store.create(path).close()
        self.store = Store(path)
        self.catalogue = Catalogue(braze.attributes, self.store)
        self.subscriptions = Subscriptions(braze.subscription_groups, braze.modes)
        self.tracker = Tracker(self.catalogue, self.subscriptions, braze.modes)
        self.limits = Limits(braze.limits)
        self.faults = Faults()
        self.log = RequestLog(folder / "received.sqlite")
        self.exports = Exports(folder, self.settings)
        self.suppressed = frozenset(self.settings.segment.suppressed)
        self.keys = {key.key: key for key in braze.keys}
        self.applier = Applier(path)

    def queue(self, effect: Effect) -> None:
        """Have an accepted request applied after a delay drawn from `apply_delay`."""
        self.applier.submit(effect, random.uniform(*self.settings.braze.apply_delay))

    def close(self) -> None:
        self.exports.stop()
        self.applier.stop()
        self.log.close()
        self.store.close()
