"""Sums on a calendar that is sent along: open to anyone, nothing is stored."""

from typing import Annotated

from fastapi import Body, Depends

from services.service_level.calculator import rules
from services.service_level.calculator.schemas import AddDays, AddSeconds, ComputeAsked, Computed
from shared.http import router as strict
from shared.http.callers import OpenToAnyone

router = strict(tags=["calendars"])


@router.post("/calendars/compute", summary="Compute on a Calendar", dependencies=[Depends(OpenToAnyone())])
def compute(body: Annotated[ComputeAsked, Body()]) -> Computed:
    """Add open seconds or working days to an instant, or measure the open time between two instants."""
    calendar, pauses = body.calendar.written(), body.spans()
    if isinstance(body, AddSeconds):
        return Computed(result=rules.end_of_seconds(calendar, body.start, body.seconds, pauses))
    if isinstance(body, AddDays):
        ends = rules.end_of_days(calendar, body.start, body.days, pauses, end_of_day=body.end_of_day)
        return Computed(result=ends)
    return Computed(result=rules.seconds_between(calendar, body.start, body.end, pauses))
