"""Rate pools: fixed, clock-aligned windows, per workspace (facts/braze-rest-api §1.6, §9)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from recon.errors import ConfigError

POOLS: dict[str, tuple[int, float]] = {
    "track": (3_000, 3),
    "export_ids": (250, 60),
    "export_segment": (250_000, 3600),
    "identity": (20_000, 60),  # delete, alias/new, alias/update, identify, merge
    "external_ids_rename": (1_000, 60),
    "external_ids_remove": (1_000, 60),
    "subscription_set": (5_000, 60),
    "subscription_status": (250_000, 3600),
    "catalogue": (1_000, 3600),  # /custom_attributes
    "general": (250_000, 3600),
}
"""Name → (requests, seconds)."""


@dataclass(slots=True)
class Pool:
    """One pool and what its current window has left."""

    limit: int
    seconds: float
    window: int = -1
    used: int = 0

    def take(self, now: float) -> bool:
        """Count a request at `now`; False if the window is used up (a refused request costs nothing)."""
        self._turn(now)
        if self.used >= self.limit:
            return False
        self.used += 1
        return True

    def headers(self, now: float, *, empty: bool = False) -> dict[str, str]:
        """The X-RateLimit-* headers; `empty` shows a used-up window (the 429 fault)."""
        self._turn(now)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(0 if empty else self.limit - self.used),
            "X-RateLimit-Reset": str(math.ceil((self.window + 1) * self.seconds)),
        }

    def _turn(self, now: float) -> None:
        window = int(now // self.seconds)
        if window != self.window:
            self.window, self.used = window, 0


class Limits:
    """All pools of the workspace."""

    def __init__(self, overrides: Mapping[str, Mapping[str, float]]) -> None:
        self._pools = {name: Pool(limit, seconds) for name, (limit, seconds) in POOLS.items()}
        for name, override in overrides.items():
            if name not in self._pools or not set(override) <= {"limit", "seconds"}:
                raise ConfigError(
                    f"sandbox.json: braze.limits.{name} is no pool with limit and seconds",
                    f"pools are {', '.join(POOLS)}",
                )
            pool = self._pools[name]
            pool.limit = int(override.get("limit", pool.limit))
            pool.seconds = float(override.get("seconds", pool.seconds))

    def pool(self, name: str) -> Pool:
        return self._pools[name]
