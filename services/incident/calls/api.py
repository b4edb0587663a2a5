"""Calls over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Query, Request, Response

from services.incident import access
from services.incident.calls import commands
from services.incident.calls.queries import CALLS
from services.incident.calls.schemas import AnswerCall, CallPage, CallQuery, CallView, RegisterCall
from shared.http import NO_NAMES, Allowed, ExpectedVersion, Include, created, etag, list_json, read_json
from shared.http import router as strict
from shared.http.moves import PermittedMoves
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


@router.get("/calls/{call_id}/moves")
async def list_call_moves(call_id: UUID, response: Response, work: Reading) -> PermittedMoves:
    """What the caller may do with the call now, and what each move still needs."""
    async with work:
        call = await CALLS.one(work, call_id)
        etag(response, call.version)
        return PermittedMoves.of(commands.options_for(work, call), AnswerCall)


@router.post("/calls/{call_id}/moves")
async def move_call(
    call_id: UUID,
    body: Annotated[AnswerCall, Body()],
    expected: ExpectedVersion,
    response: Response,
    work: Annotated[Work, Allowed(access.ANSWER_CALL)],
) -> CallView:
    """Answer a call that the desk holds; a refused move answers 409 with the possible moves and what is missing."""
    given = body.model_dump(exclude={"trigger"}, exclude_none=True)
    call = await commands.move_call(work, call_id, expected, body.trigger, given)
    etag(response, call.version)
    return CallView.model_validate(call)
