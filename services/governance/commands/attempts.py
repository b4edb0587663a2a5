"""How often a password may be tried, counted before any work is done for it: per name, and per address."""

import math

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from services.governance.errors import TooManyAttempts
from shared import clock

PER_NAME = RateLimitItemPerMinute(10)
PER_ADDRESS = RateLimitItemPerMinute(60)


class Attempts:
    """The attempts of the last minute in this process."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())

    async def count(self, name: str, address: str) -> None:
        """Count one attempt; `TooManyAttempts` says how long to wait when there were too many."""
        await self._hit(PER_ADDRESS, "address", address)
        await self._hit(PER_NAME, "name", name)

    async def succeeded(self, name: str) -> None:
        """Forget the attempts under a name that has proved itself; the address goes on being counted."""
        await self._window.clear(PER_NAME, "name", name)

    async def _hit(self, limit: RateLimitItem, kind: str, who: str) -> None:
        if await self._window.hit(limit, kind, who):
            return
        stats = await self._window.get_window_stats(limit, kind, who)
        wait = math.ceil(stats.reset_time - clock.now().timestamp())
        raise TooManyAttempts(min(max(wait, 1), limit.get_expiry()))
