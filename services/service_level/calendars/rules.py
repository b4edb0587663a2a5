"""The written form of a calendar, with a country's public holidays, and what it is compiled to."""

import warnings
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal
from uuid import UUID

import holidays
import msgspec
from pydantic import ConfigDict, Field

from shared.business_time import Calendar, CalendarInvalid
from shared.errors import Invalid, invalid
from shared.fields import RequestModel, ResponseModel

#: holidays of a country are known for these years: imported history may be old, a due moment is near
FIRST_YEAR, LAST_YEAR = 1970, 2099
ISO_CODE = 2  # letters of an ISO 3166-1 alpha-2 code

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


class CalendarSays(ResponseModel):
    """What a calendar says, in its written form."""

    zone: str
    hours: dict[str, list[list[str]]]
    holidays: list[str | dict[str, str]]
    yearly_holidays: list[str | dict[str, str]]
    country: str | None
    subdivision: str | None


CalendarGiven = Annotated[
    CalendarForm | UUID, Field(description="A written calendar, or the id of a kept one; a copy of it is taken.")
]


def written(calendar: CalendarForm | UUID) -> dict[str, Any] | UUID:
    """The calendar as plain values."""
    return calendar if isinstance(calendar, UUID) else calendar.written()


def calendar_of(form: Mapping[str, Any]) -> Calendar:
    """The calendar that `form` writes down: `zone`, `hours`, `holidays`, `yearly_holidays`, `country`, `subdivision`.

    Equal forms give the very same calendar, with what it has worked out so far. Raises `CalendarInvalid`, whose message begins
    with the name of the part that is wrong.
    """
    return _compiled(msgspec.json.encode(form, order="deterministic"))


def check(form: Mapping[str, Any], *, at: str = "/calendar") -> None:
    """Refuse a form that is no calendar, pointing at the part that is wrong."""
    try:
        calendar_of(form)
    except CalendarInvalid as error:
        raise refused(error, at=at) from None


def refused(error: CalendarInvalid, *, at: str = "/calendar") -> Invalid:
    """The refusal of a calendar, pointing at the part that is wrong."""
    part, _, sentence = str(error).partition(": ")
    known = part in CalendarForm.model_fields
    return invalid(f"{at}/{part}" if known else at, sentence if known else str(error))


@lru_cache(maxsize=256)
def _compiled(form: bytes) -> Calendar:
    written: dict[str, Any] = msgspec.json.decode(form)
    own = list(written.get("holidays") or ())
    return Calendar(
        written["zone"],
        written["hours"],
        [*own, *public_holidays(written.get("country"), written.get("subdivision"))],
        written.get("yearly_holidays") or (),
    )


@lru_cache(maxsize=256)
def public_holidays(country: str | None, subdivision: str | None = None) -> tuple[date, ...]:
    """The public holidays of an ISO 3166 country, or of one of its subdivisions; none without a country.

    Raises `CalendarInvalid` for a country or subdivision whose holidays are not known.
    """
    if country is None:
        if subdivision is not None:
            raise CalendarInvalid("subdivision: name the country that it belongs to")
        return ()
    if len(country) != ISO_CODE or not country.isupper():
        raise CalendarInvalid(f"country: the holidays of {country!r} are not known; use an ISO code such as 'NL'")
    with warnings.catch_warnings():
        # The library warns about years that it does not know; what it knows is enough.
        warnings.simplefilter("ignore")
        # Only this country is loaded: listing the known ones would load all of them.
        try:
            days = holidays.country_holidays(
                country, subdiv=subdivision, years=range(FIRST_YEAR, LAST_YEAR + 1), categories=("public",)
            )
        except NotImplementedError as error:
            part = "country" if subdivision is None or "subdivision" not in str(error).lower() else "subdivision"
            raise CalendarInvalid(f"{part}: {error}") from None
    return tuple(sorted(days))
