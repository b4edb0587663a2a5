"""Routes of every service for operators and other systems: its feed of events, delivery, dead letters."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import ConfigDict, Field

from shared import dead_letters, inbox, quarantine, security_log
from shared.bus.port import Reason
from shared.contracts import Envelope
from shared.contracts.roles import FEED_READER, OPERATOR
from shared.delivery import Delivery, delivery
from shared.erasure.tasks import TaskQuery, list_tasks
from shared.errors import NotFound
from shared.feed import Feed, FeedItem, Filter, last_position, read
from shared.fields import Line, RequestModel, ResponseModel
from shared.http.lists import PageView, page_response
from shared.http.requests import router as strict
from shared.http.requests import work_for_technical
from shared.unit_of_work import Work

router = strict()
Operating = Annotated[Work, work_for_technical(OPERATOR)]
ReadingFeed = Annotated[Work, work_for_technical(FEED_READER)]
Following = Annotated[Work, work_for_technical(OPERATOR, FEED_READER)]


class DeadLetterUnknown(NotFound):
    """No event with this id is failing or dead here."""

    def __init__(self) -> None:
        super().__init__("There is no such dead letter.")


class NotSetApart(NotFound):
    """No message with this id is set apart here."""

    def __init__(self) -> None:
        super().__init__("There is no such message.")


class DeadLetter(ResponseModel):
    """An event that cannot be handled: `failing` while it is retried, `dead` after a day."""

    event_id: UUID
    state: dead_letters.State
    type: str
    received_at: datetime
    next_attempt_at: datetime | None = Field(description="When it is handled again; null when it is dead.")
    dead_at: datetime | None
    attempts: int
    last_error: str | None
    envelope: Envelope


class DeadLetterPage(PageView):
    """A page of failing and dead events."""

    items: list[DeadLetter]


class MessageApart(ResponseModel):
    """Something that was delivered and set apart, because this version cannot store it or does not know its type.

    Of an unknown type there is one for all events, which were handled as their family; `count` says how many.
    """

    id: UUID
    reason: Reason
    publisher: str | None
    type: str | None
    event_id: UUID | None
    error: str
    message: str = Field(description="What was delivered; bytes that are not UTF-8 are written as \\xNN.")
    count: int
    first_at: datetime
    last_at: datetime


class MessageApartPage(PageView):
    """A page of messages that were set apart."""

    items: list[MessageApart]


class ErasureTask(ResponseModel):
    """The erasure of a person as far as this service has carried it out."""

    id: UUID
    person_id: UUID
    created_at: datetime
    answered_at: datetime | None = Field(
        description="When everything had been erased here; null while it is under way."
    )
    records: dict[str, int] = Field(description="How many records of each kind have lost texts.")
    events: int = Field(description="How many events have lost texts.")


class ErasureTaskPage(PageView):
    """A page of erasures that this service knows of."""

    items: list[ErasureTask]


class Discard(RequestModel):
    """Why something is discarded."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "the incident was a test and is withdrawn"}]}
    )

    reason: Line


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
    """Events that wait to be published or handled, dead letters, and the status of one event here."""
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
    """The events that cannot be handled: those that are retried, and those that are dead after a day."""
    async with work:
        return page_response(request, await dead_letters.list_letters(work, query, DeadLetter))


@router.get("/dead-letters/{event_id}")
async def read_dead_letter(event_id: UUID, work: Operating) -> DeadLetter:
    """One event that cannot be handled, with the reason."""
    async with work:
        row = await dead_letters.one_letter(work, event_id)
    if row is None:
        raise DeadLetterUnknown
    return DeadLetter.model_validate(row)


@router.post("/dead-letters/{event_id}/retry", status_code=204, response_class=Response)
async def retry_dead_letter(event_id: UUID, request: Request, work: Operating) -> None:
    """Handle a failing or dead event now, as if it had just arrived; it is retried for another day."""
    async with work:
        if not await dead_letters.retry(work, event_id):
            raise DeadLetterUnknown
    request.app.state.running.inbox.wake()


@router.post("/dead-letters/{event_id}/discard", status_code=204, response_class=Response)
async def discard_dead_letter(event_id: UUID, given: Discard, work: Operating) -> None:
    """Never handle a failing or dead event, not in a rebuild either; who discarded it and why is recorded."""
    async with work:
        if not await dead_letters.discard(work, event_id, given.reason):
            raise DeadLetterUnknown


@router.get("/quarantine", response_model=MessageApartPage)
async def list_quarantine(
    request: Request, query: Annotated[quarantine.QuarantineQuery, Query()], work: Operating
) -> Response:
    """What was delivered and set apart, the oldest first."""
    async with work:
        return page_response(request, await quarantine.list_apart(work, query, MessageApart))


@router.get("/quarantine/{message_id}")
async def read_message_apart(message_id: UUID, work: Operating) -> MessageApart:
    """One message that was set apart, with the reason."""
    async with work:
        row = await quarantine.one_apart(work, message_id)
    if row is None:
        raise NotSetApart
    return MessageApart.model_validate(row)


@router.post("/quarantine/{message_id}/retry", status_code=204, response_class=Response)
async def retry_message_apart(message_id: UUID, request: Request, work: Operating) -> None:
    """Handle it as an event that has just arrived; 409 with the reason when this version still cannot."""
    running = request.app.state.running
    async with work:
        if not await quarantine.retry(work, message_id, running.service.queue):
            raise NotSetApart
    running.inbox.wake()


@router.post("/quarantine/{message_id}/discard", status_code=204, response_class=Response)
async def discard_message_apart(message_id: UUID, given: Discard, work: Operating) -> None:
    """Remove a message that was set apart; who discarded it and why is recorded."""
    async with work:
        if not await quarantine.discard(work, message_id, given.reason):
            raise NotSetApart


@router.get("/erasure-tasks", response_model=ErasureTaskPage)
async def list_erasure_tasks(request: Request, query: Annotated[TaskQuery, Query()], work: Operating) -> Response:
    """The erasures of people that this service knows of, which one restored from an older backup does not."""
    async with work:
        return page_response(request, await list_tasks(work, query, ErasureTask))
