"""What operators and other systems ask of every service: its feed of events, dead letters, rebuilding."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict

from shared import dead_letters, inbox
from shared.access import Caller
from shared.contracts import Envelope
from shared.contracts.roles import ADMINISTRATOR, FEED_READER, OPERATOR
from shared.delivery import Delivery, delivery
from shared.errors import NotFound, invalid
from shared.feed import Filter, read
from shared.fields import Count, Instant, RequestModel, ResponseModel, StrictBool
from shared.http.callers import Allow
from shared.http.requests import router as strict
from shared.http.requests import work_for, work_for_technical
from shared.paging import Page, Pages, link_next
from shared.runtime import Running
from shared.unit_of_work import Work

router = strict()
rebuilding = strict()
Operating = Annotated[Work, work_for_technical(OPERATOR)]
ReadingFeed = Annotated[Work, work_for_technical(FEED_READER)]
Following = Annotated[Work, work_for_technical(OPERATOR, FEED_READER)]
LARGEST_FEED_BODY = 16 * 1024 * 1024


class FeedItem(Envelope):
    """An event with its place in the service's feed."""

    position: int


class Feed(BaseModel):
    """Events in the order of their positions."""

    items: list[FeedItem]
    next: int | None = Field(description="Ask again with `after` set to this; null when the feed ends here for now.")


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


class DeadLetterPage(Page):
    """A page of dead letters, oldest first."""

    items: list[DeadLetter]


_EVENT: JsonDict = {
    "id": "019acd5e-2c00-7000-8000-000000000001",
    "type": "party.registered.v1",
    "source": "governance",
    "subject": "00000000-0000-7000-8000-000000000002",
    "sequence": 1,
    "time": "2026-11-23T09:00:00Z",
    "correlationid": "00000000-0000-7000-8000-000000000002",
    "actor": {"type": "system", "id": "governance"},
    "data": {"number": "PTY-000002", "name": "Client organisation", "kind": "client", "active": True},
}


class SentEvent(Envelope):
    """An event of a feed, as somebody sends it back."""

    sequence: Count
    time: Instant
    historical: StrictBool = False


class RebuildEvents(RequestModel):
    """Events of other services' feeds, to be folded again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"events": [_EVENT]}]})
    events: list[SentEvent] = Field(max_length=1000)


class Folded(BaseModel):
    """How many of the events sent were for this service."""

    folded: int


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
    items = [FeedItem.model_validate(dict(row)) for row in rows[:limit]]
    return Feed(items=items, next=items[-1].position if len(rows) > limit else None)


class DeliveryView(Delivery):
    """The figures of delivery, and what became of the event that was asked about."""

    heard: Literal["not for this service", "not yet", "waiting", "done", "dead"] | None


@router.get("/delivery")
async def read_delivery(
    request: Request,
    work: Following,
    event_id: UUID | None = None,
    event_type: Annotated[str | None, Query(max_length=200, description="The type of the event asked about.")] = None,
) -> DeliveryView:
    """What waits to be published or handled, what died, and what became of one event here."""
    bound = event_type is not None and request.app.state.running.service.queue.takes(event_type)
    async with work:
        heard = await inbox.delivery_status(work.session, event_id) if event_id and bound else None
        figures = await delivery(work.session)
    told = (heard or "not yet") if bound else "not for this service"
    return DeliveryView(**figures.model_dump(), heard=told if event_id else None)


@router.get("/dead-letters")
async def list_dead_letters(request: Request, response: Response, work: Operating, paging: Pages) -> DeadLetterPage:
    """The events that could not be handled, the one that died first at the head."""
    async with work:
        found = await dead_letters.list_dead(work, paging)
    link_next(request, response, found.next)
    items = [DeadLetter.model_validate(row) for row in found.rows]
    return DeadLetterPage(items=items, next=found.next, total=found.total)


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


@rebuilding.post("/rebuild", summary="Drop What Was Derived", status_code=204, response_class=Response)
async def forget_derived(request: Request, work: Annotated[Work, work_for(ADMINISTRATOR)]) -> None:
    """Drop what this service derived from events; nothing that a person entered. Then send the feeds to `rebuild/events`."""
    running: Running = request.app.state.running
    await running.service.drop_derived(work)


@rebuilding.post("/rebuild/events", summary="Fold Events Again", max_body_size=LARGEST_FEED_BODY)
async def fold_again(
    body: RebuildEvents, request: Request, _: Annotated[Caller, Depends(Allow((ADMINISTRATOR,)))]
) -> Folded:
    """Fold events of other services' feeds again; nothing is emitted, and repeats change nothing."""
    running: Running = request.app.state.running
    mine = [event for event in body.events if running.service.queue.takes(event.type)]
    try:
        async with running.work(running.service.actor, replaying=True) as work:
            await inbox.dispatch(work, running.service.routes, mine)
    except ValidationError as error:
        raise invalid("/events", f"data that does not fit its type: {error.title}") from error
    return Folded(folded=len(mine))
