"""The stored state of a rebuild, so that every replica can show its progress; its token is not stored."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, Table, Text, Uuid, insert, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from shared import clock
from shared.contracts import Actor
from shared.events import KERNEL

State = Literal["running", "waiting", "completed", "failed"]

REBUILD = Table(
    "rebuild",
    KERNEL,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_by", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("dropped_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("reason", Text),
    Column("feeds", JSONB, nullable=False),
    Column("dead_letters", Integer, nullable=False, server_default="0"),
    Index("ix_rebuild_created_at", "created_at"),
)
LOCK = 0x7A65_7672  # one rebuild of a service at a time ("zevr")
# a rebuild that has just ended releases the lock a moment after its end is stored
_WAIT = "SET lock_timeout = '1s'"
_TAKE_LOCK = "SELECT pg_advisory_lock($1)"
_LOCK_HELD = text("""
SELECT EXISTS (
  SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
  WHERE locktype = 'advisory' AND granted AND datname = current_database() AND classid = 0 AND objid = :lock AND objsubid = 1
)
""")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one feed has been read: up to `position` of `last`, `read` events, `handled` of which were for the service."""

    service: str
    last: int = 0
    position: int = 0
    read: int = 0
    handled: int = 0


@dataclass(slots=True)
class Rebuild:
    """One rebuild; it is the subject of its events.

    `waiting` means for a new token, since its own is no longer accepted. `dropped_at` is when the rebuilt data replaced what was
    there; `dead_letters` is the number of events that could not be handled.
    """

    id: UUID
    started_by: Actor
    created_at: datetime
    updated_at: datetime
    version: int = 0
    state: State = "running"
    dropped_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    dead_letters: int = 0
    feeds: list[Progress] = field(default_factory=list)
    correlation_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        """Its events are a chain of their own."""
        self.correlation_id = self.id


def new(started_by: Actor) -> Rebuild:
    """A rebuild that begins now."""
    now = clock.now()
    return Rebuild(uuid7(), started_by, now, now)


async def add(session: AsyncSession, rebuild: Rebuild) -> None:
    """Store a new rebuild; an earlier one that has not ended becomes failed."""
    given_up = {"state": "failed", "ended_at": clock.now(), "reason": "another rebuild was started"}
    await session.execute(update(REBUILD).where(REBUILD.c.state.in_(("running", "waiting"))).values(given_up))
    await session.execute(insert(REBUILD).values(_values(rebuild)))


async def save(session: AsyncSession, rebuild: Rebuild) -> None:
    """Store its progress."""
    rebuild.updated_at = max(clock.now(), rebuild.updated_at)
    await session.execute(update(REBUILD).where(REBUILD.c.id == rebuild.id).values(_values(rebuild)))


async def find(session: AsyncSession, identity: UUID | None) -> Rebuild | None:
    """One rebuild, or the last one when no id is given; `None` when there is none."""
    query = select(REBUILD)
    query = (
        query.order_by(REBUILD.c.created_at.desc()).limit(1)
        if identity is None
        else query.where(REBUILD.c.id == identity)
    )
    row = (await session.execute(query)).mappings().first()
    return _rebuild(row) if row else None


async def is_running(session: AsyncSession) -> bool:
    """Whether some process works on a rebuild of this service."""
    return bool(await session.scalar(_LOCK_HELD, {"lock": LOCK}))


async def take_lock(connection: "asyncpg.Connection[Any]") -> bool:
    """Whether this connection may rebuild: from now on until it is closed, no other may."""
    await connection.execute(_WAIT)
    try:
        await connection.execute(_TAKE_LOCK, LOCK)
    except asyncpg.LockNotAvailableError:
        return False
    return True


def _values(rebuild: Rebuild) -> dict[str, Any]:
    values = asdict(rebuild) | {"started_by": rebuild.started_by}
    del values["correlation_id"]
    return values


def _rebuild(row: Mapping[Any, Any]) -> Rebuild:
    known = dict(row)
    feeds = [Progress(**each) for each in known.pop("feeds")]
    return Rebuild(**known | {"feeds": feeds, "started_by": Actor.model_validate(known["started_by"])})
