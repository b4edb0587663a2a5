"""Limits by key: places for requests, seconds of processing, and log lines about refusals."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, inf

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from shared.errors import TooMany
from shared.http import limits
from shared.http.limits import Allowance

MOST_KEYS, MINUTE = 20_000, 60.0
_OPEN = RateLimitItemPerSecond(limits.OPEN_PER_SECOND)


class Budgets:
    """Seconds of processing by key: they come back at a steady rate, up to a burst."""

    def __init__(self, share: float, burst: float, now: Callable[[], float] = time.monotonic) -> None:
        self._share, self._burst, self._now = share, burst, now
        self._levels: dict[str, tuple[float, float]] = {}

    @property
    def unlimited(self) -> bool:
        """Whether there is nothing to count."""
        return self._share == inf

    def wait(self, key: str) -> float:
        """The seconds until `key` may go on; 0 when it may now."""
        if (known := self._levels.get(key)) is None:
            return 0.0
        level = self._level(*known)
        return 0.0 if level > 0 else max(-level / self._share, 0.001)

    def spend(self, key: str, seconds: float) -> None:
        """Take `seconds` from the budget of `key`; a debt is never larger than what comes back in `LONGEST_WAIT`."""
        known = self._levels.pop(key, None)
        level = (self._level(*known) if known else self._burst) - seconds
        self._levels[key] = (max(level, -limits.LONGEST_WAIT * self._share), self._now())
        if len(self._levels) > MOST_KEYS:
            self._forget()

    def _level(self, level: float, at: float) -> float:
        return min(level + (self._now() - at) * self._share, self._burst)

    def _forget(self) -> None:
        # the least recently used keys come first; their budgets have recovered the most
        for key in list(self._levels)[: MOST_KEYS // 10]:
            del self._levels[key]


@dataclass(slots=True)
class _Line:
    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Places:
    """Requests under way by key: `at_once` run, `waiting` more wait in order of arrival, the others are refused."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once, self._waiting = at_once, waiting
        self._lines: dict[str, _Line] = {}

    async def enter(self, key: str) -> bool:
        """Take a place, after waiting for it if need be; False when too many wait already."""
        if (line := self._lines.get(key)) is None:
            line = self._lines[key] = _Line()
        if line.running < self._at_once:
            line.running += 1
            return True
        if len(line.waiting) >= self._waiting:
            return False
        admitted = asyncio.get_running_loop().create_future()
        line.waiting.append(admitted)
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():
                self.leave(key)  # the place was given to a request that has gone
            else:
                line.waiting.remove(admitted)
            raise
        return True

    def leave(self, key: str) -> None:
        """Give the place back, to the first that waits."""
        line = self._lines[key]
        while line.waiting:
            admitted = line.waiting.popleft()
            if not admitted.done():
                admitted.set_result(None)
                return
        line.running -= 1
        if not line.running:
            del self._lines[key]


class Tier:
    """One kind of caller: its allowance, and what each of them uses of it."""

    def __init__(self, allowance: Allowance) -> None:
        self.places = Places(allowance.at_once, allowance.waiting)
        self.budgets = Budgets(allowance.share, allowance.burst)


class Limiter:
    """What is under way in this process, and what it has cost, by caller and by address."""

    def __init__(self) -> None:
        self.anonymous, self.without_role = Tier(limits.ANONYMOUS), Tier(limits.WITHOUT_ROLE)
        self.with_role, self.operating = Tier(limits.WITH_ROLE), Tier(limits.OPERATING)
        self.bodies = Places(limits.BODIES_AT_ONCE, 0)
        self.refusals = Places(limits.REFUSALS_HELD, 0)
        self._open = MovingWindowRateLimiter(MemoryStorage())
        self._lines: dict[str, tuple[float, int]] = {}

    async def count_open_call(self, path: str, address: str) -> None:
        """`TooMany` when an address calls an open path too often."""
        if not await self._open.hit(_OPEN, path, address):
            raise TooMany(f"More than {limits.OPEN_PER_SECOND} calls a second; wait a second.", headers=retry_after(1))

    def lines_to_write(self, address: str) -> int:
        """How many refusals the next log line about this address counts; 0 when this minute has enough lines."""
        now = time.monotonic()
        begun, count = self._lines.pop(address, (now, 0))
        fresh = now - begun > MINUTE
        unwritten = max(count - limits.LOGGED_PER_MINUTE, 0) if fresh else 0
        begun, count = (now, 1) if fresh else (begun, count + 1)
        self._lines[address] = (begun, count)
        if len(self._lines) > MOST_KEYS:
            del self._lines[next(iter(self._lines))]
        return 1 + unwritten if count <= limits.LOGGED_PER_MINUTE else 0


def retry_after(seconds: float) -> dict[str, str]:
    """The header that says when to try again."""
    return {"Retry-After": str(max(ceil(seconds), 1))}
