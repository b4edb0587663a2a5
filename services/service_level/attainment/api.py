"""Attainment over HTTP."""

from typing import Annotated

from fastapi import Query

from services.service_level.access import READ_PERFORMANCE
from services.service_level.attainment import queries
from services.service_level.attainment.schemas import Attainment, AttainmentQuery
from services.service_level.clocks.rules.measurement import KINDS
from shared import clock
from shared.http import Allowed
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["performance"])


@router.get("/attainment")
async def read_attainment(
    work: Annotated[Work, Allowed(READ_PERFORMANCE)], query: Annotated[AttainmentQuery, Query()]
) -> Attainment:
    """How many targets were met and breached, of the records that the caller may see; in groups."""
    group_by, targets = list(dict.fromkeys(query.group_by or ())), list(dict.fromkeys(query.target or KINDS))
    async with work:
        items = await queries.attainment(
            work, query.selected(), group_by=group_by, targets=targets, zone=query.zone, now=clock.now()
        )
        names = await queries.names_of(work, items) if query.include else None
    return Attainment.model_validate({"items": items, "next": None, "names": names})
