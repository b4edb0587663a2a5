"""Reading the feeds for a rebuild: pages in the order of their positions, retried while a service is unavailable."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from shared import database
from shared.bus import Queue
from shared.bus.acceptance import refuse
from shared.feed import Feed, FeedUnavailable, FeedUnusable, ReadFeed

RETRY_SECONDS = 60.0  # how long a feed or the service's own database may be unavailable
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
T = TypeVar("T")


class FeedReader:
    """Reads the feeds of the services whose events a queue receives."""

    def __init__(self, queue: Queue, read_feed: ReadFeed) -> None:
        self._queue, self._read_feed = queue, read_feed

    async def page(self, service: str, after: int, limit: int, bearer: str) -> Feed:
        """A page of events of this service alone; `FeedUnusable` when it holds anything else or is out of order."""
        page = await retried(lambda: self._read_feed(service, after, limit, bearer))
        for event in page.items:
            if event.source != service:
                refuse(self._queue, service, event)
                raise FeedUnusable(f"the feed of {service} holds an event of another source ({event.id})")
        positions = [after, *(event.position for event in page.items)]
        if positions != sorted(set(positions)) or (page.next is not None and not page.items):
            raise FeedUnusable(f"the feed of {service} is not in the order of its positions")
        return page


async def retried(attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of `attempt`, retried for a while as long as a feed or the database is unavailable."""
    async for one in stamina.retry_context(
        on=_is_temporary,
        attempts=None,
        timeout=RETRY_SECONDS,
        wait_initial=FIRST_PAUSE,
        wait_max=LONGEST_PAUSE,
        wait_jitter=FIRST_PAUSE,
    ):
        with one:
            return await attempt()
    raise AssertionError("stamina returns or raises")


def _is_temporary(error: Exception) -> bool | float:
    """Whether a retry may help, or after how many seconds."""
    if isinstance(error, FeedUnavailable):
        return error.wait or True
    return database.is_platform_fault(error)
