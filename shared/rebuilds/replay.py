"""The work of a rebuild: the events of the feeds are handled again, on tables beside those in use, which they replace."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile
from typing import Any, Protocol
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from shared import clock, database
from shared.bus import Queue
from shared.bus.acceptance import acceptable
from shared.contracts import Actor
from shared.contracts.rebuilds import RebuildStarted
from shared.feed import Feed, FeedItem, FeedUnusable
from shared.inbox import Routes, as_erased, attempted, bury, dispatch
from shared.rebuilds import beside, stored
from shared.rebuilds.beside import Derived
from shared.rebuilds.reading import FeedReader, retried
from shared.rebuilds.stored import Progress, Rebuild
from shared.unit_of_work import Work

log = structlog.get_logger(__name__)

READ_AT_ONCE = 1000
LEFT_FOR_THE_END = 1000  # so many events at most are read again while nothing is handled
#: events of the last minutes before a rebuild may not have been delivered when it begins, and are waited for
ON_ITS_WAY_SECONDS, SETTLED_AFTER_SECONDS = 600.0, 10.0


class OpenWork(Protocol):
    """Opens units of work of the service."""

    def __call__(self, actor: Actor, *, replaying: bool = False, reading: bool = False) -> Work: ...


class EventFailed(Exception):
    """An event could not be handled."""


class Replay:
    """Builds what a service derives from events in tables beside those in use, and replaces these in one transaction at the end.

    Whoever reads or handles events meanwhile uses what is there. Handlers get the events as at their first delivery, feed by
    feed and in the order of positions, and nothing that they emit is recorded. An event that cannot be handled becomes a dead
    letter.
    """

    def __init__(
        self,
        name: str,
        queue: Queue,
        routes: Routes,
        derived: Derived,
        open_work: OpenWork,
        reader: FeedReader,
    ) -> None:
        self._name, self._queue, self._routes, self._reader = name, queue, routes, reader
        self._derived, self._open = derived, open_work
        self._own = Actor(type="system", id=name)

    async def run(self, rebuild: Rebuild, actor: Actor, bearer: str, lock: Any) -> None:
        """Replay until the rebuilt data are in use; what is stored of its progress allows to go on after any exception."""
        if not rebuild.feeds:
            # nothing is begun before every feed has answered
            feeds = [
                Progress(service, last=(await self._reader.page(service, 0, 1, bearer)).last)
                for service in self._queue.publishers
            ]
            await retried(lambda: self._prepared(rebuild, feeds, actor))
        while rebuild.dropped_at is None:
            for place in range(len(rebuild.feeds)):
                await self._replay(rebuild, place, bearer, lock)
            # an event that fails in the last transaction undoes it; by itself it becomes a dead letter
            with suppress(EventFailed):
                await retried(lambda: self._replaced(rebuild, bearer, lock))

    async def _prepared(self, rebuild: Rebuild, feeds: list[Progress], actor: Actor) -> None:
        prepared = replace(rebuild, feeds=feeds)
        async with self._open(actor) as work:
            await beside.prepare(work.session, self._derived.tables)
            work.emit(prepared, RebuildStarted(feeds=self._queue.publishers))
            await stored.save(work.session, prepared)
        rebuild.version, rebuild.feeds = prepared.version, feeds

    async def _replay(self, rebuild: Rebuild, place: int, bearer: str, lock: Any) -> None:
        """Handle a feed, a page in each transaction, until only the last events remain, or those that are not handled yet.

        An event that the rebuild handled first would find everything known when it is delivered, and announce nothing.
        """
        while True:
            page = await self._next(rebuild.feeds[place], bearer, lock)
            ready = await self._up_to_the_first_to_come(rebuild, page)
            try:
                await retried(lambda ready=ready: self._handle(rebuild, place, ready))  # type: ignore[misc]
            except EventFailed:
                for event in ready.items:
                    single = ready.model_copy(update={"items": [event]})
                    await retried(lambda single=single: self._handle_or_bury(rebuild, place, single))  # type: ignore[misc]
            if len(ready.items) == len(page.items):
                if page.next is None:
                    return
            elif page.last - rebuild.feeds[place].position <= LEFT_FOR_THE_END and not _settling(rebuild):
                return
            else:
                await asyncio.sleep(0.05)

    async def _up_to_the_first_to_come(self, rebuild: Rebuild, page: Feed) -> Feed:
        async with self._open(self._own, reading=True) as work:
            to_come = await self._to_come(work, rebuild, page.items)
        if not to_come:
            return page
        before = list(takewhile(lambda event: event.id not in to_come, page.items))
        return page.model_copy(update={"items": before})

    async def _to_come(self, work: Work, rebuild: Rebuild, events: Sequence[FeedItem]) -> set[UUID]:
        """Which of these events will still be delivered to this service, or have been delivered and wait."""
        mine = [event.id for event in events if self._queue.takes(event.type)]
        known = await attempted(work.session, mine)
        return {event for event in mine if not known.get(event, not _will_be_delivered(rebuild, event))}

    async def _handle_or_bury(self, rebuild: Rebuild, place: int, page: Feed) -> None:
        try:
            await self._handle(rebuild, place, page)
        except EventFailed as failure:
            after = replace(rebuild, feeds=_advanced(rebuild, place, page, 0))
            async with self._open(self._own) as work:
                (event,) = await as_erased(work.session, page.items)
                after.dead_letters += await bury(work.session, event, str(failure))
                await stored.save(work.session, after)
            rebuild.feeds, rebuild.dead_letters = after.feeds, after.dead_letters

    async def _handle(self, rebuild: Rebuild, place: int, page: Feed) -> None:
        """Handle a page and store that it was, in one transaction; `EventFailed` when a handler fails."""
        async with self._open(self._own, replaying=True) as work:
            feeds = await self._dispatch(work, rebuild, place, page)
            await stored.save(work.session, replace(rebuild, feeds=feeds))
        rebuild.feeds = feeds

    async def _dispatch(
        self, work: Work, rebuild: Rebuild, place: int, page: Feed, leave_out: Collection[UUID] = ()
    ) -> list[Progress]:
        """Let handlers work on the tables beside those in use; returns how far the feeds have been read afterwards."""
        feed = rebuild.feeds[place].service
        mine = [event for event in page.items if event.id not in leave_out and acceptable(self._queue, feed, event)]
        # what rests on events without data is carried over at the end
        mine = [event for event in mine if not event.retired]
        await beside.enter(work.session)
        try:
            await dispatch(work, self._routes, await as_erased(work.session, mine))
            await work.flush()
        except Exception as error:
            if database.is_platform_fault(error):
                raise
            log.exception("events could not be handled again", feed=feed)
            raise EventFailed(f"{type(error).__name__}: {error}") from error
        return _advanced(rebuild, place, page, len(mine))

    async def _replaced(self, rebuild: Rebuild, bearer: str, lock: Any) -> None:
        """Handle what has been handled since, while nothing else is, and replace what is in use.

        What is not handled yet is handled as usual afterwards.
        """
        after = replace(rebuild)
        async with self._open(self._own, replaying=True) as work:
            await beside.block(work, self._derived)
            for place in range(len(after.feeds)):
                more = True
                while more:
                    page = await self._next(after.feeds[place], bearer, lock)
                    to_come = await self._to_come(work, rebuild, page.items)
                    after.feeds = await self._dispatch(work, after, place, page, leave_out=to_come)
                    more = page.next is not None
            after.dropped_at = clock.now()
            await beside.replace(work, self._derived, rebuild.created_at)
            await stored.save(work.session, after)
        rebuild.feeds, rebuild.dropped_at = after.feeds, after.dropped_at

    async def _next(self, feed: Progress, bearer: str, lock: Any) -> Feed:
        page = await self._reader.page(feed.service, feed.position, READ_AT_ONCE, bearer)
        if lock.is_closed():
            raise FeedUnusable(f"{self._name} lost its connection to the database, and with it the lock of the rebuild")
        return page


def _will_be_delivered(rebuild: Rebuild, event: UUID) -> bool:
    """Whether an event that was not delivered yet still will be: it is newer than the rebuild, or may be on its way.

    Older ones were handled so long ago that they are forgotten, or were published before this service had a queue.
    """
    age = _created(rebuild.id) - _created(event)
    return age <= 0 or (age < ON_ITS_WAY_SECONDS and _settling(rebuild))


def _settling(rebuild: Rebuild) -> bool:
    return _created(uuid7()) - _created(rebuild.id) < SETTLED_AFTER_SECONDS


def _created(identity: UUID) -> float:
    """When a UUIDv7 was made, in seconds."""
    return (identity.int >> 80) / 1000


def _advanced(rebuild: Rebuild, place: int, page: Feed, handled: int) -> list[Progress]:
    """How far the feeds have been read after this page."""
    before = rebuild.feeds[place]
    after = replace(
        before,
        last=max(page.last, before.last),
        position=page.items[-1].position if page.items else before.position,
        read=before.read + len(page.items),
        handled=before.handled + handled,
    )
    return [*rebuild.feeds[:place], after, *rebuild.feeds[place + 1 :]]
