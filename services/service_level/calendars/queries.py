"""Queries about calendars."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.service_level.access import READ
from services.service_level.calendars.rules import PARTS, FrozenHolidays, check
from services.service_level.models import NamedCalendar, PublicHolidays
from shared.errors import invalid
from shared.records import Noun
from shared.unit_of_work import Work

_NONE: Any = literal_column("'[]'::jsonb", JSONB)
_CALENDAR = NamedCalendar.__table__
CALENDARS = Noun(
    NamedCalendar,
    "calendar",
    READ,
    # calendars that an older version of this service stored have none
    source=select(
        *(column for column in _CALENDAR.c if column.name != "open_days"),
        func.coalesce(_CALENDAR.c.open_days, _NONE).label("open_days"),
    ),
)
#: the public holidays of versions that were read before, by digest; they never change
_READ: dict[str, FrozenHolidays] = {}
_MOST = 500


def form_of(calendar: NamedCalendar) -> dict[str, Any]:
    """The form of a stored calendar."""
    return {name: getattr(calendar, name) for name in PARTS} | {"open_days": calendar.open_days or []}


async def store_holidays(work: Work, frozen: FrozenHolidays) -> None:
    """Store the public holidays that a version of an agreement is made with, unless they are stored."""
    row = PublicHolidays(digest=frozen.digest, days=[day.isoformat() for day in frozen.days])
    values = {"digest": row.digest, "days": row.days, "created_at": row.created_at}
    await work.session.execute(insert(PublicHolidays).values(values).on_conflict_do_nothing())


async def frozen_holidays(work: Work, digests: Iterable[str | None]) -> Mapping[str | None, FrozenHolidays]:
    """The stored public holidays with these digests."""
    wanted = {digest for digest in digests if digest is not None}
    if missing := wanted - _READ.keys():
        if len(_READ) > _MOST:
            _READ.clear()
            missing = wanted
        query = select(PublicHolidays).where(PublicHolidays.digest.in_(missing))
        for row in (await work.session.scalars(query)).all():
            _READ[row.digest] = FrozenHolidays(row.digest, tuple(map(date.fromisoformat, row.days)))
    return {digest: _READ[digest] for digest in wanted}


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
