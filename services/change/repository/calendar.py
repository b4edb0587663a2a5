"""Queries about the change calendar: whose window lies where."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, text

from services.change.domain.lifecycles import HOLDING_THE_WINDOW, IN_CALENDAR
from services.change.models import Change
from services.change.repository.scope import visible
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

CHANGE = Change.__table__.c
ORDER = Sorting({"planned_start": CHANGE.planned_start}, "planned_start", CHANGE.id)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('change calendar'), hashtext(CAST(:service AS text)))")


async def calendar(work: Work, begin: datetime, end: datetime, paging: Paging, service_id: object) -> Slice:
    """The changes whose window overlaps [begin, end) and that the caller may see, in the order of their start."""
    query = select(Change.__table__).where(
        visible(CHANGE, work.caller),
        CHANGE.state.in_(IN_CALENDAR),
        CHANGE.planned_start < end,
        CHANGE.planned_end > begin,
    )
    if service_id is not None:
        query = query.where(CHANGE.service_id == service_id)
    return await page(work.session, query, paging, ORDER)


async def conflicts(work: Work, change: Change, *, scoped: bool) -> Sequence[Any]:
    """The other changes in the calendar on the same service whose window overlaps, earliest first.

    Parts of one release share its window and do not conflict. `scoped` leaves out what the caller may not see.
    """
    if change.service_id is None or change.planned_start is None or change.planned_end is None:
        return []
    family = change.parent_id or change.id
    query = select(CHANGE.id, CHANGE.number, CHANGE.state, CHANGE.planned_start, CHANGE.planned_end).where(
        CHANGE.service_id == change.service_id,
        CHANGE.id.not_in({change.id, family}),
        or_(CHANGE.parent_id.is_(None), CHANGE.parent_id != family),
        CHANGE.state.in_(IN_CALENDAR),
        CHANGE.planned_start < change.planned_end,
        CHANGE.planned_end > change.planned_start,
    )
    if scoped:
        query = query.where(visible(CHANGE, work.caller))
    return (await work.session.execute(query.order_by(CHANGE.planned_start, CHANGE.id))).all()


async def blocking(work: Work, change: Change) -> tuple[str, ...]:
    """The numbers of the authorised changes that hold the window of this one."""
    return tuple(row.number for row in await conflicts(work, change, scoped=False) if row.state in HOLDING_THE_WINDOW)


async def one_at_a_time(work: Work, change: Change) -> None:
    """Let nobody else authorise a change of this service before the work ends, so that no two get the same window."""
    if change.service_id is not None:
        await work.session.execute(_ONE_AT_A_TIME, {"service": str(change.service_id)})
