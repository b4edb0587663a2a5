"""What several nouns send and show: calendars and terms."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from services.service_level.calendars.rules import PARTS
from shared.bounds import LONGEST_TARGET
from shared.contracts.incident import PendingReason, Priority
from shared.fields import Day, Instant, RequestModel, ResponseModel, StrictInt

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ClockTime = Annotated[str, Field(min_length=5, max_length=8, description="Local time; 24:00 is the end of the day.")]
Block = Annotated[list[ClockTime], Field(min_length=2, max_length=2, description="Opening and closing time.")]
MonthDay = Annotated[str, Field(min_length=5, max_length=5, description="A month and day such as 12-25.")]
Zone = Annotated[str, Field(min_length=1, max_length=100, description="A zone of the IANA database.")]
Hours = Annotated[
    dict[Weekday, Annotated[list[Block], Field(max_length=24)]],
    Field(description="Blocks per weekday; a day that is absent is closed. 24x7 is seven days of 00:00 to 24:00."),
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
OpenDays = Annotated[
    list[Day | DayRange],
    Field(max_length=2000, description="Open as on that weekday, although they are holidays of any kind."),
]
YearlyHolidays = Annotated[list[MonthDay | MonthDayRange], Field(max_length=366)]
OFFICE: dict[str, Any] = {
    "zone": "Europe/Amsterdam",
    "hours": {"monday": [["08:00", "12:00"], ["13:00", "18:00"]], "tuesday": [["08:00", "18:00"]]},
    "holidays": ["2026-04-27", {"from": "2026-12-24", "to": "2027-01-02"}],
    "yearly_holidays": ["12-25"],
}


class CalendarForm(RequestModel):
    """The form of a calendar, the same in every request."""

    model_config = ConfigDict(json_schema_extra={"examples": [OFFICE]})
    zone: Zone
    hours: Hours
    holidays: Holidays = Field(default_factory=list)
    yearly_holidays: YearlyHolidays = Field(default_factory=list)
    open_days: OpenDays = Field(default_factory=list)
    country: Country | None = None
    subdivision: Subdivision | None = None

    def values(self) -> dict[str, Any]:
        """The form as plain values."""
        return self.model_dump(mode="json", by_alias=True, include=set(PARTS))


class WrittenCalendar(ResponseModel):
    """The form of a calendar."""

    zone: str
    hours: dict[str, list[list[str]]]
    holidays: list[str | dict[str, str]]
    yearly_holidays: list[str | dict[str, str]]
    open_days: list[str | dict[str, str]]
    country: str | None
    subdivision: str | None

    @model_validator(mode="before")
    @classmethod
    def _stored_before_open_days(cls, form: Any) -> Any:
        return {"open_days": [], **form} if isinstance(form, Mapping) else form

    @field_validator("open_days", mode="before")
    @classmethod
    def _none_is_empty(cls, days: Any) -> Any:
        return days or []


CalendarGiven = Annotated[
    CalendarForm | UUID, Field(description="A calendar, or the id of a stored one; it is copied.")
]
Seconds = Annotated[StrictInt, Field(ge=1, le=LONGEST_TARGET, description="Open seconds on the calendar.")]
PauseReasons = Annotated[
    list[PendingReason], Field(max_length=5, description="Why the restore clock pauses while an incident is pending.")
]
Team = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Selection(RequestModel):
    """Which incidents a report is about: registered in a period, of one service, priority, team and party."""

    model_config = ConfigDict(populate_by_name=True)
    from_: Annotated[Instant | None, Field(alias="from", description="Registered from this instant on.")] = None
    to: Annotated[Instant | None, Field(description="Registered before this instant.")] = None
    service_id: Annotated[UUID | None, Field(description="The last known one.")] = None
    priority: Annotated[Priority | None, Field(description="The final one.")] = None
    team: Annotated[Team | None, Field(description="The last known one.")] = None
    party_id: Annotated[UUID | None, Field(description="The present one.")] = None

    def selected(self) -> dict[str, Any]:
        """The filters as plain values."""
        return self.model_dump(include=set(Selection.model_fields))


class ByPriority(ResponseModel):
    """A count per priority."""

    P1: int
    P2: int
    P3: int
    P4: int
