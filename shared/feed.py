"""Reading the event log: the feed of a service in its order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.events import EVENT, FIELDS

_COLUMNS = (*(EVENT.c[name] for name in FIELDS), EVENT.c.position)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events of the feed are wanted."""

    after: int = 0
    type: str | None = None
    correlation_id: UUID | None = None
    subject: UUID | None = None


async def read(session: AsyncSession, wanted: Filter, limit: int) -> Sequence[Any]:
    """Numbered events after a position, in order; what is not numbered yet follows within a second."""
    query = select(*_COLUMNS).where(EVENT.c.position > wanted.after)
    for column, value in (
        (EVENT.c.type, wanted.type),
        (EVENT.c.correlationid, wanted.correlation_id),
        (EVENT.c.subject, wanted.subject),
    ):
        if value is not None:
            query = query.where(column == value)
    return (await session.execute(query.order_by(EVENT.c.position).limit(limit))).mappings().all()
