"""Calendars over HTTP: stored under a name, copied by agreements."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.service_level import access
from services.service_level.calendars import commands
from services.service_level.calendars.queries import CALENDARS
from services.service_level.calendars.schemas import (
    CalendarPage,
    CalendarQuery,
    CalendarView,
    ChangeCalendar,
    RegisterCalendar,
)
from shared.http import Allowed, ExpectedVersion, created, etag
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.unit_of_work import Work

router = strict(tags=["calendars"])
Managing = Annotated[Work, Allowed(access.MANAGE_CALENDARS)]


@router.post("/calendars", status_code=201)
async def register_calendar(body: RegisterCalendar, response: Response, work: Managing) -> CalendarView:
    """Store a calendar under a name."""
    calendar = await commands.register_calendar(work, name=body.name, form=body.values())
    created(response, calendar, "/service-level/v1/calendars")
    return CalendarView.model_validate(calendar)


@router.patch("/calendars/{calendar_id}")
async def change_calendar(
    calendar_id: UUID, body: ChangeCalendar, expected: ExpectedVersion, response: Response, work: Managing
) -> CalendarView:
    """Change a calendar; agreements use their own copies until they are amended."""
    changes = body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    calendar = await commands.change_calendar(work, calendar_id, expected, changes)
    etag(response, calendar.version)
    return CalendarView.model_validate(calendar)


@router.delete("/calendars/{calendar_id}", status_code=204, response_class=Response)
async def retire_calendar(calendar_id: UUID, expected: ExpectedVersion, work: Managing) -> None:
    """Retire a calendar: no new agreement can use it; it can still be read."""
    await commands.retire_calendar(work, calendar_id, expected)


mount_reading(router, "/calendars/{calendar_id}", CALENDARS, CalendarView, CalendarPage, CalendarQuery)
