"""Deliveries that were set apart: listed, read, and retried or discarded on request."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy import Select, delete, select
from sqlalchemy.exc import DBAPIError

from shared import database
from shared.bus import Queue
from shared.bus.acceptance import acceptable
from shared.bus.port import Reason
from shared.contracts import Envelope
from shared.discarding import discarded
from shared.errors import Conflict
from shared.inbox import QUARANTINE
from shared.inbox.stored import store
from shared.records import ListQuery, OneOf, Page
from shared.records.lists import Listing
from shared.unit_of_work import Work


class CannotRetry(Conflict):
    title = "It can still not be handled"


class QuarantineQuery(ListQuery):
    """What was set apart first comes first unless another order is requested."""

    sort: Literal["first_at", "-first_at"] = "first_at"
    reason: OneOf[Reason] = None


def _source(view: type[BaseModel]) -> Select[Any]:
    return select(*(QUARANTINE.c[name] for name in view.model_fields))


MESSAGES = Listing("quarantine", _source)


async def list_apart(work: Work, query: QuarantineQuery, view: type[BaseModel]) -> Page:
    """A page of them, each as JSON text with the fields of `view`."""
    return await MESSAGES.page(work, query, view, {})


async def one_apart(work: Work, identity: UUID) -> Any:
    """The row of one of them; None when there is no such."""
    return (await work.session.execute(select(QUARANTINE).where(QUARANTINE.c.id == identity))).first()


async def retry(work: Work, identity: UUID, queue: Queue) -> bool:
    """Store it as an event, if this version can; False when there is no such, `CannotRetry` with the reason when it cannot."""
    row = await _removed(work, identity)
    if row is None:
        return False
    if row.reason == "unknown type":
        raise CannotRetry("These events were handled as their family; update the service, and discard this.")
    try:
        envelope = Envelope.model_validate_json(row.message)
    except ValidationError as error:
        raise CannotRetry("It is not a valid event; discard it.") from error
    if not queue.takes(envelope.type):
        raise CannotRetry(f"This version of {queue.name} does not handle {envelope.type}; update it, or discard this.")
    if not acceptable(queue, row.publisher, envelope):
        raise CannotRetry(f"{row.publisher} may not publish {envelope.type} of {envelope.source}; discard it.")
    try:
        await store(await work.session.connection(), [envelope])
    except DBAPIError as error:
        if database.is_platform_fault(error):
            raise
        raise CannotRetry("The database cannot store it; discard it.") from error
    return True


async def discard(work: Work, identity: UUID, reason: str) -> bool:
    """Remove it, and record why; False when there is no such."""
    row = await _removed(work, identity)
    if row is None:
        return False
    discarded(
        work,
        row.id,
        kind="message",
        event_id=row.event_id,
        event_type=row.type,
        source=row.publisher,
        error=row.error,
        reason=reason,
    )
    return True


async def _removed(work: Work, identity: UUID) -> Any:
    """The row, which goes with the commit; None when there is no such."""
    return (
        await work.session.execute(delete(QUARANTINE).where(QUARANTINE.c.id == identity).returning(QUARANTINE))
    ).first()
