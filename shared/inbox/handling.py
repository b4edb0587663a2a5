"""Handling the events of an inbox: claimed, handled in one transaction with their effects, retried, or dead."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from shared import clock, database
from shared.bus.port import Rejected
from shared.contracts import Envelope
from shared.inbox.apart import set_apart
from shared.inbox.routing import Routes, dispatch
from shared.inbox.stored import (
    AT_ONCE,
    DONE,
    FAILED,
    FIRST_WAIT,
    LANES,
    LOCK_CLAIMS,
    LONGEST_WAIT,
    TAKE_OVER,
    Claim,
    Lane,
    claim,
    storable,
    store,
)
from shared.observability import following

log = structlog.get_logger(__name__)

#: the waits of this many attempts add up to 24 hours; counted, not measured, so that a clock set forward makes no dead letters
MAX_ATTEMPTS = 9 + int((timedelta(hours=24) - FIRST_WAIT * (2**9 - 1)) / LONGEST_WAIT)
LINGER_SECONDS = 0.015


class Transaction(Protocol):
    """What the inbox needs of a unit of work."""

    @property
    def session(self) -> AsyncSession: ...


Open = Callable[[Envelope | None], AbstractAsyncContextManager[Transaction]]


def wait_after(attempts: int) -> timedelta:
    """How long an event waits after that many failed attempts: 2 s doubling to 10 minutes."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_WAIT)


class ProcessEnded(Exception):
    """The process ended every time when it handled the event."""


