"""Working off an inbox: claimed, handled in one transaction with its effects, retried, buried."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from shared import clock, database
from shared.contracts import Envelope, Event
from shared.inbox.stored import (
    CLAIMED_AT_ONCE,
    DONE,
    FAILED,
    FIRST_WAIT,
    HELD,
    LONGEST_WAIT,
    TAKE_OVER,
    Claim,
    claim,
    store,
)

log = structlog.get_logger(__name__)

#: the waits of this many attempts add up to 24 hours; counted, not measured, so that a clock set forward buries nothing
MAX_ATTEMPTS = 9 + int((timedelta(hours=24) - FIRST_WAIT * (2**9 - 1)) / LONGEST_WAIT)
LINGER_SECONDS = 0.015


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as a handler gets it: the envelope and the typed fact inside it."""

    envelope: Envelope
    fact: Any


class Transaction(Protocol):
    """What the inbox needs of a unit of work."""

    @property
    def session(self) -> AsyncSession: ...


Handler = Callable[[Any, Sequence[Heard]], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]
Open = Callable[[Envelope | None], AbstractAsyncContextManager[Transaction]]


def wait_after(attempts: int) -> timedelta:
    """How long an event rests after that many failed attempts: 2 s doubling to 10 minutes."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_WAIT)


async def fold(work: Any, handlers: Handlers, envelopes: Iterable[Envelope]) -> None:
    """Give each handler, in the table's order, all events that are its own."""
    kinds = {kind.type: (kind, handler) for kind, handler in handlers.items()}
    groups: dict[Handler, list[Heard]] = {handler: [] for handler in handlers.values()}
    for envelope in envelopes:
        if known := kinds.get(envelope.type):
            kind, handler = known
            groups[handler].append(Heard(envelope, kind.model_validate(envelope.data)))
    for handler, heard in groups.items():
        if heard:
            await handler(work, heard)


class NeverCameBack(Exception):
    """Whoever handled the event ended with it, again and again."""


class Inbox:
    """Works off one service's inbox with its handlers."""

    def __init__(self, name: str, engine: AsyncEngine, handlers: Handlers, open_work: Open) -> None:
        self._name, self._engine, self._open = name, engine, open_work
        self._handlers = handlers
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def deliver(self, envelopes: Sequence[Envelope]) -> None:
        """Store what the bus brings; it may forget it once this returns."""
        async with self._engine.begin() as connection:
            await store(connection, envelopes)
        self._wake.set()

    def wake(self) -> None:
        """Say that an event has become due."""
        self._wake.set()

    def start(self) -> None:
        """Begin to handle, until `stop`."""
        self._task = asyncio.create_task(self._run(), name=f"inbox of {self._name}")

    async def stop(self) -> None:
        """End; what is being handled is rolled back and handled again at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        taken_over = False
        while True:
            self._wake.clear()
            try:
                taken_over = taken_over or await self._take_over()
                handled = await self.handle_due()
            except Exception as error:  # noqa: BLE001 - the inbox outlives whatever befalls the database
                log.warning("the inbox pauses", service=self._name, reason=f"{type(error).__name__}: {error}")
                await asyncio.sleep(1)
                continue
            if handled == 0:
                try:
                    async with asyncio.timeout(1):
                        await self._wake.wait()
                except TimeoutError:
                    continue
            if handled < CLAIMED_AT_ONCE:
                await asyncio.sleep(LINGER_SECONDS)  # let a batch form when work comes steadily

    async def _take_over(self) -> bool:
        async with self._engine.begin() as connection:
            await connection.execute(TAKE_OVER, {"now": clock.now(), "longest": LONGEST_WAIT, "first": FIRST_WAIT})
        return True

    async def handle_due(self) -> int:
        """Claim what is due and handle it; answers how many were claimed."""
        async with self._engine.begin() as connection:
            claims = await claim(connection)
        together = [c for c in claims if not c.unresolved]
        if together and not await self._handle(together):
            for single in together:
                await self._handle([single], alone=True)
        for single in (c for c in claims if c.unresolved):
            if single.attempts > MAX_ATTEMPTS:
                await self._put_back([single], NeverCameBack("it ends the process that handles it"), forgiven=False)
            else:
                await self._handle([single], alone=True)
        return len(claims)

    async def _handle(self, claims: Sequence[Claim], *, alone: bool = False) -> bool:
        try:
            async with self._open(claims[0].envelope if len(claims) == 1 else None) as work:
                held = set((await work.session.execute(HELD, {"claims": _pairs(claims)})).scalars())
                mine = [c for c in claims if c.event_id in held]
                await fold(work, self._handlers, [c.envelope for c in mine])
                await work.session.execute(DONE, {"now": clock.now(), "ids": [c.event_id for c in mine]})
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the event rests and is handled again
            fault = database.is_platform_fault(error)
            if fault or alone:
                await self._put_back(claims, error, forgiven=fault)
            return fault
        return True

    async def _put_back(self, claims: Sequence[Claim], error: Exception, *, forgiven: bool) -> None:
        now, attempts = clock.now(), max(c.attempts for c in claims)
        dead = not forgiven and attempts >= MAX_ATTEMPTS
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
                "due": now + (timedelta(seconds=1) if forgiven else wait_after(attempts)),
                "dead": now if dead else None,
                "error": None if forgiven else _storable(f"{type(error).__name__}: {error}"[:2000]),
                "forgiven": int(forgiven),
            },
        )

    async def _resolve(self, claims: Sequence[Claim], bound: dict[str, Any]) -> None:
        # while the database is away the claim cannot be given back; patience keeps the attempt from being counted
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


def _storable(words: str) -> str:
    """The text without what PostgreSQL refuses, lest the account of a failure become one."""
    return words.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
