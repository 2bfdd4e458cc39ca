"""What stands for people in a report: pseudonyms, or who they are where that was asked for by name."""

from __future__ import annotations

from recon.store.pseudonyms import Pseudonyms


class Revealed(Pseudonyms):
    """Every identifier as it is, for a report that was asked for by name (`recon report --reveal`)."""

    def of(self, identifier: str) -> str:
        """The identifier itself."""
        return identifier
