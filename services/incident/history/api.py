"""History of another system over HTTP."""

from typing import Annotated

from services.incident import access
from services.incident.history import commands
from services.incident.history.schemas import ImportIncidents, ImportReport
from shared.http import Allowed
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["imports"])
LARGEST_BATCH = 16 * 1024 * 1024


@router.post("/imports", max_body_size=LARGEST_BATCH)
async def import_incidents(body: ImportIncidents, work: Annotated[Work, Allowed(access.IMPORT)]) -> ImportReport:
    """Import a batch of another system's history, all of it or nothing; the same batch sent again changes nothing.

    A history that begins with the one imported before, and goes on, adds its further steps; any other one under the same
    key is skipped. `steps` counts the recorded steps; `outside_lifecycle` lists those that today's lifecycle does not allow.
    """
    histories = [history.model_dump(exclude_none=True, exclude_defaults=True) for history in body.incidents]
    return ImportReport.model_validate(await commands.import_incidents(work, body.source, histories, last=body.last))
