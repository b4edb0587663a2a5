"""The calendars that people keep."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.service_level.errors import CalendarUnknown
from services.service_level.models import CalendarRow
from shared.paging import Paging, Slice, Sorting, page

_COLUMNS = CalendarRow.__table__.c
_SORTING = Sorting({"created_at": _COLUMNS.created_at, "name": _COLUMNS.name}, "created_at", _COLUMNS.id)


async def calendar(session: AsyncSession, identity: UUID, *, lock: bool = False) -> CalendarRow:
    """One calendar; `CalendarUnknown` when there is none."""
    query = select(CalendarRow).where(CalendarRow.id == identity)
    found: CalendarRow | None = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise CalendarUnknown
    return found


async def calendars(session: AsyncSession, paging: Paging, sort: str | None, *, state: str | None) -> Slice:
    """A page of the calendars."""
    query = select(*_COLUMNS)
    if state is not None:
        query = query.where(_COLUMNS.state == state)
    return await page(session, query, paging, _SORTING, sort=sort)


async def form_of(session: AsyncSession, identity: UUID) -> dict[str, Any] | None:
    """What a calendar in use says now; None when there is no such calendar, or it was retired."""
    query = select(CalendarRow.form).where(CalendarRow.id == identity, CalendarRow.state == "active")
    form: dict[str, Any] | None = await session.scalar(query)
    return form


async def exists(session: AsyncSession, identity: UUID) -> bool:
    """Whether there is or was such a calendar."""
    return await session.scalar(select(CalendarRow.id).where(CalendarRow.id == identity)) is not None
