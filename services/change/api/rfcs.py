"""Requests for change over HTTP: submitted, read, decided about."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Body, Query, Request, Response

from services.change.api.callers import Asking
from services.change.commands import rfcs as commands
from services.change.commands.authority import looks_on, options_for
from services.change.domain.lifecycles import RFC
from services.change.repository import rfcs as repository
from services.change.schemas.rfcs import RfcMove, RfcPage, RfcState, RfcView, SubmitRfc
from shared.fields import Instant
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.http.moves import PermittedMoves
from shared.http.records import Timeline, timeline
from shared.paging import Pages, link_next

router = strict(tags=["requests for change"])
Order = Annotated[
    Literal["created_at", "-created_at", "updated_at", "-updated_at", "number", "-number"] | None, Query()
]
Name = Annotated[str | None, Query(max_length=100)]


@router.post("/rfcs", status_code=201)
async def submit_rfc(body: SubmitRfc, response: Response, work: Asking) -> RfcView:
    """Ask for a change."""
    rfc = await commands.submit_rfc(
        work,
        title=body.title,
        description=body.description,
        requester_id=body.requester_id,
        party_id=body.party_id,
        service_id=body.service_id,
        ki_ids=body.ki_ids,
        urgent=body.urgent,
    )
    etag(response, rfc.version)
    return RfcView.model_validate(rfc)


@router.get("/rfcs")
async def list_rfcs(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    state: RfcState | None = None,
    origin_service: Name = None,
    origin_type: Name = None,
    origin_id: UUID | None = None,
    service_id: UUID | None = None,
    party_id: UUID | None = None,
    requester_id: UUID | None = None,
    urgent: bool | None = None,
    created_from: Instant | None = None,
    created_until: Instant | None = None,
    sort: Order = None,
) -> RfcPage:
    """The requests that the caller may see."""
    filters = {
        "state": state,
        "origin_service": origin_service,
        "origin_type": origin_type,
        "origin_id": origin_id,
        "service_id": service_id,
        "party_id": party_id,
        "requester_id": requester_id,
        "urgent": urgent,
        "created_from": created_from,
        "created_until": created_until,
    }
    async with work:
        found = await repository.rfcs(work, paging, sort, filters)
    link_next(request, response, found.next)
    return RfcPage(items=[RfcView.model_validate(row) for row in found.rows], next=found.next, total=found.total)


@router.get("/rfcs/{rfc_id}")
async def read_rfc(rfc_id: UUID, response: Response, work: Asking) -> RfcView:
    """One request for change."""
    async with work:
        rfc = await repository.rfc(work, rfc_id)
    etag(response, rfc.version)
    return RfcView.model_validate(rfc)


@router.get("/rfcs/{rfc_id}/moves")
async def list_rfc_moves(rfc_id: UUID, response: Response, work: Asking) -> PermittedMoves:
    """What the caller may do with the request now, and what each move still needs."""
    async with work:
        rfc = await repository.rfc(work, rfc_id)
    etag(response, rfc.version)
    return PermittedMoves.of([] if looks_on(work, rfc) else options_for(work, RFC, rfc.state, {}))


@router.post("/rfcs/{rfc_id}/moves")
async def move_rfc(
    rfc_id: UUID, body: Annotated[RfcMove, Body()], expected: ExpectedVersion, response: Response, work: Asking
) -> RfcView:
    """Decide about the request, or send it in again; accepting it makes its change."""
    given = body.model_dump(exclude={"trigger"}, exclude_none=True)
    rfc = await commands.move_rfc(work, rfc_id, expected, body.trigger, given)
    etag(response, rfc.version)
    return RfcView.model_validate(rfc)


@router.get("/rfcs/{rfc_id}/timeline")
async def read_rfc_timeline(
    rfc_id: UUID, request: Request, response: Response, work: Asking, paging: Pages
) -> Timeline:
    """Everything that happened to the request and to its change."""
    async with work:
        await repository.rfc(work, rfc_id)
        return await timeline(work, rfc_id, paging, request, response)
