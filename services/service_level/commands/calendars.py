"""Keeps calendars. Agreements copy what they use, so a change here counts for versions made from then on."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.service_level.domain.calendars import checked
from services.service_level.errors import Retired, calendar_refused
from services.service_level.models import CalendarRow
from services.service_level.repository import calendars, numbers
from shared import clock
from shared.business_time import CalendarInvalid
from shared.contracts.service_level import CalendarChanged, CalendarRegistered
from shared.errors import check_version
from shared.unit_of_work import Work


async def register_calendar(
    work: Work, *, name: str, form: Mapping[str, Any], identity: UUID | None = None
) -> CalendarRow:
    """A new calendar; 422 when `form` cannot be meant so."""
    async with work:
        if made := await work.earlier_result():
            return await calendars.calendar(work.session, made)
        now, identity = clock.now(), identity or uuid7()
        row = CalendarRow(
            id=identity,
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
            number=await numbers.next_number(work.session, "CAL"),
            name=name,
            state="active",
            form=_form(form),
        )
        work.insert(row)
        work.emit(row, CalendarRegistered(**_facts(row)))
        work.remember_result(row.id)
        return row


async def change_calendar(work: Work, identity: UUID, expected: int, changes: Mapping[str, Any]) -> CalendarRow:
    """The calendar with these changes of its name or of parts of its form, the same when nothing differs.

    422 when it cannot be meant so.
    """
    async with work:
        row = await _to_change(work, identity, expected)
        name = changes.get("name", row.name)
        form = row.form | {part: value for part, value in changes.items() if part != "name"}
        if (name, form) != (row.name, row.form):
            row.name, row.form = name, _form(form)
            work.emit(row, CalendarChanged(**_facts(row)))
        return row


async def retire_calendar(work: Work, identity: UUID, expected: int) -> CalendarRow:
    """The calendar, used in no new agreement any more."""
    async with work:
        row = await _to_change(work, identity, expected)
        row.state = "retired"
        work.emit(row, CalendarChanged(**_facts(row)))
        return row


async def _to_change(work: Work, identity: UUID, expected: int) -> CalendarRow:
    row = await calendars.calendar(work.session, identity, lock=True)
    check_version(row.version, expected)
    if row.state == "retired":
        raise Retired("calendar")
    return row


def _form(form: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return checked(form)
    except CalendarInvalid as error:
        raise calendar_refused(str(error), at="") from None


def _facts(row: CalendarRow) -> dict[str, Any]:
    return {"number": row.number, "name": row.name, "active": row.state == "active"}
