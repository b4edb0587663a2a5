"""The query of the change calendar."""

from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import Field

from services.change.lifecycles import IN_CALENDAR
from shared.fields import Instant
from shared.records import ListQuery, OneOf, Reference, Until, Where


def _in_calendar_after(column: Any, value: Any) -> Any:
    return reduce(or_, (column["state"] == state for state in IN_CALENDAR)) & (column["planned_end"] > value)


class CalendarQuery(ListQuery):
    """Which period of the calendar."""

    sort: Literal["planned_start", "-planned_start"] = "planned_start"
    begin: Annotated[Instant, Field(alias="from", description="Windows that end after it."), Where(_in_calendar_after)]
    end: Annotated[Instant, Field(alias="to", description="Windows that start before it."), Until("planned_start")]
    service_id: OneOf[Reference] = None
    party_id: OneOf[Reference] = None
