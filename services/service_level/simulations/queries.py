"""Histories of many incidents, read in slices from one snapshot, for calculations that take long."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.service_level.clocks.rules.incidents import RESOLVED
from services.service_level.clocks.rules.measurement import Observation
from services.service_level.models import INCIDENT, OBSERVATION
from services.service_level.performance.queries import selected
from shared.unit_of_work import Work

SLICE = 100
_OBSERVED = OBSERVATION.c


async def resolved(work: Work, selection: Mapping[str, Any]) -> AsyncGenerator[list[tuple[str, list[Observation]]]]:
    """Priority and states of the recovered and closed incidents that have a priority, in slices.

    It has to be the first query of a transaction.
    """
    await work.session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    wanted, values = selected(work, selection)
    wanted &= INCIDENT.c.state.in_(RESOLVED) & INCIDENT.c.priority.is_not(None)
    last = UUID(int=0)
    while True:
        query = select(INCIDENT.c.id, INCIDENT.c.priority).where(wanted, INCIDENT.c.id > last)
        found = (await work.session.execute(query.order_by(INCIDENT.c.id).limit(SLICE), values)).all()
        if not found:
            return
        histories: dict[UUID, list[Observation]] = {row.id: [] for row in found}
        states = select(_OBSERVED.incident_id, *(_OBSERVED[name] for name in Observation.__slots__))
        states = states.where(_OBSERVED.incident_id.in_(histories), _OBSERVED.state.is_not(None))
        for incident, *observed in await work.session.execute(states):
            histories[incident].append(Observation(*observed))
        yield [(row.priority, histories[row.id]) for row in found]
        last = found[-1].id
