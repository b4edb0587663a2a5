"""Histories of many incidents, read slice by slice from one snapshot: for calculations that take a while."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.service_level.domain.clocks import Fact
from services.service_level.domain.incidents import STANDSTILL
from services.service_level.models import FactRow, IncidentRow
from services.service_level.repository.selection import Selection
from shared.access import Caller

SLICE = 100
_INCIDENT, _FACT = IncidentRow.__table__.c, FactRow.__table__.c
_BEGINNING = UUID(int=0)


@dataclass(frozen=True, slots=True)
class History:
    """An incident at a standstill: its final priority and the course of its life."""

    priority: str
    facts: list[Fact]


async def standing_still(
    session: AsyncSession, selection: Selection, caller: Caller | None
) -> AsyncGenerator[list[History]]:
    """The recovered and closed incidents that have a priority, in slices; to be asked first in a transaction."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    wanted = selection.condition(caller) & _INCIDENT.state.in_(STANDSTILL) & _INCIDENT.priority.is_not(None)
    last = _BEGINNING
    while True:
        query = select(_INCIDENT.id, _INCIDENT.priority).where(wanted, _INCIDENT.id > last)
        priorities = {row.id: row.priority for row in await session.execute(query.order_by(_INCIDENT.id).limit(SLICE))}
        if not priorities:
            return
        yield await _histories(session, priorities)
        last = next(reversed(priorities))


async def _histories(session: AsyncSession, priorities: dict[UUID, str]) -> list[History]:
    query = select(_FACT.incident_id, _FACT.sequence, _FACT.at, _FACT.state, _FACT.reason, _FACT.by_person)
    query = query.where(_FACT.incident_id.in_(priorities), _FACT.state.is_not(None))
    found: dict[UUID, list[Fact]] = {incident: [] for incident in priorities}
    for incident, sequence, at, state, reason, by_person in (await session.execute(query)).all():
        found[incident].append(_fact(sequence, at, state, reason, by_person=by_person))
    return [History(priorities[incident], facts) for incident, facts in found.items()]


def _fact(sequence: int, at: datetime, state: str, reason: str | None, *, by_person: bool) -> Fact:
    return Fact(sequence, at, "state", state, reason, by_person)
