"""Performance over HTTP."""

from typing import Annotated

from fastapi import Query

from services.service_level.access import READ_PERFORMANCE
from services.service_level.performance import queries
from services.service_level.performance.schemas import Performance
from services.service_level.schemas import Selection
from shared.http import Allowed
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["performance"])


@router.get("/performance")
async def read_performance(
    work: Annotated[Work, Allowed(READ_PERFORMANCE)], selection: Annotated[Selection, Query()]
) -> Performance:
    """The figures of the incidents that the caller may see."""
    async with work:
        return Performance.model_validate(await queries.performance(work, selection.selected()))
