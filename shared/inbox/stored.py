"""The inbox of a service as a table: delivered events, their claims and their status."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Row,
    Table,
    Text,
    Uuid,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from shared import clock, database
from shared.contracts import Envelope
from shared.events import KERNEL
from shared.inbox.late import redacted
from shared.inserts import insert_many

INBOX = Table(
    "inbox",
    KERNEL,
    Column("event_id", Uuid, primary_key=True),
    Column("arrival", BigInteger, Identity(always=True), nullable=False),
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
    #: discarded by an operator: it counts as done, and is remembered for rebuilds
    Column("discarded_at", DateTime(timezone=True)),
    Index("ix_inbox_waiting", "historical", "arrival", postgresql_where="done_at IS NULL AND dead_at IS NULL"),
    Index("ix_inbox_done", "done_at", postgresql_where="done_at IS NOT NULL"),
    Index("ix_inbox_dead", "dead_at", postgresql_where="dead_at IS NOT NULL"),
    postgresql_with={"fillfactor": 70},
)

#: live events are few and urgent; historical ones are handled faster in larger batches
Lane = Literal["live", "historical"]
LANES: tuple[Lane, ...] = ("live", "historical")
AT_ONCE: Mapping[Lane, int] = {"live": 50, "historical": 100}
LEASE = timedelta(minutes=1)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=10)
#: how long a handled event is remembered, so that a repeated delivery is recognised
REMEMBERED = timedelta(hours=24)

_STORE = f"{insert_many(INBOX, ':rows')} ON CONFLICT (event_id) DO NOTHING"

# A row is due when its due time has come. No wait is longer than LONGEST_WAIT, so a due time further ahead means that the
# clock has been set back since.
_CLAIM = text("""
WITH due AS (
  SELECT event_id, claimed_at FROM inbox
  WHERE done_at IS NULL AND dead_at IS NULL AND historical = :historical
    AND (due_at IS NULL OR due_at <= :now OR due_at > :horizon)
  ORDER BY arrival LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE inbox SET attempts = attempts + 1, due_at = :lease, claimed_at = :now FROM due WHERE inbox.event_id = due.event_id
RETURNING inbox.event_id, inbox.envelope, inbox.attempts, due.claimed_at IS NOT NULL AS unresolved,
CASE WHEN EXISTS (SELECT FROM erased) THEN (
  SELECT jsonb_object_agg(key, fields) FROM erased
  WHERE key IN (inbox.event_id::text, inbox.envelope->>'subject', inbox.envelope->'actor'->>'id')
) END AS erased
""")
# what a process claimed and never finished waits as after a failure, so that an event that ends processes does not end one
# after the other
TAKE_OVER = text("""
UPDATE inbox
SET due_at = CAST(:now AS timestamptz)
  + least(CAST(:longest AS interval), CAST(:first AS interval) * power(2, least(attempts - 1, 20)))
WHERE event_id IN (
  SELECT event_id FROM inbox
  WHERE claimed_at IS NOT NULL AND done_at IS NULL AND dead_at IS NULL AND historical = :historical
  FOR UPDATE SKIP LOCKED
)
""")
#: handlers share this lock; the end of a rebuild takes it alone ("zevh")
_HANDLING = 0x7A65_7668
LOCK_CLAIMS = text(f"""
WITH handling AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared({_HANDLING}))
SELECT event_id FROM handling, inbox JOIN jsonb_to_recordset(CAST(:claims AS jsonb)) AS claim(id uuid, attempt int)
  ON event_id = claim.id AND attempts = claim.attempt
