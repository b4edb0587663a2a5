"""The change calendar over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.change.api.callers import Asking
from services.change.repository import calendar as repository
from services.change.schemas.changes import ChangeLine, ChangePage
from shared.errors import BadRequest, FieldProblem
from shared.fields import Instant
from shared.http import router as strict
from shared.paging import Pages, link_next

router = strict(tags=["calendar"])


@router.get("/calendar")
async def read_calendar(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    begin: Annotated[Instant, Query(alias="from")],
    end: Annotated[Instant, Query(alias="to")],
    service_id: UUID | None = None,
) -> ChangePage:
    """The planned changes, up to those being implemented, whose window overlaps `from` (included) to `to` (not included)."""
    if end <= begin:
        problem = FieldProblem(pointer="#query/to", detail="lies after from")
        raise BadRequest("The period ends before it begins.", errors=[problem])
    async with work:
        found = await repository.calendar(work, begin, end, paging, service_id)
    link_next(request, response, found.next)
    return ChangePage(items=[ChangeLine.model_validate(row) for row in found.rows], next=found.next, total=found.total)
