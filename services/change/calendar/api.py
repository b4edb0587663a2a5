"""The change calendar over HTTP."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.change import access
from services.change.calendar.schemas import CalendarQuery
from services.change.changes.queries import CHANGES
from services.change.schemas import ChangeLine, ChangePage
from shared.errors import BadRequest, FieldProblem
from shared.http import Allowed, list_json
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["calendar"])


@router.get("/calendar", response_model=ChangePage)
async def read_calendar(
    request: Request, work: Annotated[Work, Allowed(access.READ)], query: Annotated[CalendarQuery, Query()]
) -> Response:
    """The planned changes, up to those being implemented, whose window overlaps `from` (included) to `to` (not included)."""
    if query.end <= query.begin:
        problem = FieldProblem(pointer="#query/to", detail="must be after from")
        raise BadRequest("The period ends before it begins.", errors=[problem])
    return await list_json(request, work, CHANGES, query, ChangeLine)
