"""Braze's rate pools, shared by every thread of the process (facts/braze-rest-api §1.6, §9).

A pool admits a number of requests in each window; windows are fixed and aligned to the clock, not rolling. Three rules
keep recon below its share of every window *as Braze counts it*:

- a request that is still under way when a window ends counts against the next one as well, until its answer tells by
  `X-RateLimit-Reset` which of the two it fell into;
- a clock that answers prove early or late is corrected, for windows of three seconds leave no room for a wrong one;
- of what others leave of a pool, `reserve` stays free for production traffic.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache

from recon.braze.endpoints import POOLS
from recon.errors import Stopped

_WINDOWS = (1, 2, 3, 5, 10, 15, 20, 30, 60, 300, 600, 900, 1_800, 3_600, 86_400)
"""Window lengths in seconds that a `Reset` is read as; every one divides a day, as clock-aligned windows do."""

_MAX_CLOCK_ERROR = 300.0
"""Seconds. A `Date` or `Reset` further off is an error of the sender, not of our clock."""

_DATE_SLACK = 2.0
"""Seconds that an answer's `Date` may lag: it is cut to whole seconds, and servers refresh it once a second."""

_BACKOFF_BASE, _BACKOFF_CAP = 1.0, 60.0
_JITTER = 0.25
_LONGEST_PAUSE = 3_600.0
"""Seconds: the longest window there is among recon's pools."""
_PROBE_POLL = 0.02


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to send one request. Hand it back with `learn` (answered) or `release` (no answer)."""

    pool: str
    at: float
    """Our clock when it was given, epoch seconds."""
    window_end: float
    waited: float
    """Seconds that `acquire` blocked."""


@dataclass(slots=True)
class _State:
    """One pool now. Times are Braze's clock as far as we know it, epoch seconds."""

    ceiling: float | None
    """Requests a second that the configuration allows at most; None where it sets nothing."""
    seconds: int
    limit: float
    window_end: float = 0.0
    used: int = 0
    """Requests that may fall into this window: given out in it, or under way when it began."""
    others: int = 0
    """Requests of other clients in this window, as far as `Remaining` proves them."""
    in_flight: int = 0
    answered: bool = False
    paused_until: float = 0.0
    refusals: int = 0
    """Refusals in a row; of requests that were under way together, one."""
    refused_at: float = -math.inf
    """Our clock, as `Permit.at`."""

    def allowed(self, reserve: float) -> int:
        limit = self.limit if self.ceiling is None else min(self.limit, self.ceiling * self.seconds)
        share = math.floor((1 - reserve) * (limit - self.others) + 1e-9)
        return share if self.others else max(1, share)

    def roll(self, window_end: float) -> None:
        self.window_end = window_end
        self.used = self.in_flight
        self.others = 0

    def pause(self, now: float, reserve: float) -> float:
        """Seconds until asking again is worth it; 0 when a request may be sent."""
        if now >= self.window_end:
            self.roll((now // self.seconds + 1) * self.seconds)
        if now < self.paused_until:
            return self.paused_until - now
        if not self.answered and self.in_flight:
            return _PROBE_POLL  # the real limit is unknown until the first answer: one request finds out
        if self.used < self.allowed(reserve):
            return 0.0
        return self.window_end - now


class RatePools:
    """All rate pools of one Braze workspace. Make one per process: limits are per workspace, not per key.

    `limits` holds ceilings by pool name (`endpoints.POOLS`), in requests per that pool's window: set one only where
    the configuration does, for the header of Braze's answers is trusted over any default. `reserve` is the share of
    every window left to production traffic. `clock` gives epoch seconds; `sleep(seconds, stop)` may return early.
    """

    def __init__(
        self,
        limits: Mapping[str, int] | None = None,
        *,
        reserve: float = 0.2,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float, threading.Event | None], object] | None = None,
    ) -> None:
        if not 0 <= reserve < 1:
            raise ValueError("reserve must be at least 0 and below 1")
        unknown = sorted(set(limits or {}) - set(POOLS))
        if unknown:
            raise ValueError(f"unknown rate pool: {', '.join(unknown)}")
        self._reserve = reserve
        self._clock = clock
        self._sleep = sleep or _sleep
        self._lock = threading.Lock()
        self._offset = 0.0  # Braze's clock less ours, seconds; 0 unless answers prove otherwise
        self._states = {}
        for name, pool in POOLS.items():
            ceiling = (limits or {}).get(name)
            per_second = None if ceiling is None else ceiling / pool.seconds
            self._states[name] = _State(per_second, pool.seconds, pool.limit)

    def acquire(self, pool: str, stop: threading.Event | None = None) -> Permit:
        """Block until a request of `pool` may be sent. Raises Stopped when `stop` is set meanwhile."""
        state = self._states[pool]
        began = None
        while True:
            if stop is not None and stop.is_set():
                raise Stopped("stopped while waiting for Braze's rate limit")
            with self._lock:
                at = self._clock()
                pause = state.pause(at + self._offset, self._reserve)
                if pause <= 0:
                    state.used += 1
                    state.in_flight += 1
                    return Permit(pool, at, state.window_end, 0.0 if began is None else at - began)
            began = at if began is None else began
            self._sleep(max(pause, 0.001), stop)

    @property
    def clock_offset(self) -> float:
        """Braze's clock less ours, seconds, as far as the answers so far prove it; 0 where they prove nothing."""
        return self._offset

    def refusals(self, pool: str) -> int:
        """How often in a row Braze has refused `pool` since it last let a request through."""
        return self._states[pool].refusals

    def per_second(self, pool: str) -> float | None:
        """Braze's limit of `pool` in requests a second, for all clients together; None before the first answer."""
        state = self._states[pool]
        return state.limit / state.seconds if state.answered else None

    def release(self, permit: Permit) -> None:
        """The request of `permit` got no answer. It stays counted: it may have reached Braze."""
        with self._lock:
            self._states[permit.pool].in_flight -= 1

    def learn(self, permit: Permit, headers: Mapping[str, str], *, refused: bool = False) -> None:
        """Take in the answer to `permit`'s request; `refused` means 429, after which the whole pool pauses.

        `headers` is case-insensitive, as requests gives it. Missing or unreadable headers teach nothing.
        """
        limit = _number(headers.get("X-RateLimit-Limit"))
        remaining = _number(headers.get("X-RateLimit-Remaining"))
        reset = _number(headers.get("X-RateLimit-Reset"))
        with self._lock:
            state = self._states[permit.pool]
            state.in_flight -= 1
            state.answered = True
            received = self._clock()
            if reset is not None and not -_MAX_CLOCK_ERROR <= reset - received <= _WINDOWS[-1] + _MAX_CLOCK_ERROR:
                reset = None
            self._set_clock(permit, _date(headers.get("Date")), reset, received)
            now = received + self._offset
            if reset is not None:
                _align(state, permit, reset, now)
            if limit is not None and limit >= 1:
                state.limit = limit
                if remaining is not None and reset == state.window_end:
                    # `used` is at least what Braze counted of us by then, so the rest of what is gone was others'.
                    state.others = max(state.others, int(limit - remaining) - state.used)
            if refused:
                _pause(state, permit, headers, remaining, reset, received, now)
            elif permit.at > state.refused_at:
                state.refusals = 0

    def _set_clock(self, permit: Permit, date: float | None, reset: float | None, received: float) -> None:
        """Correct our clock by what must be true of Braze's: it had reached `date` when we received the answer, and
        neither `reset` nor a `date` two seconds later when we sent the request."""
        if date is not None and abs(date - received) <= _MAX_CLOCK_ERROR:
            self._offset = min(max(self._offset, date - received), date + _DATE_SLACK - permit.at)
        if reset is not None:
            self._offset = min(self._offset, reset - permit.at)