WHERE done_at IS NULL AND dead_at IS NULL ORDER BY event_id FOR UPDATE OF inbox
""")  # noqa: S608 - a number of ours
_BLOCK = text(f"SELECT pg_advisory_xact_lock({_HANDLING})")
DONE = text("UPDATE inbox SET done_at = :now, claimed_at = NULL, last_error = NULL WHERE event_id = ANY(:ids)")
FAILED = text("""
UPDATE inbox SET due_at = :due, claimed_at = NULL, last_error = :error, dead_at = :dead, attempts = attempts - :uncounted
WHERE event_id = ANY(:ids) AND done_at IS NULL
""")
# an event that waits, or is dead already, stays as it is; one that was discarded does not come back
_BURY = f"""
{insert_many(INBOX, ":rows")}
ON CONFLICT (event_id) DO UPDATE SET done_at = NULL, dead_at = excluded.dead_at, last_error = excluded.last_error
WHERE inbox.done_at IS NOT NULL AND inbox.discarded_at IS NULL
"""
_HANDLED = text("""
SELECT event_id, done_at IS NOT NULL OR dead_at IS NOT NULL OR last_error IS NOT NULL FROM inbox WHERE event_id = ANY(:ids)
""")
_STATUS = text("SELECT done_at, dead_at FROM inbox WHERE event_id = :id")
_FORGET = text("""
DELETE FROM inbox
WHERE event_id IN (SELECT event_id FROM inbox WHERE done_at < :before AND discarded_at IS NULL LIMIT 5000)
""")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed row: `unresolved` says that an earlier claim never ended."""

    event_id: UUID
    envelope: Envelope
    attempts: int
    unresolved: bool


async def store(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Store what was delivered; an event that is stored already is skipped."""
    await connection.execute(text(_STORE), {"rows": database.encode([_row(each) for each in envelopes])})


async def bury(session: AsyncSession, envelope: Envelope, error: str) -> bool:
    """Store an event that a rebuild could not handle as a dead letter; False when it was discarded before."""
    row = _row(envelope) | {"dead_at": clock.now(), "last_error": storable(error)}
    await session.execute(text(_BURY), {"rows": database.encode([row])})
    return await session.scalar(select(INBOX.c.discarded_at).where(INBOX.c.event_id == envelope.id)) is None


async def attempted(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Of those of these events that were delivered and are remembered: whether each was handled, or failed."""
    return {row[0]: row[1] for row in await session.execute(_HANDLED, {"ids": list(ids)})}


async def block_handling(session: AsyncSession) -> None:
    """Let no event be handled until the commit; what is being handled is completed first."""
    await session.execute(_BLOCK)


def storable(message: str) -> str:
    """The beginning of a text without what PostgreSQL refuses, so that storing a failure does not fail."""
    return message[:2000].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _row(envelope: Envelope) -> dict[str, object]:
    return {
        "event_id": envelope.id,
        "type": envelope.type,
        "historical": envelope.historical,
        "envelope": envelope,
        "received_at": clock.now(),
        "attempts": 0,
        "due_at": None,
        "claimed_at": None,
        "done_at": None,
        "dead_at": None,
        "last_error": None,
        "discarded_at": None,
    }


async def claim(connection: AsyncConnection, lane: Lane = "live") -> list[Claim]:
    """The next due events of one lane, in the order of subject and sequence; each attempt is counted."""
    now = clock.now()
    bound: dict[str, object] = {"now": now, "lease": now + LEASE, "horizon": now + LONGEST_WAIT + LEASE}
    bound |= {"historical": lane == "historical", "limit": AT_ONCE[lane]}
    rows = (await connection.execute(_CLAIM, bound)).all()
    late = await _redacted(connection, [row for row in rows if row.erased])
    claims = [
        Claim(
            row.event_id, late.get(row.event_id) or Envelope.model_validate(row.envelope), row.attempts, row.unresolved
        )
        for row in rows
    ]
    return sorted(claims, key=lambda c: (c.envelope.subject, c.envelope.sequence))


async def _redacted(connection: AsyncConnection, rows: Iterable[Row[Any]]) -> dict[UUID, Envelope]:
    """Events that came late, without the texts that have been erased since they happened; they are stored so too."""
    found = {row.event_id: redacted(Envelope.model_validate(row.envelope), row.erased) for row in rows}
    for event_id, envelope in found.items():
        await connection.execute(update(INBOX).where(INBOX.c.event_id == event_id).values(envelope=envelope))
    return found


async def forget(connection: AsyncConnection, now: datetime) -> int:
    """Drop some of the handled events that need not be recognised any more; returns how many."""
    return (await connection.execute(_FORGET, {"before": now - REMEMBERED})).rowcount


async def delivery_status(session: AsyncSession, event_id: UUID) -> Literal["waiting", "done", "dead"] | None:
    """The status of a delivered event; `None` when it was not delivered."""
    row = (await session.execute(_STATUS, {"id": event_id})).first()
    if row is None:
        return None
    return "dead" if row.dead_at else "done" if row.done_at else "waiting"
