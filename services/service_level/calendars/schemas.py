"""Calendars as clients register, change and see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict

from services.service_level.schemas import (
    OFFICE,
    CalendarForm,
    Country,
    Holidays,
    Hours,
    Subdivision,
    WrittenCalendar,
    YearlyHolidays,
    Zone,
)
from shared.fields import Among, Known, Line, RequestModel
from shared.http import PageView
from shared.records import ListQuery, OneOf

STATES = ("active", "retired")


class RegisterCalendar(CalendarForm):
    """A calendar to store, with its name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Office hours", **OFFICE, "country": "NL"}]})
    name: Line


class ChangeCalendar(RequestModel):
    """Parts to change; what is absent stays. Agreements have their own copies."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hours": {"saturday": [["09:00", "13:00"]]}}]})
    name: Line | MISSING = MISSING
    zone: Zone | MISSING = MISSING
    hours: Hours | MISSING = MISSING
    holidays: Holidays | MISSING = MISSING
    yearly_holidays: YearlyHolidays | MISSING = MISSING
    country: Country | MISSING | None = MISSING
    subdivision: Subdivision | MISSING | None = MISSING


class CalendarQuery(ListQuery):
    """Which calendars, in which order."""

    state: OneOf[Annotated[str, Among(STATES)]] = None
    sort: Literal["created_at", "-created_at", "name", "-name"] = "created_at"


class CalendarView(WrittenCalendar):
    """A calendar under a name."""

    id: UUID
    number: str
    name: str
    state: Annotated[str, Known(STATES)]
    version: int
    created_at: datetime
    updated_at: datetime


class CalendarPage(PageView):
    """A page of calendars."""

    items: list[CalendarView]
