"""Folds one clock again, up to this moment, and keeps the reasons."""

from typing import Any
from uuid import UUID

from services.service_level.domain.clocks import clock_of
from services.service_level.domain.incidents import history_of
from services.service_level.repository import agreements, clocks, facts
from shared import clock as wall
from shared.unit_of_work import Work


async def explain(work: Work, identity: UUID) -> tuple[Any, dict[str, Any]]:
    """The clock's row and its explanation: intervals, thresholds, agreement, calendar; `ClockUnknown` out of scope."""
    async with work:
        now = wall.now()
        row = await clocks.clock(work.session, identity, work.caller, now)
        known = await facts.facts_of(work.session, [row.incident_id])
        agreement = await agreements.agreement(work.session, row.agreement_id, None)
        said = await agreements.version(work.session, row.agreement_id, row.agreement_version)
    version = agreements.version_of(said)
    target = version.target(row.target, row.priority)
    assert target is not None
    clock = clock_of(target, version.calendar, history_of(known[row.incident_id]), now)
    return row, {
        "state": clock.state,
        "verdict": clock.verdict,
        "elapsed_seconds": clock.elapsed,
        "measured_at": clock.intervals[-1].end if clock.intervals else clock.ended_at or clock.started_at,
        "started_at": clock.started_at,
        "ended_at": clock.ended_at,
        "ended_by": clock.ended_by,
        "due_at": clock.due,
        "breached_at": clock.breached_at,
        "intervals": [interval._asdict() for interval in clock.intervals],
        "thresholds": [threshold._asdict() for threshold in clock.thresholds],
        "agreement": {
            "id": agreement.id,
            "number": agreement.number,
            "name": agreement.name,
            "version": said.number,
        },
        "calendar": said.calendar,
        "pause_reasons": said.pause_reasons,
    }
