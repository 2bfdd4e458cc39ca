"""The rate pools against a simulated Braze: its own clock, its own windows, other clients, and slow answers."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from recon.braze.rates import Permit, RatePools
from recon.errors import Stopped

START = 1_700_000_000.0 + 0.4
"""Not on a window's edge."""


class World:
    """A clock that only moves when someone sleeps, and things that happen while it moves."""

    def __init__(self, start: float = START) -> None:
        self.now = start
        self.slept: list[float] = []
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        self.slept.append(seconds)
        self.until(self.now + seconds)

    def at(self, when: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._later, (when, next(self._order), what))

    def until(self, end: float) -> None:
        while self._later and self._later[0][0] <= end:
            when, _, what = heapq.heappop(self._later)
            self.now = max(self.now, when)
            what()
        self.now = max(self.now, end)


class Braze:
    """A pool as Braze keeps it: counts arrivals per window of its own clock, which runs `skew` s ahead of ours."""

    def __init__(self, world: World, limit: int, seconds: int, skew: float = 0.0) -> None:
        self.world, self.limit, self.seconds, self.skew = world, limit, seconds, skew
        self.ours: Counter[float] = Counter()
        self.theirs: Counter[float] = Counter()
        self.refused = 0

    def window(self) -> float:
        return ((self.world.now + self.skew) // self.seconds + 1) * self.seconds

    def arrive(self) -> tuple[int, CaseInsensitiveDict[str]]:
        end = self.window()
        status = 201
        if self.ours[end] + self.theirs[end] >= self.limit:
            self.refused += 1
            status = 429
        else:
            self.ours[end] += 1
        left = self.limit - self.ours[end] - self.theirs[end]
        headers = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, left)),
            "x-ratelimit-reset": str(int(end)),
            "date": format_datetime(datetime.fromtimestamp(int(self.world.now + self.skew), UTC)),
        }
        return status, CaseInsensitiveDict(headers)


def send(world: World, pools: RatePools, braze: Braze, pool: str, there: float = 0.0, back: float = 0.0) -> None:
    """One request, on its way for `there` seconds and its answer for `back`; does not wait for it."""
    permit = pools.acquire(pool)

    def arrive() -> None:
        status, headers = braze.arrive()
        world.at(world.now + back, lambda: pools.learn(permit, headers, refused=status == 429))

    world.at(world.now + there, arrive)
    world.until(world.now)


def answer(pools: RatePools, permit: Permit, refused: bool = False, **headers: object) -> None:
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    pools.learn(permit, CaseInsensitiveDict(named), refused=refused)


def test_a_whole_quota_less_the_reserve_is_used_in_every_window() -> None:
    world = World()
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    braze = Braze(world, 100, 3)
    end = world.now + 30
    while world.now < end:
        send(world, pools, braze, "track", 0.002, 0.002)
        world.until(world.now + 0.001)
    full = sorted(braze.ours)[1:-1]
    assert [braze.ours[window] for window in full] == [80] * len(full)
    assert len(full) >= 9


def test_before_the_first_answer_only_one_request_is_under_way() -> None:
    world = World()
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    braze = Braze(world, 5, 3)
    for _ in range(4):
        send(world, pools, braze, "track", 0.1, 0.1)
        world.until(world.now)
    assert max(braze.ours.values()) <= 4
    assert world.now > START + 0.19


def test_the_header_is_trusted_over_the_default_in_both_directions() -> None:
    for limit in (20, 30_000):
        world = World()
        pools = RatePools(clock=world.clock, sleep=world.sleep)
        answer(pools, pools.acquire("track"), X_RateLimit_Limit=limit)
        slept = len(world.slept)
        given = 1
        while len(world.slept) == slept:
            pools.release(pools.acquire("track"))
            given += 1
        assert given - 1 == limit * 0.8  # the last one came in the next window


def test_a_configured_ceiling_below_the_header_is_kept() -> None:
    world = World()
    pools = RatePools({"track": 100}, reserve=0.5, clock=world.clock, sleep=world.sleep)
    answer(pools, pools.acquire("track"), X_RateLimit_Limit=3000)
    for _ in range(49):
        pools.acquire("track")
    assert not world.slept
    pools.acquire("track")
    assert world.slept


def test_the_reserve_is_taken_from_what_other_clients_leave() -> None:
    world = World()
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    braze = Braze(world, 1000, 60)
    braze.theirs[braze.window()] = 500
    window = braze.window()
    while world.now < window - 1:
        send(world, pools, braze, "export_ids")
    assert braze.ours[window] == 400


