"""Calendars over HTTP: kept by name, copied by agreements."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.service_level.api.callers import Asking, Keeping
from services.service_level.commands import calendars as commands
from services.service_level.models import CalendarRow
from services.service_level.repository import calendars
from services.service_level.schemas.calendars import CalendarPage, CalendarView, ChangeCalendar, RegisterCalendar
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.paging import Pages, link_next

router = strict(tags=["calendars"])
Order = Annotated[Literal["created_at", "-created_at", "name", "-name"] | None, Query()]


@router.post("/calendars", status_code=201)
async def register_calendar(body: RegisterCalendar, response: Response, work: Keeping) -> CalendarView:
    """Keep a calendar under a name."""
    row = await commands.register_calendar(work, name=body.name, form=body.written())
    return _shown(row, response)


@router.get("/calendars")
async def list_calendars(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    state: Literal["active", "retired"] | None = None,
    sort: Order = None,
) -> CalendarPage:
    """The calendars that are or were in use."""
    async with work:
        found = await calendars.calendars(work.session, paging, sort, state=state)
    link_next(request, response, found.next)
    return CalendarPage(items=[_view(row) for row in found.rows], next=found.next, total=found.total)


@router.get("/calendars/{calendar_id}")
async def read_calendar(calendar_id: UUID, response: Response, work: Asking) -> CalendarView:
    """One calendar."""
    async with work:
        row = await calendars.calendar(work.session, calendar_id)
    return _shown(row, response)


@router.patch("/calendars/{calendar_id}")
async def change_calendar(
    calendar_id: UUID, body: ChangeCalendar, expected: ExpectedVersion, response: Response, work: Keeping
) -> CalendarView:
    """Change a calendar; agreements go on by the copy that they took until they are amended."""
    changes = body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    row = await commands.change_calendar(work, calendar_id, expected, changes)
    return _shown(row, response)


@router.delete("/calendars/{calendar_id}", status_code=204, response_class=Response)
async def retire_calendar(calendar_id: UUID, expected: ExpectedVersion, work: Keeping) -> None:
    """Retire a calendar: no new agreement can use it; it stays to be read, as retired."""
    await commands.retire_calendar(work, calendar_id, expected)


def _shown(row: CalendarRow, response: Response) -> CalendarView:
    etag(response, row.version)
    return _view(row)


def _view(row: CalendarRow) -> CalendarView:
    own = {
        name: getattr(row, name) for name in ("id", "number", "name", "state", "version", "created_at", "updated_at")
    }
    return CalendarView.model_validate({**row.form, **own})
