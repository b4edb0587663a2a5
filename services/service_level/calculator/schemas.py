"""Calculations on a calendar that the client sends."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from services.service_level.schemas import OFFICE, CalendarForm
from shared.bounds import MOST_DAYS, MOST_SECONDS
from shared.fields import Instant, RequestModel, ResponseModel, StrictBool, StrictInt

Pauses = Annotated[
    list[Annotated[list[Instant], Field(min_length=2, max_length=2, description="From and to.")]],
    Field(max_length=1000, description="Time that does not count; overlapping pauses count once."),
]


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [{"calendar": OFFICE, "start": "2026-11-23T09:00:00Z", **fields}]})


class _Calculation(RequestModel):
    calendar: CalendarForm
    start: Instant
    pauses: Pauses = Field(default_factory=list)

    def spans(self) -> list[tuple[datetime, datetime]]:
        """The pauses as pairs."""
        return [(begins, ends) for begins, ends in self.pauses]


class AddSeconds(_Calculation):
    """The instant when so much open time has passed since `start`; backwards when negative."""

    model_config = _example(operation="add", seconds=14400)
    operation: Literal["add"]
    seconds: Annotated[StrictInt, Field(ge=-MOST_SECONDS, le=MOST_SECONDS)]


class AddDays(_Calculation):
    """The instant so many working days after `start`, at the same local time or at the end of that day."""

    model_config = _example(operation="add_days", days=5)
    operation: Literal["add_days"]
    days: Annotated[StrictInt, Field(ge=-MOST_DAYS, le=MOST_DAYS)]
    end_of_day: StrictBool = False


class MeasureElapsed(_Calculation):
    """The open time between `start` and `end`."""

    model_config = _example(operation="elapsed", end="2026-11-24T09:00:00Z")
    operation: Literal["elapsed"]
    end: Instant


ComputeRequest = Annotated[AddSeconds | AddDays | MeasureElapsed, Field(discriminator="operation")]


class Computed(ResponseModel):
    """An instant in UTC, or a number of seconds for `elapsed`."""

    result: datetime | int