def beside(share: Callable[[int], float], windows: int) -> Braze:
    """A pool of 1,000 in 3 s. Others take `share(n)` of window n, evenly; we send as much as we may, 333 a second."""
    world = World(START - START % 3)
    braze = Braze(world, 1000, 3)
    pools = RatePools(clock=world.clock, sleep=world.sleep)

    def take() -> None:
        if braze.ours[braze.window()] + braze.theirs[braze.window()] < braze.limit:
            braze.theirs[braze.window()] += 1

    for window in range(windows):
        wanted = int(share(window) * 1000)
        for number in range(wanted):
            world.at(world.now + 3 * (window + number / wanted), take)
    end = world.now + 3 * windows
    while world.now < end:
        send(world, pools, braze, "track", 0.01, 0.01)
        world.until(world.now + 0.003)
    return braze


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.95])
def test_beside_a_steady_client_no_request_of_ours_is_refused_and_all_that_is_left_is_used(share: float) -> None:
    braze = beside(lambda _: share, 8)
    assert braze.refused == 0
    for end in sorted(braze.ours)[:8]:
        # As far as they were seen when our share was used up; after that nothing of ours stands in their way.
        seen = braze.limit - braze.ours[end] / 0.8
        assert seen <= braze.theirs[end]
        assert braze.ours[end] + braze.theirs[end] >= min(0.9 * (800 + 1000 * share), 999)


def test_our_use_follows_what_others_take_from_window_to_window() -> None:
    braze = beside(lambda window: 0.8 if window % 3 == 1 else 0.0, 12)
    used = [braze.ours[end] for end in sorted(braze.ours)[:12]]
    assert braze.refused == 0
    assert {used[n] for n in range(12) if n % 3 != 1} == {800}
    assert max(used[n] for n in range(12) if n % 3 == 1) < 500


@pytest.mark.parametrize("seconds", [1, 3, 60, 3600])
def test_the_windows_length_is_learned_from_reset(seconds: int) -> None:
    world = World()
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    braze = Braze(world, 10, seconds)
    for _ in range(200):
        send(world, pools, braze, "export_ids")
    assert braze.refused == 0
    counts = [braze.ours[window] for window in sorted(braze.ours)]
    assert set(counts[-6:-1]) == {8}
    assert max(counts) <= 8


def test_requests_under_way_at_a_windows_end_count_in_the_window_they_reach() -> None:
    world = World(START - START % 3 + 2.9)
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    braze = Braze(world, 100, 3)
    send(world, pools, braze, "track")
    for _ in range(60):
        send(world, pools, braze, "track", 0.5, 0.5)  # all of them arrive in the next window
    world.until(world.now + 0.2)
    for _ in range(60):
        send(world, pools, braze, "track", 0.01, 0.01)
    world.until(world.now + 10)
    assert max(braze.ours.values()) <= 80


@pytest.mark.parametrize("skew", [-20.0, -1.3, 1.3, 20.0])
def test_a_wrong_clock_costs_at_most_the_first_windows(skew: float) -> None:
    world = World()
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    braze = Braze(world, 100, 3, skew)
    end = world.now + 60
    while world.now < end:
        send(world, pools, braze, "track", 0.002, 0.002)
        world.until(world.now + 0.02)
    later = [braze.ours[window] for window in sorted(braze.ours)[3:-1]]
    assert max(later) <= 80
    assert sum(later) >= 0.9 * 80 * len(later)


def exhausted(pools: RatePools, world: World) -> int:
    """How many requests the current window still admits."""
    slept, given = len(world.slept), 0
    while True:
        pools.acquire("track")
        if len(world.slept) > slept:
            return given
        given += 1


def test_a_window_that_only_an_answer_shows_as_begun_counts_that_request() -> None:
    world = World(START - START % 3 + 2.9)  # by our clock the old window has 0.1 s left, by Braze's it is over
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    answer(pools, pools.acquire("track"), X_RateLimit_Limit=10, X_RateLimit_Reset=int(world.now + 3.1))
    assert exhausted(pools, world) == 7


def test_a_clock_that_reset_proves_early_waits_longer_for_the_next_window() -> None:
    edge = START - START % 3
    world = World(edge + 0.5)  # by Braze's clock the window that ends at `edge` is still open
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    answer(pools, pools.acquire("track"), X_RateLimit_Limit=10, X_RateLimit_Reset=int(edge))
    exhausted(pools, world)
    assert world.now >= edge + 3.5


