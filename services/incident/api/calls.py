"""Calls over HTTP."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.incident import repository
from services.incident.api.callers import Calling
from services.incident.commands.calls import register_call as register
from services.incident.models import Call
from services.incident.schemas.calls import CallPage, CallView, RecordView, RegisterCall
from shared.contracts.incident import CallType
from shared.fields import Instant
from shared.http import etag
from shared.http import router as strict
from shared.paging import Pages, link_next

router = strict(tags=["calls"])
CallOrder = Annotated[Literal["created_at", "-created_at", "number", "-number"] | None, Query()]


def view(call: Call | Any) -> CallView:
    """A call as clients see it."""
    record = (
        RecordView(service=call.record_service, type=call.record_type, id=call.record_id, number=call.record_number)
        if call.record_id
        else None
    )
    return CallView.model_construct(
        id=call.id,
        number=call.number,
        type=call.call_type,  # type: ignore[arg-type]
        state=call.state,  # type: ignore[arg-type]
        title=call.title,
        description=call.description,
        channel=call.channel,
        service_id=call.service_id,
        party_id=call.party_id,
        caller_id=call.caller_id,
        impact=call.impact,  # type: ignore[arg-type]
        urgency=call.urgency,  # type: ignore[arg-type]
        record=record,
        reason=call.reason,
        version=call.version,
        created_at=call.created_at,
        updated_at=call.updated_at,
    )


@router.post("/calls", status_code=201)
async def register_call(body: RegisterCall, response: Response, work: Calling) -> CallView:
    """Register a call; of type `incident` it has its incident at once, of type `rfc` change answers with a record."""
    call = await register(
        work,
        call_type=body.type,
        title=body.title,
        description=body.description,
        impact=body.impact,
        urgency=body.urgency,
        service_id=body.service_id,
        caller_id=body.caller_id,
        party_id=body.party_id,
        channel=body.channel,
    )
    etag(response, call.version)
    response.headers["Location"] = f"/incident/v1/calls/{call.id}"
    return view(call)


@router.get("/calls")
async def list_calls(
    request: Request,
    response: Response,
    work: Calling,
    paging: Pages,
    type: CallType | None = None,  # noqa: A002 - the field's public name
    state: Literal["registered", "routed", "closed"] | None = None,
    number: Annotated[str | None, Query(max_length=40, description="E.g. CALL-000042.")] = None,
    service_id: UUID | None = None,
    opened_from: Instant | None = None,
    opened_until: Instant | None = None,
    sort: CallOrder = None,
) -> CallPage:
    """The calls that the caller may see."""
    filters = {
        "call_type": type,
        "state": state,
        "number": number,
        "service_id": service_id,
        "opened_from": opened_from,
        "opened_until": opened_until,
    }
    async with work:
        found = await repository.calls.listed(work, paging, sort, filters)
    link_next(request, response, found.next)
    return CallPage(items=[view(row) for row in found.rows], next=found.next, total=found.total)


@router.get("/calls/{call_id}")
async def read_call(call_id: UUID, response: Response, work: Calling) -> CallView:
    """One call."""
    async with work:
        call = await repository.calls.one(work, call_id)
    etag(response, call.version)
    return view(call)
