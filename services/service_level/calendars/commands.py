"""Registers, changes and retires calendars. Agreements copy what they use: a change counts for versions made after it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.service_level.access import MANAGE_CALENDARS
from services.service_level.calendars.queries import CALENDARS, form_of, store_holidays
from services.service_level.calendars.rules import FrozenHolidays, check, public_holidays
from services.service_level.lifecycles import check_open
from services.service_level.models import CALENDAR_NUMBER, NamedCalendar
from shared.contracts.service_level import CalendarChanged, CalendarRegistered
from shared.records import correct, event_of
from shared.unit_of_work import Work
from shared.versions import Expected


async def register_calendar(
    work: Work, *, name: str, form: Mapping[str, Any], identity: UUID | None = None
) -> NamedCalendar:
    """A new calendar; 422 when `form` is not a valid calendar."""
    async with work:
        if earlier := await work.earlier_result():
            return await CALENDARS.one(work, earlier)
        calendar = NamedCalendar(id=identity or uuid7(), number=await CALENDAR_NUMBER.next(work), name=name, **form)
        CALENDARS.check(work, calendar, MANAGE_CALENDARS)
        check(form_of(calendar), at="")
        work.insert(calendar)
        work.emit(calendar, event_of(CalendarRegistered, calendar))
        work.remember_result(calendar.id)
        return calendar


async def change_calendar(work: Work, identity: UUID, expected: Expected, changes: Mapping[str, Any]) -> NamedCalendar:
    """The calendar with these changes; unchanged when nothing differs; 422 when the result is not a valid calendar."""
    async with work:
        calendar = await CALENDARS.to_change(work, identity, expected, MANAGE_CALENDARS)
        check_open(calendar)
        if correct(calendar, changes):
            check(form_of(calendar), at="")
            work.emit(calendar, event_of(CalendarChanged, calendar))
        return calendar


async def retire_calendar(work: Work, identity: UUID, expected: Expected) -> NamedCalendar:
    """The calendar, no longer used in new agreements."""
    return await change_calendar(work, identity, expected, {"state": "retired"})


async def freeze_holidays(work: Work, form: Mapping[str, Any]) -> str | None:
    """Store the public holidays of a calendar as they are known now; returns their digest, none for a calendar of no country.

    Raises `CalendarInvalid` for a country whose holidays are not known.
    """
    if form.get("country") is None:
        return None
    frozen = FrozenHolidays.of(public_holidays(form["country"], form.get("subdivision")))
    await store_holidays(work, frozen)
    return frozen.digest
