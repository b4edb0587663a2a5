"""The work log of an incident over HTTP."""

from typing import Annotated
from uuid import UUID

from services.incident import access
from services.incident.incidents.queries import INCIDENTS
from services.incident.work_log.commands import add_entry
from shared.http import Allowed
from shared.http import router as strict
from shared.http.mounted import NoteView, WriteNote, mount_notes
from shared.unit_of_work import Work

router = strict(tags=["incidents"])
mount_notes(router, "/incidents/{incident_id}", INCIDENTS, access.READ_INTERNAL, path="work-log")


@router.post("/incidents/{incident_id}/work-log", status_code=201)
async def write_work_log_entry(
    incident_id: UUID, body: WriteNote, work: Annotated[Work, Allowed(access.WRITE_NOTE)]
) -> NoteView:
    """Write in the work log; an entry of the client's side is public, and ends the wait for the user.

    After the recovery an entry of the caller or the reporter says that it still fails: the desk decides before it closes.
    """
    return NoteView.model_validate(await add_entry(work, incident_id, text=body.text, public=body.public))
