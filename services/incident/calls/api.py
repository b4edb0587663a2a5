"""Calls over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.incident import access
from services.incident.calls import commands
from services.incident.calls.queries import CALLS
from services.incident.calls.schemas import CallPage, CallQuery, CallView, RegisterCall
from shared.http import NO_NAMES, Allowed, Include, created, list_json, read_json
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["calls"])
Reading = Annotated[Work, Allowed(access.READ_CALL)]


@router.post("/calls", status_code=201)
async def register_call(
    body: RegisterCall, response: Response, work: Annotated[Work, Allowed(access.REGISTER_CALL)]
) -> CallView:
    """Register a call; for type `incident` the incident is created at once, for type `rfc` change creates a request later."""
    call = await commands.register_call(work, body.model_dump())
    created(response, call, "/incident/v1/calls")
    return CallView.model_validate(call)


@router.get("/calls", response_model=CallPage)
async def list_calls(request: Request, work: Reading, query: Annotated[CallQuery, Query()]) -> Response:
    """The calls that the caller may see."""
    return await list_json(request, work, CALLS, query, CallView)


@router.get("/calls/{call_id}", response_model=CallView)
async def read_call(call_id: UUID, work: Reading, include: Include = NO_NAMES) -> Response:
    """One call."""
    return await read_json(work, CALLS, call_id, CallView, include)
