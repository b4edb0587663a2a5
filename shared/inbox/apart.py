"""What was delivered and cannot be stored in the inbox, or is of a version that this one does not know: set apart one by one."""

import hashlib
from collections.abc import Iterable
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from sqlalchemy import BigInteger, Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import clock
from shared.bus.port import Rejected
from shared.events import KERNEL
from shared.inbox.stored import storable

log = structlog.get_logger(__name__)

QUARANTINE = Table(
    "quarantine",
    KERNEL,
    Column("id", Uuid, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("publisher", Text),
    Column("type", Text),
    Column("event_id", Uuid),
    Column("error", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Index(None, "first_at"),
)
#: more rows than that help nobody: a publisher that sends nothing else must not fill the disk
MOST = 10_000
LONGEST = 1_048_576

_SET_APART = text(f"""
INSERT INTO quarantine (id, reason, publisher, type, event_id, error, message, count, first_at, last_at)
SELECT :id, :reason, :publisher, :type, :event_id, :error, :message, 1, :now, :now
WHERE (SELECT count(*) FROM quarantine) < {MOST}
ON CONFLICT (id) DO UPDATE SET count = quarantine.count + 1, last_at = excluded.last_at, error = excluded.error
""")  # noqa: S608 - a number of ours


async def set_apart(connection: AsyncConnection, rejected: Iterable[Rejected]) -> None:
    """Store each of them, or count it when the same is there already."""
    for each in rejected:
        log.error(
            "a delivery was set apart",
            why=each.reason,
            publisher=each.publisher,
            type=each.type,
            reason=each.error[:300],
        )
        await connection.execute(
            _SET_APART,
            {
                "id": _identity(each),
                "reason": each.reason,
                "publisher": each.publisher,
                "type": each.type and storable(each.type),
                "event_id": each.event_id,
                "error": storable(each.error),
                "message": each.message[:LONGEST].decode("utf-8", "backslashreplace").replace("\0", "\\x00"),
                "now": clock.now(),
            },
        )


def _identity(each: Rejected) -> UUID:
    """The id of the row: one for each event or message, and one for all events of an unknown type."""
    if each.event_id is not None and each.reason != "unknown type":
        return each.event_id
    same = each.type or hashlib.sha256(each.message).hexdigest()
    return uuid5(NAMESPACE_URL, f"{each.reason} {each.publisher} {same}")
