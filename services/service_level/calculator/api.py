"""Calculations on a calendar that the client sends; for everybody who is signed in, and nothing is stored."""

from typing import Annotated

from fastapi import Body, Depends

from services.service_level.calculator.rules import pointing
from services.service_level.calculator.schemas import AddDays, AddSeconds, Computed, ComputeRequest
from services.service_level.calendars.rules import calendar_of
from shared.business_time import add, add_days, elapsed
from shared.http import router as strict
from shared.http.callers import Allow
from shared.http.costs import in_a_thread

router = strict(tags=["calendars"])
LARGEST_CALENDAR = 256 * 1024


@router.post(
    "/calendars/compute",
    summary="Compute on a Calendar",
    dependencies=[Depends(Allow())],
    max_body_size=LARGEST_CALENDAR,
)
async def compute(body: Annotated[ComputeRequest, Body()]) -> Computed:
    """Add open seconds or working days to an instant, or measure the open time between two instants."""
    return await in_a_thread(_computed, body)


def _computed(body: ComputeRequest) -> Computed:
    form, pauses = body.calendar.values(), body.spans()
    if isinstance(body, AddSeconds):
        with pointing(pauses, amount="/seconds"):
            return Computed(result=add(calendar_of(form, remembered=False), body.start, body.seconds, pauses))
    if isinstance(body, AddDays):
        with pointing(pauses, amount="/days"):
            calendar = calendar_of(form, remembered=False)
            return Computed(result=add_days(calendar, body.start, body.days, body.end_of_day, pauses))
    with pointing(pauses, amount="/end"):
        return Computed(result=elapsed(calendar_of(form, remembered=False), body.start, body.end, pauses))
