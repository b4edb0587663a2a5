"""Calendars as clients write them, and sums over them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from shared.fields import Instant, Line, RequestModel, ResponseModel, StrictBool, StrictInt
from shared.paging import Page

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ClockTime = Annotated[str, Field(min_length=5, max_length=8, description="Local time; 24:00 is the end of the day.")]
Block = Annotated[list[ClockTime], Field(min_length=2, max_length=2, description="Opening and closing time.")]
Day = Annotated[str, Field(min_length=10, max_length=10, description="A date such as 2026-04-27.")]
MonthDay = Annotated[str, Field(min_length=5, max_length=5, description="A month and day such as 12-25.")]
Zone = Annotated[str, Field(min_length=1, max_length=100, description="A zone of the IANA database.")]
Hours = Annotated[
    dict[Weekday, Annotated[list[Block], Field(max_length=24)]],
    Field(description="Blocks per weekday; a day that is not named is closed. 24x7 is seven days of 00:00 to 24:00."),
]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166 code; its public holidays are closed.")]
Subdivision = Annotated[str, Field(min_length=1, max_length=10, description="Part of the country, such as BY.")]


class DayRange(RequestModel):
    """Days from one to another, both included."""

    from_: Annotated[Day, Field(alias="from")]
    to: Day


class MonthDayRange(RequestModel):
    """Month-days from one to another, both included; it may pass the end of the year."""

    from_: Annotated[MonthDay, Field(alias="from")]
    to: MonthDay


Holidays = Annotated[list[Day | DayRange], Field(max_length=2000)]
YearlyHolidays = Annotated[list[MonthDay | MonthDayRange], Field(max_length=366)]
OFFICE: dict[str, Any] = {
    "zone": "Europe/Amsterdam",
    "hours": {
        "monday": [["08:00", "12:00"], ["13:00", "18:00"]],
        "tuesday": [["08:00", "18:00"]],
    },
    "holidays": ["2026-04-27", {"from": "2026-12-24", "to": "2027-01-02"}],
    "yearly_holidays": ["12-25"],
}


class CalendarForm(RequestModel):
    """A calendar in its one written form, wherever one is sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [OFFICE]})
    zone: Zone
    hours: Hours
    holidays: Holidays = Field(default_factory=list)
    yearly_holidays: YearlyHolidays = Field(default_factory=list)
    country: Country | None = None
    subdivision: Subdivision | None = None

    def written(self) -> dict[str, Any]:
        """The form as plain values."""
        return self.model_dump(mode="json", by_alias=True, include=set(CalendarForm.model_fields))


class RegisterCalendar(CalendarForm):
    """A calendar to keep, with its name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Office hours", **OFFICE, "country": "NL"}]})
    name: Line


class ChangeCalendar(RequestModel):
    """Parts to change; what is absent stays. Agreements keep the copy that they took."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hours": {"saturday": [["09:00", "13:00"]]}}]})
    name: Line | MISSING = MISSING
    zone: Zone | MISSING = MISSING
    hours: Hours | MISSING = MISSING
    holidays: Holidays | MISSING = MISSING
    yearly_holidays: YearlyHolidays | MISSING = MISSING
    country: Country | MISSING | None = MISSING
    subdivision: Subdivision | MISSING | None = MISSING


class CalendarSays(ResponseModel):
    """What a calendar says, in its written form."""

    zone: str
    hours: dict[str, list[list[str]]]
    holidays: list[str | dict[str, str]]
    yearly_holidays: list[str | dict[str, str]]
    country: str | None
    subdivision: str | None


class CalendarView(CalendarSays):
    """A calendar that is kept."""

    id: UUID
    number: str
    name: str
    state: Literal["active", "retired"]
    version: int
    created_at: datetime
    updated_at: datetime


class CalendarPage(Page):
    """A page of calendars."""

    items: list[CalendarView]


Pauses = Annotated[
    list[Annotated[list[Instant], Field(min_length=2, max_length=2, description="From and to.")]],
    Field(max_length=1000, description="Time that does not count; overlapping pauses count once."),
]


class _Sum(RequestModel):
    calendar: CalendarForm
    start: Instant
    pauses: Pauses = Field(default_factory=list)

    def spans(self) -> list[tuple[datetime, datetime]]:
        """The pauses as pairs."""
        return [(begins, ends) for begins, ends in self.pauses]


class AddSeconds(_Sum):
    """When has so much open time passed since `start`? Backwards, when negative."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"calendar": OFFICE, "operation": "add", "start": "2026-11-23T09:00:00Z", "seconds": 14400},
            ]
        }
    )
    operation: Literal["add"]
    seconds: StrictInt


class AddDays(_Sum):
    """Which instant lies so many working days after `start`, at the same local time or at the end of that day?"""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"calendar": OFFICE, "operation": "add_days", "start": "2026-11-23T09:00:00Z", "days": 5},
            ]
        }
    )
    operation: Literal["add_days"]
    days: StrictInt
    end_of_day: StrictBool = False


class MeasureElapsed(_Sum):
    """How much open time lies between `start` and `end`?"""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "calendar": OFFICE,
                    "operation": "elapsed",
                    "start": "2026-11-23T09:00:00Z",
                    "end": "2026-11-24T09:00:00Z",
                },
            ]
        }
    )
    operation: Literal["elapsed"]
    end: Instant


ComputeAsked = Annotated[AddSeconds | AddDays | MeasureElapsed, Field(discriminator="operation")]


class Computed(ResponseModel):
    """An instant in UTC, or a number of seconds for `elapsed`."""

    result: datetime | int
