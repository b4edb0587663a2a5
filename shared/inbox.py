"""What a service has heard: stored first, claimed, handled in one transaction with its effects, retried, buried."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

import structlog
from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from shared import clock, database
from shared.contracts import Envelope, Event
from shared.events import KERNEL

log = structlog.get_logger(__name__)

INBOX = Table(
    "inbox",
    KERNEL,
    Column("event_id", Uuid, primary_key=True),
    Column("type", Text, nullable=False),
    Column("historical", Boolean, nullable=False),
    Column("envelope", JSONB, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("claimed_at", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False),
    Column("done_at", DateTime(timezone=True)),
    Column("dead_at", DateTime(timezone=True)),
    Column("last_error", Text),
    Index("ix_inbox_waiting", "historical", "received_at", postgresql_where="done_at IS NULL AND dead_at IS NULL"),
    Index("ix_inbox_done", "done_at", postgresql_where="done_at IS NOT NULL"),
    Index("ix_inbox_dead", "dead_at", postgresql_where="dead_at IS NOT NULL"),
    postgresql_with={"fillfactor": 70},
)

CLAIMED_AT_ONCE = 50
LEASE = timedelta(minutes=2)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=10)
#: the waits of this many attempts add up to 24 hours; counted, not measured, so that a clock set forward buries nothing
MAX_ATTEMPTS = 9 + int((timedelta(hours=24) - FIRST_WAIT * (2**9 - 1)) / LONGEST_WAIT)
#: how long a handled event is remembered, so that a repeated delivery is recognised
REMEMBERED = timedelta(hours=24)
LINGER_SECONDS = 0.015

_STORE = f"{database.insert_many(INBOX, ':rows')} ON CONFLICT (event_id) DO NOTHING"

# A row is due when nothing holds it back. No wait is ever longer than LONGEST_WAIT, so a due time further ahead only says
# that the clock has been set back since.
_CLAIM = text("""
WITH due AS (
  SELECT event_id, claimed_at FROM inbox
  WHERE done_at IS NULL AND dead_at IS NULL AND (due_at IS NULL OR due_at <= :now OR due_at > :horizon)
  ORDER BY historical, received_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE inbox SET attempts = attempts + 1, due_at = :lease, claimed_at = :now FROM due WHERE inbox.event_id = due.event_id
RETURNING inbox.event_id, inbox.envelope, inbox.attempts, due.claimed_at IS NOT NULL AS unresolved
""")
_HELD = text("""
SELECT event_id FROM inbox JOIN jsonb_to_recordset(CAST(:claims AS jsonb)) AS claim(id uuid, attempt int)
  ON event_id = claim.id AND attempts = claim.attempt
WHERE done_at IS NULL AND dead_at IS NULL ORDER BY event_id FOR UPDATE OF inbox
""")
_DONE = text("UPDATE inbox SET done_at = :now, claimed_at = NULL, last_error = NULL WHERE event_id = ANY(:ids)")
_FAILED = text("""
UPDATE inbox SET due_at = :due, claimed_at = NULL, last_error = :error, dead_at = :dead, attempts = attempts - :forgiven
WHERE event_id = ANY(:ids) AND done_at IS NULL
""")
_FATE = text("SELECT done_at, dead_at FROM inbox WHERE event_id = :id")
_FORGET = text("""
DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox WHERE done_at < :before LIMIT 5000)
""")


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


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed row: `unresolved` says that whoever claimed it before never came back."""

    event_id: UUID
    envelope: Envelope
    attempts: int
    unresolved: bool


async def store(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Keep what was delivered; what is known already changes nothing."""
    received = clock.now()
    rows = [
        {
            "event_id": e.id,
            "type": e.type,
            "historical": e.historical,
            "envelope": e.model_dump(mode="json"),
            "received_at": received,
            "attempts": 0,
            "due_at": None,
            "claimed_at": None,
            "done_at": None,
            "dead_at": None,
            "last_error": None,
        }
        for e in envelopes
    ]
    await connection.execute(text(_STORE), {"rows": database.encode(rows)})


async def claim(connection: AsyncConnection, limit: int = CLAIMED_AT_ONCE) -> list[Claim]:
    """The next due events, live before historical, in the order of subject and sequence; each attempt is counted."""
    now = clock.now()
    bound = {"now": now, "lease": now + LEASE, "horizon": now + LONGEST_WAIT + LEASE, "limit": limit}
    rows = (await connection.execute(_CLAIM, bound)).all()
    claims = [Claim(row.event_id, Envelope.model_validate(row.envelope), row.attempts, row.unresolved) for row in rows]
    return sorted(claims, key=lambda c: (c.envelope.historical, c.envelope.subject, c.envelope.sequence))


async def forget(connection: AsyncConnection, now: datetime) -> None:
    """Drop the handled events that need not be recognised any more."""
    await connection.execute(_FORGET, {"before": now - REMEMBERED})


async def fate(session: AsyncSession, event_id: UUID) -> Literal["waiting", "done", "dead"] | None:
    """What became of an event that was delivered; `None` when it was not."""
    row = (await session.execute(_FATE, {"id": event_id})).first()
    if row is None:
        return None
    return "dead" if row.dead_at else "done" if row.done_at else "waiting"


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
        while True:
            self._wake.clear()
            try:
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

    async def handle_due(self) -> int:
        """Claim what is due and handle it; answers how many were claimed."""
        async with self._engine.begin() as connection:
            claims = await claim(connection)
        together = [c for c in claims if not c.unresolved]
        if together and not await self._handle(together):
            for single in together:
                await self._handle([single], alone=True)
        for single in (c for c in claims if c.unresolved):
            await self._handle([single], alone=True)
        return len(claims)

    async def _handle(self, claims: Sequence[Claim], *, alone: bool = False) -> bool:
        try:
            async with self._open(claims[0].envelope if len(claims) == 1 else None) as work:
                held = set((await work.session.execute(_HELD, {"claims": _pairs(claims)})).scalars())
                mine = [c for c in claims if c.event_id in held]
                await fold(work, self._handlers, [c.envelope for c in mine])
                await work.session.execute(_DONE, {"now": clock.now(), "ids": [c.event_id for c in mine]})
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
                "error": None if forgiven else f"{type(error).__name__}: {str(error)[:2000]}",
                "forgiven": int(forgiven),
            },
        )

    async def _resolve(self, claims: Sequence[Claim], bound: dict[str, Any]) -> None:
        # while the database is away the claim cannot be given back; patience keeps the attempt from being counted
        while True:
            try:
                async with self._engine.begin() as connection:
                    await connection.execute(_FAILED, {**bound, "ids": [c.event_id for c in claims]})
            except Exception as error:
                if not database.is_platform_fault(error):
                    raise
                await asyncio.sleep(1)
            else:
                return


def _pairs(claims: Sequence[Claim]) -> str:
    return database.encode([{"id": c.event_id, "attempt": c.attempts} for c in claims])
