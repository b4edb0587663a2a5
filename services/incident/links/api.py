"""What an incident is linked to, over HTTP."""

from typing import Annotated
from uuid import UUID

from services.incident import access
from services.incident.incidents.queries import INCIDENTS
from services.incident.links import commands
from services.incident.links.schemas import AddLink
from shared.http import Allowed
from shared.http import router as strict
from shared.http.mounted import LinkView, mount_links
from shared.unit_of_work import Work

router = strict(tags=["incidents"])
mount_links(router, "/incidents/{incident_id}", INCIDENTS)


@router.post("/incidents/{incident_id}/links", status_code=201)
async def add_incident_link(incident_id: UUID, body: AddLink, work: Annotated[Work, Allowed(access.LINK)]) -> LinkView:
    """Link a record of another system."""
    return LinkView.model_validate(await commands.add_link(work, incident_id, kind=body.kind, reference=body.reference))
