"""The seed: a shop's customers on both sides, with drift that is known because it was put there.

The truth is written down as it is drawn, never computed by comparing, and shares nothing with recon's own mapping or
drift. One module for each kind of drift: `attributes` is the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recon.sandbox.seed.truth import Truth
    from recon.sandbox.seed.world import seed

__all__ = ["Truth", "seed"]


def __getattr__(name: str) -> object:
    # `recon.cli` may import this package; DuckDB and the store are loaded when they are needed.
    if name == "seed":
        from recon.sandbox.seed.world import seed

        return seed
    if name == "Truth":
        from recon.sandbox.seed.truth import Truth

        return Truth
    raise AttributeError(name)
