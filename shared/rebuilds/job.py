"""The job of a rebuild: one at a time for each service, in one process, with the token of the administrator who started it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol, TypeVar
from uuid import UUID

import stamina
import structlog

from shared import clock, database, security_log
from shared.bus import Queue
from shared.bus.acceptance import acceptable, refuse
from shared.contracts import Actor, Event
from shared.contracts.rebuilds import RebuildCompleted, RebuildFailed, RebuildStarted, RebuiltFeed
from shared.errors import Conflict, NotFound
from shared.feed import Feed, FeedUnavailable, FeedUnusable, ReadFeed, TokenRejected
from shared.inbox import Routes, dispatch
from shared.rebuilds import stored
from shared.rebuilds.stored import Progress, Rebuild
from shared.unit_of_work import Work

log = structlog.get_logger(__name__)

READ_AT_ONCE = 1000
RETRY_SECONDS = 60.0  # how long a feed or the service's own database may be unavailable
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
TOKEN_REJECTED = "its token is no longer accepted; an administrator can continue it with a new token"  # noqa: S105
PROCESS_ENDED = "the process that it ran in has ended; start it again"
T = TypeVar("T")


class OpenWork(Protocol):
    """Opens units of work of the service."""

    def __call__(self, actor: Actor, *, replaying: bool = False, reading: bool = False) -> Work: ...


class RebuildUnderWay(Conflict):
    title = "A rebuild is under way"


class RebuildUnknown(NotFound):
    """There is no such rebuild here."""

    def __init__(self) -> None:
        super().__init__("There is no such rebuild.")


class Rebuilds:
    """Drops what one service derived from events and builds it again from the feeds of the services that publish them.

    Handlers get the events as at their first delivery, feed by feed and in the order of positions, and nothing
    that they emit is recorded.
    """

    def __init__(
        self,
        name: str,
        url: str,
        queue: Queue,
        routes: Routes,
        drop: Callable[[Work], Awaitable[None]],
        open_work: OpenWork,
        read_feed: ReadFeed,
    ) -> None:
        self._name, self._url, self._queue, self._routes = name, url, queue, routes
        self._drop, self._open, self._read_feed = drop, open_work, read_feed
        self._own = Actor(type="system", id=name)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, actor: Actor, bearer: str) -> Rebuild:
        """Begin a rebuild in the name of `actor`, whose token reads the feeds; `RebuildUnderWay` when one is running."""
        lock = await self._lock()
        try:
            rebuild = stored.new(actor)
            async with self._open(actor) as work:
                await stored.add(work.session, rebuild)
        except BaseException:
            lock.terminate()
            raise
        self._begin(rebuild, actor, bearer, lock)
        return rebuild

    async def resume(self, identity: UUID, actor: Actor, bearer: str) -> Rebuild:
        """Continue a rebuild that waits for a token, with this one; `Conflict` when it does not wait."""
        lock = await self._lock()
        try:
            rebuild = await self._continued(identity, actor)
        except BaseException:
            lock.terminate()
            raise
        self._begin(rebuild, actor, bearer, lock)
        return rebuild

    async def _continued(self, identity: UUID, actor: Actor) -> Rebuild:
        async with self._open(actor) as work:
            rebuild = await stored.find(work.session, identity)
            if rebuild is None:
                raise RebuildUnknown
            if rebuild.state != "waiting":
                raise Conflict(f"The rebuild is {rebuild.state}; only one that waits for a token can be continued.")
            rebuild.state, rebuild.reason = "running", None
            await stored.save(work.session, rebuild)
        return rebuild

    async def get(self, identity: UUID | None = None) -> Rebuild:
        """A rebuild as it is now, the last one when no id is given; `RebuildUnknown`."""
        async with self._open(self._own, reading=True) as work:
            rebuild = await stored.find(work.session, identity)
            while rebuild is not None and rebuild.state == "running" and not await stored.is_running(work.session):
                # it may have ended in between; otherwise no process works on it any more
                again = await stored.find(work.session, rebuild.id)
                if again == rebuild:
                    return replace(rebuild, state="failed", reason=PROCESS_ENDED)
                rebuild = again
        if rebuild is None:
            raise RebuildUnknown
        return rebuild

    async def stop(self) -> None:
        """End what is running; it can be started again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _lock(self) -> Any:
        connection = await database.connect(self._url)
        if not await stored.take_lock(connection):
            connection.terminate()
            raise RebuildUnderWay(f"{self._name} is being rebuilt already; wait until that has ended.")
        return connection

    def _begin(self, rebuild: Rebuild, actor: Actor, bearer: str, lock: Any) -> None:
        security_log.record("rebuild_started", actor=actor.id, service=self._name, rebuild_id=str(rebuild.id))
        task = asyncio.create_task(self._run(rebuild, actor, bearer, lock), name=f"rebuild of {self._name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: lock.terminate())

    async def _run(self, rebuild: Rebuild, actor: Actor, bearer: str, lock: Any) -> None:
        structlog.contextvars.bind_contextvars(service=self._name, rebuild_id=str(rebuild.id))
        try:
            await self._rebuild(rebuild, actor, bearer, lock)
        except TokenRejected:
            rebuild.state, rebuild.reason = "waiting", TOKEN_REJECTED
        except (FeedUnusable, FeedUnavailable) as error:
            rebuild.state, rebuild.reason = "failed", str(error)
        except Exception as error:
            log.exception("a rebuild failed")
            rebuild.state, rebuild.reason = "failed", f"{type(error).__name__} in {self._name}; its log says more"
        else:
            rebuild.state = "completed"
        await self._end(rebuild, actor)

    async def _rebuild(self, rebuild: Rebuild, actor: Actor, bearer: str, lock: Any) -> None:
        if rebuild.dropped_at is None:
            # nothing is dropped before every feed has answered
            rebuild.feeds = [
                Progress(service, last=(await self._page(service, 0, 1, bearer)).last)
                for service in self._queue.publishers
            ]
            await _retried(lambda: self._dropped(rebuild, actor))
        for place in range(len(rebuild.feeds)):
            await self._replay(rebuild, place, bearer, lock)

    async def _dropped(self, rebuild: Rebuild, actor: Actor) -> None:
        started = replace(rebuild, dropped_at=clock.now())
        async with self._open(actor) as work:
            await self._drop(work)
            work.emit(started, RebuildStarted(feeds=self._queue.publishers))
            await stored.save(work.session, started)
        rebuild.version, rebuild.dropped_at = started.version, started.dropped_at

    async def _replay(self, rebuild: Rebuild, place: int, bearer: str, lock: Any) -> None:
        more = True
        while more:
            before = rebuild.feeds[place]
            page = await self._page(before.service, before.position, READ_AT_ONCE, bearer)
            if lock.is_closed():
                raise FeedUnusable(
                    f"{self._name} lost its connection to the database, and with it the lock of the rebuild"
                )
            await _retried(lambda page=page: self._handle(rebuild, place, page))  # type: ignore[misc]
            more = page.next is not None

    async def _handle(self, rebuild: Rebuild, place: int, page: Feed) -> None:
        """Handle a page and store that it was, in one transaction."""
        before = rebuild.feeds[place]
        mine = [event for event in page.items if acceptable(self._queue, before.service, event)]
        after = replace(
            before,
            last=max(page.last, before.last),
            position=page.items[-1].position if page.items else before.position,
            read=before.read + len(page.items),
            handled=before.handled + len(mine),
        )
        feeds = [*rebuild.feeds[:place], after, *rebuild.feeds[place + 1 :]]
        try:
            async with self._open(self._own, replaying=True) as work:
                await dispatch(work, self._routes, mine)
                await stored.save(work.session, replace(rebuild, feeds=feeds))
        except Exception as error:
            if database.is_platform_fault(error):
                raise
            log.exception("events could not be handled again", feed=before.service)
            where = f"after position {before.position} and up to {after.position} of the feed of {before.service}"
            raise FeedUnusable(
                f"an event {where} cannot be handled ({type(error).__name__}); the log says more"
            ) from error
        rebuild.feeds = feeds

    async def _page(self, service: str, after: int, limit: int, bearer: str) -> Feed:
        page = await _retried(lambda: self._read_feed(service, after, limit, bearer))
        for event in page.items:
            if event.source != service:
                refuse(self._queue, service, event)
                raise FeedUnusable(f"the feed of {service} holds an event of another source ({event.id})")
        positions = [after, *(event.position for event in page.items)]
        if positions != sorted(set(positions)) or (page.next is not None and not page.items):
            raise FeedUnusable(f"the feed of {service} is not in the order of its positions")
        return page

    async def _end(self, rebuild: Rebuild, actor: Actor) -> None:
        if rebuild.state != "waiting":
            rebuild.ended_at = clock.now()
        security_log.record(
            "rebuild_ended", actor=actor.id, service=self._name, rebuild_id=str(rebuild.id), state=rebuild.state
        )
        try:
            await _retried(lambda: self._saved(rebuild, actor))
        except Exception as error:  # noqa: BLE001 - without a database the row still says that it was running
            log.warning("how a rebuild ended could not be stored", reason=f"{type(error).__name__}: {str(error)[:300]}")

    async def _saved(self, rebuild: Rebuild, actor: Actor) -> None:
        ended = replace(rebuild)
        async with self._open(actor) as work:
            if (event := _ending(ended)) is not None:
                work.emit(ended, event)
            await stored.save(work.session, ended)


async def _retried(attempt: Callable[[], Awaitable[T]]) -> T:
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


def _ending(rebuild: Rebuild) -> Event | None:
    """The event about its end; `None` while it waits, and when nothing had been dropped."""
    if rebuild.dropped_at is None or rebuild.state == "waiting":
        return None
    if rebuild.state == "failed":
        return RebuildFailed(reason=rebuild.reason or "")
    feeds = [
        RebuiltFeed(service=feed.service, position=feed.position, read=feed.read, handled=feed.handled)
        for feed in rebuild.feeds
    ]
    return RebuildCompleted(feeds=feeds)
