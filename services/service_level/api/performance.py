"""Performance over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.service_level.api.callers import Watching
from services.service_level.repository import performance as figures
from services.service_level.repository.selection import Selection
from services.service_level.schemas.reports import Performance, Team
from shared.contracts.incident import Priority
from shared.fields import Instant
from shared.http import router as strict

router = strict(tags=["performance"])


@router.get("/performance")
async def read_performance(
    work: Watching,
    begins: Annotated[Instant | None, Query(alias="from", description="Registered from this instant on.")] = None,
    ends: Annotated[Instant | None, Query(alias="to", description="Registered before this instant.")] = None,
    service_id: UUID | None = None,
    priority: Annotated[Priority | None, Query(description="The final one.")] = None,
    team: Annotated[Team | None, Query(description="The last known one.")] = None,
    party_id: UUID | None = None,
) -> Performance:
    """What was delivered: the figures of the incidents that the caller may see."""
    selection = Selection(begins, ends, service_id, priority, team, party_id)
    async with work:
        return Performance.model_validate(await figures.performance(work.session, selection, work.caller))
