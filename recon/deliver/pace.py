"""How fast requests leave, and how much of Braze's limit that is: for people to watch."""

from __future__ import annotations

import time
from collections import deque

from recon.braze.client import BrazeClient
from recon.braze.rates import RatePools

_SECONDS = 10.0
"""Over which the rate is taken: several windows of the shortest limit, each of which may be used up at once."""


class Pace:
    """Says `160 requests/s, 80% of limit`; the limit is that of `pool`, for all its clients together."""

    def __init__(self, braze: BrazeClient, rates: RatePools, pool: str) -> None:
        self._braze = braze
        self._rates = rates
        self._pool = pool
        self._seen = deque([(time.monotonic(), braze.traffic.requests)])

    def __call__(self) -> str:
        now, sent = time.monotonic(), self._braze.traffic.requests
        self._seen.append((now, sent))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _SECONDS:
            self._seen.popleft()
        began, before = self._seen[0]
        rate = (sent - before) / max(now - began, 0.001)
        limit = self._rates.per_second(self._pool)
        return f"{rate:,.0f} requests/s" + (f", {rate / limit:.0%} of limit" if limit else "")
