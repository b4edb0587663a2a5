"""Calendars as clients register, change and see them."""

from pydantic import MISSING, ConfigDict

from services.service_level.schemas import (
    OFFICE,
    CalendarForm,
    Country,
    Holidays,
    Hours,
    OpenDays,
    Subdivision,
    WrittenCalendar,
    YearlyHolidays,
    Zone,
)
from shared.fields import Name, RequestModel
from shared.http import PageView
from shared.http.retirement import RetirableQuery, RetirableView


class RegisterCalendar(CalendarForm):
    """A calendar to store, with its name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Office hours", **OFFICE, "country": "NL"}]})
    name: Name


class ChangeCalendar(RequestModel):
    """Parts to change; what is absent stays. Agreements have their own copies."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hours": {"saturday": [["09:00", "13:00"]]}}]})
    name: Name | MISSING = MISSING
    zone: Zone | MISSING = MISSING
    hours: Hours | MISSING = MISSING
    holidays: Holidays | MISSING = MISSING
    yearly_holidays: YearlyHolidays | MISSING = MISSING
    open_days: OpenDays | MISSING = MISSING
    country: Country | MISSING | None = MISSING
    subdivision: Subdivision | MISSING | None = MISSING


class CalendarQuery(RetirableQuery):
    """Which calendars, in which order."""


class CalendarView(WrittenCalendar, RetirableView):
    """A calendar under a name."""

    name: str


class CalendarPage(PageView):
    """A page of calendars."""

    items: list[CalendarView]
