"""Requests for a change over HTTP."""

from typing import Annotated
from uuid import UUID

from services.incident import access
from services.incident.change_requests import commands
from services.incident.change_requests.schemas import ChangeRequestView, RequestChange
from shared.http import Allowed
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["incidents"])


@router.post("/incidents/{incident_id}/change-requests", status_code=202)
async def request_incident_change(
    incident_id: UUID, body: RequestChange, work: Annotated[Work, Allowed(access.REQUEST_CHANGE)]
) -> ChangeRequestView:
    """Ask change for a change that recovery needs; the answer appears among the links."""
    return ChangeRequestView.model_validate(await commands.request_change(work, incident_id, body.model_dump()))
