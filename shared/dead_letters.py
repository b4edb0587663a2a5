"""Events that a service cannot handle, failing (retried for a day) or dead: listed, retried and discarded on request."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Select, case, or_, select, text

from shared import clock
from shared.discarding import discarded
from shared.inbox import INBOX
from shared.records import ListQuery, OneOf, Page
from shared.records.lists import Listing
from shared.unit_of_work import Work

State = Literal["failing", "dead"]

_FAILING = INBOX.c.last_error.is_not(None) & INBOX.c.done_at.is_(None)
_LETTERS = (
    select(
        INBOX,
        INBOX.c.event_id.label("id"),
        case((INBOX.c.dead_at.is_not(None), "dead"), else_="failing").label("state"),
        case((INBOX.c.dead_at.is_(None), INBOX.c.due_at)).label("next_attempt_at"),
    )
    .where(or_(INBOX.c.dead_at.is_not(None), _FAILING))
    .subquery("dead_letter")
)
_RETRY = text("""
UPDATE inbox
SET dead_at = NULL, due_at = NULL, attempts = 0, claimed_at = NULL, last_error = NULL, received_at = :now
WHERE event_id = :id AND done_at IS NULL AND (dead_at IS NOT NULL OR last_error IS NOT NULL) RETURNING event_id
""")
_DISCARD = text("""
UPDATE inbox SET done_at = :now, discarded_at = :now, dead_at = NULL, claimed_at = NULL
WHERE event_id = :id AND done_at IS NULL AND (dead_at IS NOT NULL OR last_error IS NOT NULL)
RETURNING event_id, type, envelope->>'source' AS source, last_error
""")


class DeadLetterQuery(ListQuery):
    """Failing and dead events, those that arrived first first unless another order is requested."""

    sort: Literal["received_at", "-received_at"] = "received_at"
    state: OneOf[State] = None


def _source(view: type[BaseModel]) -> Select[Any]:
    return select(*(_LETTERS.c[name] for name in view.model_fields))


DEAD_LETTERS = Listing("dead_letter", _source)


async def list_letters(work: Work, query: DeadLetterQuery, view: type[BaseModel]) -> Page:
    """A page of them, each as JSON text with the fields of `view`."""
    return await DEAD_LETTERS.page(work, query, view, {})


async def one_letter(work: Work, event_id: UUID) -> Any:
    """The row of one of them; None when no such event is failing or dead."""
    return (await work.session.execute(select(_LETTERS).where(_LETTERS.c.id == event_id))).first()


async def retry(work: Work, event_id: UUID) -> bool:
    """Let the event be handled as if it had just arrived; False when no such event is failing or dead."""
    return (await work.session.execute(_RETRY, {"id": event_id, "now": clock.now()})).first() is not None


async def discard(work: Work, event_id: UUID, reason: str) -> bool:
    """Never handle the event, not in a rebuild either, and record why; False when no such event is failing or dead."""
    row = (await work.session.execute(_DISCARD, {"id": event_id, "now": clock.now()})).first()
    if row is None:
        return False
    discarded(
        work,
        row.event_id,
        kind="dead_letter",
        event_id=row.event_id,
        event_type=row.type,
        source=row.source,
        error=row.last_error,
        reason=reason,
    )
    return True