def _align(state: _State, permit: Permit, reset: float, now: float) -> None:
    """Correct the window's length, end and count by what one answer's `Reset` shows."""
    left = reset - now
    fitting = [seconds for seconds in _WINDOWS if seconds >= left and reset % seconds == 0]
    if left > state.seconds + 1 and fitting:  # 1: the header knows whole seconds only
        state.seconds = fitting[0]
    elif reset % state.seconds and (shorter := [seconds for seconds in fitting if seconds < state.seconds]):
        state.seconds = shorter[-1]
        state.window_end = min(state.window_end, reset)
    if reset > state.window_end:
        state.roll(reset)
        state.used += 1
    elif reset < state.window_end and permit.window_end < state.window_end:
        state.used -= 1  # it was carried over, but fell into the window before


def _pause(
    state: _State,
    permit: Permit,
    headers: Mapping[str, str],
    remaining: float | None,
    reset: float | None,
    received: float,
    now: float,
) -> None:
    """Pause the pool after a 429: a time Braze names, else the end of an exhausted window, else back off."""
    if permit.at > state.refused_at:  # refusals of requests sent before the last refusal are no news
        state.refusals += 1
        state.refused_at = received
    backoff = random.uniform(0, min(_BACKOFF_CAP, _BACKOFF_BASE * 2.0 ** min(state.refusals, 10)))
    delay = retry_after(headers, now)
    if delay is None and reset is not None and (remaining is None or remaining <= 0):
        # A window that stays exhausted across its own end is not what it seems: back off as well.
        delay = max(0.0, reset - now, backoff if state.refusals > 2 else 0.0)
    if delay is None:
        delay = backoff
    state.paused_until = max(state.paused_until, now + delay + random.uniform(0, _JITTER))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that `Retry-After` (seconds or a date) or `X-RateLimit-Retry-After` asks for, from 0 to an hour."""
    for name in ("Retry-After", "X-RateLimit-Retry-After"):
        text = headers.get(name)
        seconds = _number(text)
        if seconds is None and (date := _date(text)) is not None:
            seconds = date - now
        if seconds is not None:
            return min(max(0.0, seconds), _LONGEST_PAUSE)
    return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@lru_cache(maxsize=8)  # it changes once a second, and answers come by the hundred
def _date(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None


def _sleep(seconds: float, stop: threading.Event | None) -> None:
    if stop is None:
        time.sleep(seconds)
    else:
        stop.wait(seconds)
