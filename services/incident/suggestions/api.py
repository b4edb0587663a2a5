"""Suggestions over HTTP."""

from typing import Annotated
from uuid import UUID

from services.incident import access
from services.incident.incidents.queries import INCIDENTS
from services.incident.suggestions.commands import use_suggestion
from services.incident.suggestions.queries import suggestions
from services.incident.suggestions.schemas import Suggestions, SuggestionView
from shared.http import Allowed
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(prefix="/incidents/{incident_id}/suggestions", tags=["incidents"])


@router.get("")
async def list_incident_suggestions(
    incident_id: UUID, work: Annotated[Work, Allowed(access.READ_SUGGESTIONS)]
) -> Suggestions:
    """What knowledge suggested, known errors first; suppliers see public items only."""
    async with work:
        incident = await INCIDENTS.one(work, incident_id)
        INCIDENTS.check(work, incident, access.READ_SUGGESTIONS)
        found = await suggestions(work, incident_id, internal=access.READ_INTERNAL.covers(work.caller, incident))
    return Suggestions(items=[SuggestionView.model_validate(each) for each in found], next=None)


@router.post("/{suggestion_id}/use")
async def use_incident_suggestion(
    incident_id: UUID, suggestion_id: UUID, work: Annotated[Work, Allowed(access.USE_SUGGESTION)]
) -> SuggestionView:
    """Record that a suggestion solved the incident."""
    return SuggestionView.model_validate(await use_suggestion(work, incident_id, suggestion_id))
