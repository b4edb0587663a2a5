"""The job of a rebuild: one at a time for each service, in one process, with the token of the administrator who started it."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from shared import clock, database, security_log
from shared.bus import Queue
from shared.contracts import Actor, Event
from shared.contracts.rebuilds import RebuildCompleted, RebuildFailed, RebuiltFeed
from shared.errors import Conflict, NotFound
from shared.feed import FeedUnavailable, FeedUnusable, ReadFeed, TokenRejected
from shared.inbox import Routes
from shared.rebuilds import stored
from shared.rebuilds.beside import Derived
from shared.rebuilds.reading import FeedReader, retried
from shared.rebuilds.replay import OpenWork, Replay
from shared.rebuilds.stored import Rebuild

log = structlog.get_logger(__name__)

TOKEN_REJECTED = "its token is no longer accepted; an administrator can continue it with a new token"  # noqa: S105
PROCESS_ENDED = "the process that it ran in has ended; start it again"


class RebuildUnderWay(Conflict):
    title = "A rebuild is under way"


class RebuildUnknown(NotFound):
    """There is no such rebuild here."""

    def __init__(self) -> None:
        super().__init__("There is no such rebuild.")


class Rebuilds:
    """Builds what one service derives from events again, from the feeds of the services that publish them; see `Replay`."""

    def __init__(
        self,
        name: str,
        url: str,
        queue: Queue,
        routes: Routes,
        derived: Derived,
        open_work: OpenWork,
        read_feed: ReadFeed,
    ) -> None:
        self._name, self._url, self._open = name, url, open_work
        self._replay = Replay(name, queue, routes, derived, open_work, FeedReader(queue, read_feed))
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
            await self._replay.run(rebuild, actor, bearer, lock)
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

    async def _end(self, rebuild: Rebuild, actor: Actor) -> None:
        if rebuild.state != "waiting":
            rebuild.ended_at = clock.now()
        security_log.record(
            "rebuild_ended", actor=actor.id, service=self._name, rebuild_id=str(rebuild.id), state=rebuild.state
        )
        try:
            await retried(lambda: self._saved(rebuild, actor))
        except Exception as error:  # noqa: BLE001 - without a database the row still says that it was running
            log.warning("how a rebuild ended could not be stored", reason=f"{type(error).__name__}: {str(error)[:300]}")

    async def _saved(self, rebuild: Rebuild, actor: Actor) -> None:
        ended = replace(rebuild)
        async with self._open(actor) as work:
            if (event := _ending(ended)) is not None:
                work.emit(ended, event)
            await stored.save(work.session, ended)


def _ending(rebuild: Rebuild) -> Event | None:
    """The event about its end; `None` while it waits, and when it never began."""
    if not rebuild.feeds or rebuild.state == "waiting":
        return None
    if rebuild.state == "failed":
        return RebuildFailed(reason=rebuild.reason or "")
    feeds = [
        RebuiltFeed(service=feed.service, position=feed.position, read=feed.read, handled=feed.handled)
        for feed in rebuild.feeds
    ]
    return RebuildCompleted(feeds=feeds, dead_letters=rebuild.dead_letters)
