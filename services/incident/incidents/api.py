"""Incidents over HTTP: read, corrected, moved."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Query, Request, Response

from services.incident import access
from services.incident.incidents import commands
from services.incident.incidents.queries import INCIDENTS
from services.incident.incidents.rules import MATRIX
from services.incident.incidents.schemas import (
    CorrectIncident,
    IncidentMove,
    IncidentPage,
    IncidentQuery,
    IncidentView,
    LifecycleView,
    MoveRule,
    PriorityMatrix,
    PriorityRule,
)
from services.incident.lifecycles import INCIDENT
from services.incident.models import Incident, KnownPerson
from shared.http import NO_NAMES, Allowed, ExpectedVersion, Include, etag, list_json, read_json
from shared.http import router as strict
from shared.http.mounted import mount_confidential_access, mount_timeline, mount_watchers
from shared.http.moves import PermittedMoves
from shared.unit_of_work import Work

router = strict(tags=["incidents"])
Reading = Annotated[Work, Allowed(access.READ)]
Rules = Annotated[Work, Allowed(access.READ_RULES)]


@router.get("/incidents", response_model=IncidentPage)
async def list_incidents(request: Request, work: Reading, query: Annotated[IncidentQuery, Query()]) -> Response:
    """The incidents that the caller may see."""
    return await list_json(request, work, INCIDENTS, query, IncidentView)


@router.get("/incidents/{incident_id}", response_model=IncidentView)
async def read_incident(incident_id: UUID, work: Reading, include: Include = NO_NAMES) -> Response:
    """One incident."""
    return await read_json(work, INCIDENTS, incident_id, IncidentView, include)


@router.patch("/incidents/{incident_id}")
async def correct_incident(
    incident_id: UUID,
    body: CorrectIncident,
    expected: ExpectedVersion,
    response: Response,
    work: Annotated[Work, Allowed(access.CORRECT)],
) -> IncidentView:
    """Correct fields of an incident; its state stays."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    return _view(response, await commands.correct_incident(work, incident_id, expected, given))


@router.get("/incidents/{incident_id}/moves")
async def list_incident_moves(incident_id: UUID, response: Response, work: Reading) -> PermittedMoves:
    """What the caller may do with the incident now, and what each move still needs."""
    async with work:
        incident = await INCIDENTS.one(work, incident_id)
        etag(response, incident.version)
        return PermittedMoves.of(await commands.options_for(work, incident), IncidentMove)


@router.post("/incidents/{incident_id}/moves")
async def move_incident(
    incident_id: UUID,
    body: Annotated[IncidentMove, Body()],
    expected: ExpectedVersion,
    response: Response,
    work: Annotated[Work, Allowed(access.MOVE)],
) -> IncidentView:
    """Move the incident along its lifecycle; a refused move answers 409 with the possible moves and what is missing."""
    given = body.model_dump(exclude={"trigger"})
    return _view(response, await commands.move_incident(work, incident_id, expected, body.trigger, given))


@router.get("/lifecycle")
async def read_incident_lifecycle(_: Rules) -> LifecycleView:
    """Every state of an incident and every move between them."""
    moves = [
        MoveRule(
            trigger=move.trigger,
            sources=list(move.sources),
            target=move.target,
            requires=list(move.requires),
            roles=list(move.roles),
            guards=[str(guard.__doc__) for guard in move.guards],
        )
        for move in INCIDENT.moves
    ]
    return LifecycleView.model_validate(
        {"initial": INCIDENT.initial, "states": INCIDENT.states, "final": INCIDENT.final, "moves": moves}
    )


@router.get("/priority-matrix")
async def read_priority_matrix(_: Rules) -> PriorityMatrix:
    """The priority for each impact and urgency."""
    rules = [
        PriorityRule(impact=impact, urgency=urgency, priority=given) for (impact, urgency), given in MATRIX.items()
    ]
    return PriorityMatrix(items=sorted(rules, key=lambda rule: rule.priority), next=None)


mount_timeline(router, "/incidents/{incident_id}", INCIDENTS, access.READ_INTERNAL)
mount_watchers(router, "/incidents/{incident_id}", INCIDENTS, access.CORRECT, people=KnownPerson)
mount_confidential_access(router, "/incidents/{incident_id}", INCIDENTS)


def _view(response: Response, incident: Incident) -> IncidentView:
    etag(response, incident.version)
    return IncidentView.model_validate(incident)
