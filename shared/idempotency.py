"""A repeated request creates one record: the Idempotency-Key is stored in the command's own transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from shared.errors import Invalid
from shared.events import KERNEL

IDEMPOTENCY_KEY = Table(
    "idempotency_key",
    KERNEL,
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("made", Uuid),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_idempotency_key_created_at", "created_at"),
)
REMEMBERED = timedelta(hours=24)

# a second request with the key waits here until the first has committed or rolled back
_REMEMBER = text("""
INSERT INTO idempotency_key (caller, key, request, created_at) VALUES (:caller, :key, :request, :now)
ON CONFLICT (caller, key) DO NOTHING RETURNING key
""")
_EARLIER = text("SELECT request, made FROM idempotency_key WHERE caller = :caller AND key = :key")
_STORE_RESULT = text("UPDATE idempotency_key SET made = :made WHERE caller = :caller AND key = :key")
_FORGET = text("DELETE FROM idempotency_key WHERE created_at < :before")


class KeyReused(Invalid):
    slug, title = "idempotency-key-reused", "The Idempotency-Key was used for another request"


@dataclass
class Key:
    """One request's key: who sent it, a hash of the request, and the id of its result."""

    caller: str
    key: str
    request: str
    result: UUID | None = None

    async def store_result(self, session: AsyncSession) -> None:
        """Store the id of what the request created."""
        await session.execute(_STORE_RESULT, {"caller": self.caller, "key": self.key, "made": self.result})


def key_of(caller: str, key: str, *, method: str, path: str, body: bytes) -> Key:
    """The key of a request; the same method, path and body make the same request."""
    return Key(caller, key, sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest())


async def remember(session: AsyncSession, key: Key, now: datetime) -> UUID | None:
    """`None` for the first request with `key`, else the id of what the first one created; `KeyReused` when they differ."""
    bound = {"caller": key.caller, "key": key.key, "request": key.request, "now": now}
    if (await session.execute(_REMEMBER, bound)).first():
        return None
    earlier = (await session.execute(_EARLIER, {"caller": key.caller, "key": key.key})).one()
    if earlier.request != key.request:
        raise KeyReused(
            "This Idempotency-Key came with another method, path or body before; use a new key for a new request."
        )
    result: UUID | None = earlier.made
    return result


async def forget(connection: AsyncConnection, now: datetime) -> None:
    """Drop the keys that are older than a day."""
    await connection.execute(_FORGET, {"before": now - REMEMBERED})
