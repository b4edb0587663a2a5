"""Events that a service could not handle within a day: listed, read, and handled again on request."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Select, select, text

from shared import clock
from shared.inbox import INBOX
from shared.records import ListQuery, Page
from shared.records.lists import Listing
from shared.unit_of_work import Work

_DEAD = select(INBOX, INBOX.c.event_id.label("id")).where(INBOX.c.dead_at.is_not(None)).subquery("dead_letter")
_RETRY = text("""
UPDATE inbox SET dead_at = NULL, due_at = NULL, attempts = 0, claimed_at = NULL, received_at = :now
WHERE event_id = :id AND dead_at IS NOT NULL RETURNING event_id
""")


class DeadLetterQuery(ListQuery):
    """The order of dead letters: oldest first, unless another order is requested."""

    sort: Literal["dead_at", "-dead_at"] = "dead_at"


def _source(view: type[BaseModel]) -> Select[Any]:
    return select(*(_DEAD.c[name] for name in view.model_fields))


DEAD_LETTERS = Listing("dead_letter", _source)


async def list_dead(work: Work, query: DeadLetterQuery, view: type[BaseModel]) -> Page:
    """A page of them, each as JSON text with the fields of `view`."""
    return await DEAD_LETTERS.page(work, query, view, {})


async def one_dead(work: Work, event_id: UUID) -> Any:
    """The row of one of them; None when no such event is dead."""
    return (await work.session.execute(select(_DEAD).where(_DEAD.c.id == event_id))).first()


async def retry(work: Work, event_id: UUID) -> bool:
    """Let the event be handled as if it had just arrived; False when no such event is dead."""
    return (await work.session.execute(_RETRY, {"id": event_id, "now": clock.now()})).first() is not None
