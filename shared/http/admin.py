"""What operators and other systems ask of every service: its feed of events, delivery, dead letters."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from shared import dead_letters, inbox, security_log
from shared.contracts import Envelope
from shared.contracts.roles import FEED_READER, OPERATOR
from shared.delivery import Delivery, delivery
from shared.errors import NotFound
from shared.feed import Feed, FeedItem, Filter, last_position, read
from shared.fields import ResponseModel
from shared.http.lists import PageView, page_response
from shared.http.requests import router as strict
from shared.http.requests import work_for_technical
from shared.unit_of_work import Work

router = strict()
Operating = Annotated[Work, work_for_technical(OPERATOR)]
ReadingFeed = Annotated[Work, work_for_technical(FEED_READER)]
Following = Annotated[Work, work_for_technical(OPERATOR, FEED_READER)]


class DeadLetterUnknown(NotFound):
    """No event with this id is dead here."""

    def __init__(self) -> None:
        super().__init__("There is no such dead letter.")


class DeadLetter(ResponseModel):
    """An event that could not be handled within a day."""

    event_id: UUID
    type: str
    received_at: datetime
    dead_at: datetime
    attempts: int
    last_error: str | None
    envelope: Envelope


class DeadLetterPage(PageView):
    """A page of dead letters, oldest first."""

    items: list[DeadLetter]


@router.get("/events")
async def read_events(
    work: ReadingFeed,
    after: Annotated[int, Query(ge=0, le=2**62, description="Position after which to begin.")] = 0,
    type: Annotated[str | None, Query(max_length=200)] = None,  # noqa: A002 - the parameter's public name
    correlation_id: UUID | None = None,
    subject: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Feed:
    """The service's events in order, from a position on."""
    async with work:
        rows = await read(
            work.session, Filter(after=after, type=type, correlation_id=correlation_id, subject=subject), limit + 1
        )
        last = await last_position(work.session)
    items = [FeedItem.model_validate(dict(row)) for row in rows[:limit]]
    if len(items) > security_log.BULK:  # events name people, and say what they did
        security_log.record("personal_data_read_in_bulk", actor=work.actor.id, noun="event", rows=len(items))
    return Feed(items=items, next=items[-1].position if len(rows) > limit else None, last=last)


class DeliveryView(Delivery):
    """The figures of delivery, and the status of the event that was named."""

    status: Literal["not for this service", "not yet", "waiting", "done", "dead"] | None


@router.get("/delivery")
async def read_delivery(
    request: Request,
    work: Following,
    event_id: UUID | None = None,
    event_type: Annotated[str | None, Query(max_length=200, description="The type of the event that is named.")] = None,
) -> DeliveryView:
    """What waits to be published or handled, what died, and what became of one event here."""
    bound = event_type is not None and request.app.state.running.service.queue.takes(event_type)
    async with work:
        found = await inbox.delivery_status(work.session, event_id) if event_id and bound else None
        figures = await delivery(work.session)
    status = (found or "not yet") if bound else "not for this service"
    return DeliveryView(**figures.model_dump(), status=status if event_id else None)


@router.get("/dead-letters", response_model=DeadLetterPage)
async def list_dead_letters(
    request: Request, query: Annotated[dead_letters.DeadLetterQuery, Query()], work: Operating
) -> Response:
    """The events that could not be handled, the one that died first at the head."""
    async with work:
        return page_response(request, await dead_letters.list_dead(work, query, DeadLetter))


@router.get("/dead-letters/{event_id}")
async def read_dead_letter(event_id: UUID, work: Operating) -> DeadLetter:
    """One event that could not be handled, with the reason."""
    async with work:
        row = await dead_letters.one_dead(work, event_id)
    if row is None:
        raise DeadLetterUnknown
    return DeadLetter.model_validate(row)


@router.post("/dead-letters/{event_id}/retry", status_code=204, response_class=Response)
async def retry_dead_letter(event_id: UUID, request: Request, work: Operating) -> None:
    """Handle a dead letter again as if it had just arrived; it may fail for another day."""
    async with work:
        if not await dead_letters.retry(work, event_id):
            raise DeadLetterUnknown
    request.app.state.running.inbox.wake()
