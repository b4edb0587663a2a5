"""History of another system over HTTP."""

from typing import Annotated

from services.incident.commands.imports import import_incidents as record
from services.incident.schemas.imports import ImportIncidents, ImportReport
from shared.contracts.roles import ADMINISTRATOR, SERVICE_ACCOUNT
from shared.http import router as strict
from shared.http import work_for
from shared.unit_of_work import Work

router = strict(tags=["imports"])
LARGEST_BATCH = 16 * 1024 * 1024


@router.post("/imports", max_body_size=LARGEST_BATCH)
async def import_incidents(
    body: ImportIncidents, work: Annotated[Work, work_for(ADMINISTRATOR, SERVICE_ACCOUNT)]
) -> ImportReport:
    """Record a batch of another system's history as fact, whole or not at all; sent again it changes nothing.

    `steps` counts the steps of what was imported; `outside_lifecycle` lists those that today's lifecycle does not know.
    """
    histories = [history.model_dump(exclude_none=True, exclude_defaults=True) for history in body.incidents]
    return ImportReport.model_validate(await record(work, body.source, histories, last=body.last))
