"""Events that a service could not handle within a day: listed, read, and handled again on request."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from shared import clock
from shared.inbox import INBOX
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

_COLUMNS = ("event_id", "type", "received_at", "dead_at", "attempts", "last_error", "envelope")
_DEAD = select(*(INBOX.c[name] for name in _COLUMNS)).where(INBOX.c.dead_at.is_not(None))
_ORDER = Sorting({"dead_at": INBOX.c.dead_at}, "dead_at", INBOX.c.event_id)
_RETRY = text("""
UPDATE inbox SET dead_at = NULL, due_at = NULL, attempts = 0, claimed_at = NULL, received_at = :now
WHERE event_id = :id AND dead_at IS NOT NULL RETURNING event_id
""")


async def list_dead(work: Work, paging: Paging) -> Slice:
    """A page of them, the one that died first at the head."""
    return await page(work.session, _DEAD, paging, _ORDER)


async def one_dead(work: Work, event_id: UUID) -> Any:
    """The row of one of them; None when no such event is dead."""
    return (await work.session.execute(_DEAD.where(INBOX.c.event_id == event_id))).first()


async def retry(work: Work, event_id: UUID) -> bool:
    """Let the event be handled as if it had just arrived; False when no such event is dead."""
    return (await work.session.execute(_RETRY, {"id": event_id, "now": clock.now()})).first() is not None
