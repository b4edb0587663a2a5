"""Queries about the windows of changes."""

from collections.abc import Sequence

from sqlalchemy import or_, select, text

from services.change import access
from services.change.changes.queries import CHANGES, numbers
from services.change.lifecycles import IN_CALENDAR
from services.change.models import Change
from shared.access.policies import rows
from shared.unit_of_work import Work

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('change calendar'), hashtext(CAST(:service AS text)))")


async def conflicts(work: Work, change: Change, *, scoped: bool) -> Sequence[Change]:
    """The other changes in the calendar on the same service whose window overlaps, earliest first.

    Parts of one release share its window and do not conflict. `scoped` leaves out what the caller may not see.
    """
    if change.service_id is None or change.planned_start is None or change.planned_end is None:
        return []
    reach, family = access.READ.reach(work.caller if scoped else None), change.parent_id or change.id
    query = select(Change).where(
        Change.service_id == change.service_id,
        Change.id.not_in({change.id, family}),
        or_(Change.parent_id.is_(None), Change.parent_id != family),
        Change.state.in_(IN_CALENDAR),
        Change.planned_start < change.planned_end,
        Change.planned_end > change.planned_start,
        rows(access.READ, CHANGES.table, reach.shape),
    )
    return (await work.session.scalars(query.order_by(Change.planned_start, Change.id), reach.values)).all()


async def blocking(work: Work, change: Change) -> tuple[str, ...]:
    """The authorised changes that reserve the window of this one, as `numbers` gives them."""
    found = await conflicts(work, change, scoped=False)
    return numbers(work, [each for each in found if each.blocking])


async def lock_calendar(work: Work, change: Change) -> None:
    """Let one transaction authorise changes of this service at a time, so that no two changes get the same window."""
    if change.service_id is not None:
        await work.session.execute(_LOCK, {"service": str(change.service_id)})
