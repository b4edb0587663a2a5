"""Incidents over HTTP: read, corrected, moved."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Body, Query, Request, Response

from services.incident import repository
from services.incident.api.callers import Asking, Providing
from services.incident.commands.incidents import correct_incident as correct
from services.incident.commands.moves import move_incident as fire
from services.incident.commands.moves import options_for
from services.incident.models import HeardEvent
from services.incident.schemas.incidents import CorrectIncident, IncidentPage, IncidentView
from services.incident.schemas.moves import IncidentMove
from shared.contracts.incident import IncidentState, Priority
from shared.fields import Instant
from shared.http import ExpectedVersion, etag, written
from shared.http import router as strict
from shared.http.records import PermittedMoves, Timeline, timeline
from shared.paging import Pages, written_page

router = strict(tags=["incidents"])
SHOWN = tuple(IncidentView.model_fields)
Number = Annotated[str | None, Query(max_length=40, description="E.g. INC-000042.")]
Order = Annotated[
    Literal["created_at", "-created_at", "updated_at", "-updated_at", "number", "-number"] | None, Query()
]


@router.get("/incidents", response_model=IncidentPage)
async def list_incidents(
    request: Request,
    work: Asking,
    paging: Pages,
    state: IncidentState | None = None,
    priority: Priority | None = None,
    number: Number = None,
    service_id: UUID | None = None,
    party_id: UUID | None = None,
    caller_id: UUID | None = None,
    team_id: UUID | None = None,
    assignee_id: UUID | None = None,
    source: Annotated[str | None, Query(max_length=200)] = None,
    opened_from: Instant | None = None,
    opened_until: Instant | None = None,
    sort: Order = None,
) -> Response:
    """The incidents that the caller may see."""
    filters = {
        "state": state,
        "priority": priority,
        "number": number,
        "service_id": service_id,
        "party_id": party_id,
        "caller_id": caller_id,
        "team_id": team_id,
        "assignee_id": assignee_id,
        "source": source,
        "opened_from": opened_from,
        "opened_until": opened_until,
    }
    async with work:
        found = await repository.incidents.listed(work, SHOWN, paging, sort, filters)
    return written_page(request, found)


@router.get("/incidents/{incident_id}", response_model=IncidentView)
async def read_incident(incident_id: UUID, work: Asking) -> Response:
    """One incident."""
    async with work:
        told, version = await repository.incidents.shown(work, SHOWN, incident_id)
    return written(told, version)


@router.patch("/incidents/{incident_id}")
async def correct_incident(
    incident_id: UUID, body: CorrectIncident, expected: ExpectedVersion, response: Response, work: Providing
) -> IncidentView:
    """Correct what is known about an incident; its state stays."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    incident = await correct(work, incident_id, expected, changes)
    etag(response, incident.version)
    return IncidentView.model_validate(incident)


@router.get("/incidents/{incident_id}/moves")
async def list_incident_moves(incident_id: UUID, response: Response, work: Asking) -> PermittedMoves:
    """What the caller may do with the incident now, and what each move still needs."""
    async with work:
        incident = await repository.incidents.one(work, incident_id)
        options = await options_for(work, incident)
    etag(response, incident.version)
    return PermittedMoves.of(options)


@router.post("/incidents/{incident_id}/moves")
async def move_incident(
    incident_id: UUID,
    body: Annotated[IncidentMove, Body()],
    expected: ExpectedVersion,
    response: Response,
    work: Asking,
) -> IncidentView:
    """Move the incident along its lifecycle; a refused move answers 409 with what is possible and what is lacking."""
    given = body.model_dump(exclude={"trigger"})
    incident = await fire(work, incident_id, expected, body.trigger, given)
    etag(response, incident.version)
    return IncidentView.model_validate(incident)


@router.get("/incidents/{incident_id}/timeline")
async def read_incident_timeline(
    incident_id: UUID, request: Request, response: Response, work: Providing, paging: Pages
) -> Timeline:
    """Everything that happened to the incident and to what belongs to it, and what other services told of it."""
    async with work:
        await repository.incidents.one(work, incident_id)
        return await timeline(work, incident_id, paging, request, response, beside=HeardEvent.__table__)