class Inbox:
    """Handles the events of one service's inbox with its handlers."""

    def __init__(self, name: str, engine: AsyncEngine, routes: Routes, open_work: Open) -> None:
        self._name, self._engine, self._open = name, engine, open_work
        # storing and claiming are one statement each: no transaction around it, one round trip
        self._straight = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._routes = routes
        self._wake = {lane: asyncio.Event() for lane in LANES}
        self._tasks: list[asyncio.Task[None]] = []

    async def deliver(self, envelopes: Sequence[Envelope]) -> None:
        """Store deliveries; the bus may acknowledge them once this returns. What cannot be stored is set apart."""
        async with self._straight.connect() as connection:
            try:
                await store(connection, envelopes)
            except Exception as error:
                if database.is_platform_fault(error):
                    raise
                await self._store_one_by_one(connection, envelopes)
        self.wake()

    async def set_apart(self, rejected: Sequence[Rejected]) -> None:
        """Store what was delivered and is no event that can be handled by its type."""
        async with self._straight.connect() as connection:
            await set_apart(connection, rejected)

    @staticmethod
    async def _store_one_by_one(connection: AsyncConnection, envelopes: Sequence[Envelope]) -> None:
        for each in envelopes:
            try:
                await store(connection, [each])
            except Exception as error:
                if database.is_platform_fault(error):
                    raise
                why = f"{type(error).__name__}: {error}"
                message = each.model_dump_json().encode()
                await set_apart(connection, [Rejected("not storable", each.source, message, why, each.type, each.id)])

    def wake(self) -> None:
        """Signal that an event is due."""
        for wake in self._wake.values():
            wake.set()

    def start(self) -> None:
        """Begin to handle, until `stop`; each lane by itself, so that live events do not wait for historical ones."""
        self._tasks = [asyncio.create_task(self._run(lane), name=f"{lane} inbox of {self._name}") for lane in LANES]

    async def stop(self) -> None:
        """End; what is being handled is rolled back and handled again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _run(self, lane: Lane) -> None:
        taken_over = False
        while True:
            self._wake[lane].clear()
            try:
                taken_over = taken_over or await self._take_over(lane)
                handled = await self._handle_lane(lane)
            except Exception as error:  # noqa: BLE001 - the inbox continues after every failure of the database
                log.warning("the inbox pauses", service=self._name, reason=f"{type(error).__name__}: {error}")
                await asyncio.sleep(1)
                continue
            if handled == 0:
                try:
                    async with asyncio.timeout(1):
                        await self._wake[lane].wait()
                except TimeoutError:
                    continue
            if handled < AT_ONCE[lane]:
                await asyncio.sleep(LINGER_SECONDS)  # lets a batch form when events come steadily

    async def _take_over(self, lane: Lane) -> bool:
        bound = {"now": clock.now(), "longest": LONGEST_WAIT, "first": FIRST_WAIT, "historical": lane == "historical"}
        async with self._straight.connect() as connection:
            await connection.execute(TAKE_OVER, bound)
        return True

    async def handle_due(self) -> int:
        """Claim and handle what is due in each lane, once; returns how many events were claimed."""
        return sum([await self._handle_lane(lane) for lane in LANES])

    async def _handle_lane(self, lane: Lane) -> int:
        async with self._straight.connect() as connection:
            claims = await claim(connection, lane)
        together = [c for c in claims if not c.unresolved]
        if together and not await self._handle(together):
            for single in together:
                await self._handle([single], isolated=True)
        for single in (c for c in claims if c.unresolved):
            if single.attempts > MAX_ATTEMPTS:
                await self._put_back(
                    [single], ProcessEnded("the process ended every time when it handled this event"), uncounted=False
                )
            else:
                await self._handle([single], isolated=True)
        return len(claims)

    async def _handle(self, claims: Sequence[Claim], *, isolated: bool = False) -> bool:
        chains = {str(c.envelope.correlationid) for c in claims}
        with structlog.contextvars.bound_contextvars(
            service=self._name, **({"correlation_id": chains.pop()} if len(chains) == 1 else {})
        ):
            return await self._attempt(claims, isolated=isolated)

    async def _attempt(self, claims: Sequence[Claim], *, isolated: bool) -> bool:
        try:
            origins = [c.envelope.traceparent for c in claims]
            with following(f"{self._name} handles {claims[0].envelope.type}", origins):
                await self._handle_together(claims)
        except Exception as error:  # noqa: BLE001 - after any error of a handler the event waits and is handled again
            fault = database.is_platform_fault(error)
            if fault or isolated:
                await self._put_back(claims, error, uncounted=fault)
            return fault
        return True

    async def _handle_together(self, claims: Sequence[Claim]) -> None:
        async with self._open(claims[0].envelope if len(claims) == 1 else None) as work:
            locked = set((await work.session.execute(LOCK_CLAIMS, {"claims": _pairs(claims)})).scalars())
            mine = [c for c in claims if c.event_id in locked]
            await dispatch(work, self._routes, [c.envelope for c in mine])
            await work.session.execute(DONE, {"now": clock.now(), "ids": [c.event_id for c in mine]})

    async def _put_back(self, claims: Sequence[Claim], error: Exception, *, uncounted: bool) -> None:
        now, attempts = clock.now(), max(c.attempts for c in claims)
        dead = not uncounted and attempts >= MAX_ATTEMPTS
        level = log.error if dead else log.warning
        level(
            "an event ended as a dead letter" if dead else "events are handled again later",
            service=self._name,
            events=[f"{c.envelope.type} {c.event_id}" for c in claims[:5]],
            attempts=attempts,
            reason=f"{type(error).__name__}: {str(error)[:500]}",
        )
        await self._resolve(
            claims,
            {
                "due": now + (timedelta(seconds=1) if uncounted else wait_after(attempts)),
                "dead": now if dead else None,
                "error": None if uncounted else storable(f"{type(error).__name__}: {error}"),
                "uncounted": int(uncounted),
            },
        )

    async def _resolve(self, claims: Sequence[Claim], bound: dict[str, Any]) -> None:
        # while the database is unavailable the claim cannot be released; retrying keeps the attempt uncounted
        while True:
            try:
                async with self._engine.begin() as connection:
                    await connection.execute(FAILED, {**bound, "ids": [c.event_id for c in claims]})
            except Exception as error:
                if not database.is_platform_fault(error):
                    raise
                await asyncio.sleep(1)
            else:
                return


def _pairs(claims: Sequence[Claim]) -> str:
    return database.encode([{"id": c.event_id, "attempt": c.attempts} for c in claims])
