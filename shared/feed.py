"""The feed of a service: its event log in order, as it is read here and as other services read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts import Envelope
from shared.events import EVENT, FIELDS

_RETIRED = (EVENT.c.erased_by.is_not(None) & (EVENT.c.data == {})).label("retired")
_COLUMNS = (*(EVENT.c[name] for name in FIELDS), EVENT.c.position, _RETIRED)
_LAST = select(func.coalesce(func.max(EVENT.c.position), 0))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events of the feed are wanted."""

    after: int = 0
    type: str | None = None
    correlation_id: UUID | None = None
    subject: UUID | None = None


class FeedItem(Envelope):
    """An event with its position in the service's feed; a `retired` one has no data, since its record was deleted by a rule."""

    position: int
    retired: bool = False


class Feed(BaseModel):
    """Events in the order of their positions."""

    items: list[FeedItem]
    next: int | None = Field(description="Value of `after` for the next page; null when there are no more events now.")
    last: int = Field(description="Position of the service's last event, of any type; 0 when there is none.")


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


async def last_position(session: AsyncSession) -> int:
    """The position of the last numbered event, 0 when there is none."""
    return int(await session.scalar(_LAST) or 0)


class FeedUnusable(Exception):
    """The feed of another service cannot be read, and retrying will not help; the text says why."""


class FeedUnavailable(Exception):
    """The feed of another service cannot be read at the moment; `wait` is the number of seconds before the next try."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class TokenRejected(Exception):
    """The service whose feed is read no longer accepts the token."""


class ReadFeed(Protocol):
    """Reads up to `limit` events of a service's feed after a position, in the name of the caller whose token is `bearer`."""

    async def __call__(self, service: str, after: int, limit: int, bearer: str) -> Feed:
        """The page; raises `FeedUnusable`, `FeedUnavailable` and `TokenRejected`."""
