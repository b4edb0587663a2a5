"""Queries about calendars."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.service_level.access import READ
from services.service_level.calendars.rules import PARTS, check
from services.service_level.models import NamedCalendar
from shared.errors import invalid
from shared.records import Noun
from shared.unit_of_work import Work

CALENDARS = Noun(NamedCalendar, "calendar", READ)


def form_of(calendar: NamedCalendar) -> dict[str, Any]:
    """The form of a stored calendar."""
    return {name: getattr(calendar, name) for name in PARTS}


async def form_given(work: Work, calendar: Mapping[str, Any] | UUID) -> tuple[UUID | None, dict[str, Any]]:
    """The id and the form of a stored calendar, or the form that was sent.

    422 for an id of no calendar in use, and for a form that is not a valid calendar.
    """
    if isinstance(calendar, UUID):
        found = await work.session.get(NamedCalendar, calendar)
        if found is None or not found.active:
            raise invalid("/calendar", "no calendar with this id is in use")
        return calendar, form_of(found)
    check(calendar)
    return None, dict(calendar)