@settings(max_examples=40, deadline=None)
@given(
    limit=st.integers(2, 400),
    seconds=st.sampled_from([1, 3, 60]),
    reserve=st.sampled_from([0.0, 0.2, 0.5]),
    start=st.floats(0, 120),
    legs=st.lists(st.tuples(st.floats(0, 4), st.floats(0, 4), st.floats(0, 0.3)), min_size=5, max_size=80),
    others=st.integers(0, 30),
)
def test_no_window_ever_exceeds_the_allowed_share(
    limit: int,
    seconds: int,
    reserve: float,
    start: float,
    legs: list[tuple[float, float, float]],
    others: int,
) -> None:
    world = World(START + start)
    pools = RatePools(reserve=reserve, clock=world.clock, sleep=world.sleep)
    braze = Braze(world, limit, seconds)
    pool = {1: "track", 3: "track", 60: "identity"}[seconds]
    send(world, pools, braze, pool)
    for there, back, gap in itertools.islice(itertools.cycle(legs), 300):
        braze.theirs[braze.window()] = min(others, limit - braze.ours[braze.window()])
        send(world, pools, braze, pool, there, back)
        world.until(world.now + gap)
    world.until(world.now + 100)
    assert max(braze.ours.values()) <= max(1, math.floor((1 - reserve) * limit))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": 7, "X_RateLimit_Reset": int(START) + 2, "X_RateLimit_Remaining": 0}, 7.0),
        ({"X_RateLimit_Retry_After": 5, "X_RateLimit_Reset": int(START) + 2}, 5.0),
        ({"Retry_After": format_datetime(datetime.fromtimestamp(START + 9, UTC))}, 8.6),
        ({"X_RateLimit_Reset": int(START) + 40, "X_RateLimit_Remaining": 0}, 39.6),
        ({"X_RateLimit_Reset": int(START) - 5}, 0.0),
    ],
)
def test_a_refusal_pauses_the_whole_pool_as_long_as_it_says(headers: dict[str, object], seconds: float) -> None:
    world = World()
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    answer(pools, pools.acquire("track"))
    answer(pools, pools.acquire("track"), refused=True, **headers)
    pools.acquire("identity")
    assert world.now == START
    permit = pools.acquire("track")
    assert seconds <= world.now - START <= seconds + 5.5  # jitter; a Reset in the past also shows our clock as early
    assert permit.waited == pytest.approx(world.now - START)


def test_refusals_that_say_nothing_back_off_longer_and_longer_up_to_a_minute() -> None:
    world = World()
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    waits = []
    for _ in range(300):
        before = world.now
        permit = pools.acquire("track")
        waits.append(world.now - before)
        answer(pools, permit, refused=True)
    assert max(waits[:2]) <= 2.3
    assert 30 < max(waits) <= 60.3


def test_many_refusals_of_one_burst_count_once() -> None:
    world = World()
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    answer(pools, pools.acquire("track"))
    for permit in [pools.acquire("track") for _ in range(50)]:
        answer(pools, permit, refused=True)
    pools.acquire("track")
    assert world.now - START <= 2.3


def test_unreadable_headers_are_passed_over() -> None:
    world = World()
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    for nonsense in ("", "soon", "nan", "-1", "1e400", int(START * 1000)):
        permit = pools.acquire("track")
        answer(pools, permit, X_RateLimit_Limit=nonsense, X_RateLimit_Remaining=nonsense, X_RateLimit_Reset=nonsense)
    pools.acquire("track")
    assert world.now == START


def test_a_request_without_an_answer_gives_way_to_the_next_one() -> None:
    world = World()
    pools = RatePools(clock=world.clock, sleep=world.sleep)
    pools.release(pools.acquire("track"))
    pools.acquire("track")
    assert world.now == START


def test_waiting_ends_at_once_when_stopped() -> None:
    pools = RatePools()
    answer(pools, pools.acquire("track"), refused=True, Retry_After=3600)
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(Stopped):
        pools.acquire("track", stop)


def test_threads_share_a_pool_without_ever_exceeding_it() -> None:
    pools = RatePools(sleep=lambda seconds, stop: enough.wait(seconds))
    enough = threading.Event()
    lock = threading.Lock()
    given: Counter[float] = Counter()
    answer(pools, pools.acquire("track"), X_RateLimit_Limit=500)

    def work() -> None:
        while not enough.is_set():
            permit = pools.acquire("track")
            with lock:
                given[permit.window_end] += 1
            answer(pools, permit, X_RateLimit_Limit=500)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    enough.wait(0.5)
    enough.set()
    for thread in threads:
        thread.join()
    assert max(given.values()) <= 400 + len(threads)
