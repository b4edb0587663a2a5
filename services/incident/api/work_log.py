"""What belongs to an incident, over HTTP: work log, links, suggestions, requests for a change."""

from uuid import UUID

from fastapi import Request, Response

from services.incident import repository
from services.incident.api.callers import Asking, Providing, Recovering
from services.incident.commands import work_log as commands
from services.incident.schemas.incidents import (
    AddLink,
    ChangeRequestView,
    EntryView,
    LinkPage,
    LinkView,
    RequestChange,
    Suggestions,
    SuggestionView,
    WorkLogPage,
    WriteEntry,
)
from shared.http import router as strict
from shared.paging import Pages, link_next

router = strict(prefix="/incidents/{incident_id}", tags=["incidents"])


@router.get("/work-log")
async def read_work_log(
    incident_id: UUID, request: Request, response: Response, work: Asking, paging: Pages
) -> WorkLogPage:
    """The work log, oldest first; whoever does not work for the provider sees public entries and own ones."""
    async with work:
        await repository.incidents.one(work, incident_id)
        found = await repository.belongings.work_log(work, incident_id, paging)
    link_next(request, response, found.next)
    items = [EntryView.model_validate(row) for row in found.rows]
    return WorkLogPage(items=items, next=found.next, total=found.total)


@router.post("/work-log", status_code=201)
async def write_work_log_entry(incident_id: UUID, body: WriteEntry, work: Asking) -> EntryView:
    """Write in the work log; what the client's side writes is public, and ends the wait for the user."""
    return EntryView.model_validate(await commands.add_entry(work, incident_id, text=body.text, public=body.public))


@router.get("/links")
async def list_incident_links(
    incident_id: UUID, request: Request, response: Response, work: Asking, paging: Pages
) -> LinkPage:
    """Everything the incident is linked to, oldest first: requests and changes with their state, records of other systems."""
    async with work:
        await repository.incidents.one(work, incident_id)
        found = await repository.belongings.links(work, incident_id, paging)
    link_next(request, response, found.next)
    items = [LinkView.model_validate(row) for row in found.rows]
    return LinkPage(items=items, next=found.next, total=found.total)


@router.post("/links", status_code=201)
async def add_incident_link(incident_id: UUID, body: AddLink, work: Providing) -> LinkView:
    """Link a record of another system."""
    return LinkView.model_validate(await commands.add_link(work, incident_id, kind=body.kind, reference=body.reference))


@router.get("/suggestions")
async def list_incident_suggestions(incident_id: UUID, work: Recovering) -> Suggestions:
    """What knowledge suggested, known errors first."""
    async with work:
        await repository.incidents.one(work, incident_id)
        found = await repository.belongings.suggestions(work, incident_id)
    return Suggestions(items=[SuggestionView.model_validate(each) for each in found], next=None)


@router.post("/suggestions/{suggestion_id}/use")
async def use_incident_suggestion(incident_id: UUID, suggestion_id: UUID, work: Providing) -> SuggestionView:
    """Say that a suggestion solved it."""
    return SuggestionView.model_validate(await commands.use_suggestion(work, incident_id, suggestion_id))


@router.post("/change-requests", status_code=202)
async def request_incident_change(incident_id: UUID, body: RequestChange, work: Providing) -> ChangeRequestView:
    """Ask change for what recovery alters; the answer appears among the links."""
    request = await commands.request_change(
        work, incident_id, title=body.title, description=body.description, urgent=body.urgent
    )
    return ChangeRequestView.model_validate(request)
