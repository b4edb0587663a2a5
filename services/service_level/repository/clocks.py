"""Clocks: those that have to speak, and those that people ask for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from services.service_level.domain.levels import REBUILD_RESTS
from services.service_level.errors import ClockUnknown
from services.service_level.models import ClockRow, IncidentRow, Rebuilding
from shared.access import Caller
from shared.contracts.roles import SUPPLIERS
from shared.events import EVENT
from shared.paging import Paging, Slice, Sorting, page

_CLOCK, _INCIDENT = ClockRow.__table__.c, IncidentRow.__table__.c
_SORTING = Sorting({"created_at": _CLOCK.created_at}, "created_at", _CLOCK.id)
_OF_THE_INCIDENT = (
    _INCIDENT.number,
    _INCIDENT.service_id,
    _INCIDENT.party_id,
    _INCIDENT.team,
    _INCIDENT.historical,
)


class Due(NamedTuple):
    """A clock that has something to say, the number of its incident, and the `time` of what it said last."""

    clock: ClockRow
    number: str
    said_at: datetime | None


async def due_to_warn(session: AsyncSession, now: datetime, limit: int) -> Sequence[Due]:
    """Clocks whose next level was reached by `now`, the earliest first, locked; those locked by others are left to them."""
    said = select(func.max(EVENT.c.time)).where(EVENT.c.subject == ClockRow.id).scalar_subquery()
    query = (
        select(ClockRow, _INCIDENT.number, said)
        .join(IncidentRow, IncidentRow.id == ClockRow.incident_id)
        .where(ClockRow.next_at <= now)
        .order_by(ClockRow.next_at, ClockRow.id)
        .limit(limit)
        .with_for_update(of=ClockRow, skip_locked=True)
    )
    return [Due(*row) for row in (await session.execute(query)).all()]


async def rebuilding(session: AsyncSession, now: datetime) -> bool:
    """Whether facts are being folded again. A rest that ends too far ahead only says that the wall clock was set back."""
    query = select(func.count()).where(Rebuilding.until > now, Rebuilding.until <= now + REBUILD_RESTS)
    return bool(await session.scalar(query))


async def clock(session: AsyncSession, identity: UUID, caller: Caller | None, now: datetime) -> Any:
    """One clock that the caller may see, with what its incident says; `ClockUnknown` otherwise."""
    query = _clocks(caller, now).where(_CLOCK.id == identity)
    if (row := (await session.execute(query)).one_or_none()) is None:
        raise ClockUnknown
    return row


async def clocks(
    session: AsyncSession,
    caller: Caller | None,
    now: datetime,
    paging: Paging,
    sort: str | None,
    *,
    record_id: UUID | None,
    target: str | None,
    states: Sequence[str],
    verdicts: Sequence[str],
    priorities: Sequence[str],
    service_id: UUID | None,
    party_id: UUID | None,
    team: str | None,
    due_from: datetime | None,
    due_before: datetime | None,
) -> Slice:
    """A page of the clocks that the caller may see, with their verdicts at `now`."""
    wanted: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (_CLOCK.incident_id, record_id),
            (_CLOCK.target, target),
            (_INCIDENT.service_id, service_id),
            (_INCIDENT.party_id, party_id),
            (_INCIDENT.team, team),
        )
        if value is not None
    ]
    wanted += [
        column.in_(values)
        for column, values in ((_CLOCK.state, states), (_verdict(now), verdicts), (_CLOCK.priority, priorities))
        if values
    ]
    if due_from is not None:
        wanted.append(_CLOCK.due_at >= due_from)
    if due_before is not None:
        wanted.append(_CLOCK.due_at < due_before)
    return await page(session, _clocks(caller, now).where(*wanted), paging, _SORTING, sort=sort)


def seen_by(caller: Caller | None) -> ColumnElement[bool]:
    """Which incidents the caller may see: the provider all, a user own ones, a client its party's, a supplier its teams'."""
    if caller is None or caller.works_for_provider:
        return true()
    seen: list[ColumnElement[bool]] = [_INCIDENT.registered_by == caller.id]
    if caller.person is not None:
        seen.append(_INCIDENT.caller_id == caller.person)
    if caller.parties:
        seen.append(_INCIDENT.party_id.in_(caller.parties))
    if not caller.roles.isdisjoint(SUPPLIERS):
        seen.append(_INCIDENT.team.in_([str(team) for team in caller.teams]))
    return or_(*seen)


def _clocks(caller: Caller | None, now: datetime) -> Select[Any]:
    verdict = _verdict(now)
    told: Iterable[ColumnElement[Any]] = (column for column in _CLOCK if column.name != "verdict")
    broken = case((verdict == "breached", _CLOCK.limit_at)).label("breached_at")
    return (
        select(*told, *_OF_THE_INCIDENT, verdict.label("verdict"), broken)
        .join(IncidentRow, _INCIDENT.id == _CLOCK.incident_id)
        .where(seen_by(caller))
    )


def _verdict(now: datetime) -> ColumnElement[str]:
    """A clock that nobody told anything breaches by itself: its verdict is asked of the instant, not of a timer."""
    return case((and_(_CLOCK.state == "running", _CLOCK.late_at <= now), "breached"), else_=_CLOCK.verdict)
