"""What time itself brings about: warnings as clocks run out, and agreements that begin and end."""

from datetime import datetime

from services.service_level.commands.agreements import turn
from services.service_level.commands.facts import Speaker
from services.service_level.domain.levels import BREACH, Marks
from services.service_level.models import ClockRow
from services.service_level.repository import clocks
from services.service_level.repository.clocks import Due
from shared import clock as wall
from shared.contracts import Event, Origin
from shared.contracts.service_level import ClockAtRisk, ClockBreached
from shared.unit_of_work import Work

WARNED_AT_ONCE = 200
TURNED_AT_ONCE = 50


async def warn(work: Work) -> int:
    """Say, in the order of their instants, which clocks reached a level; each once. Answers how many clocks spoke.

    The level that was told is kept in the transaction that tells it: neither a restart nor another replica repeats it.
    """
    async with work:
        now = wall.now()
        if await clocks.rebuilding(work.session, now):
            return 0
        due = await clocks.due_to_warn(work.session, now, WARNED_AT_ONCE)
        marks = {
            one.clock.id: Marks(one.clock.at_50, one.clock.at_75, one.clock.at_90, one.clock.late_at) for one in due
        }
        speakers = {one.clock.id: _speaker(one) for one in due}
        told = [
            (at, one.clock, one.number, level)
            for one in due
            for level, at in marks[one.clock.id].due(one.clock.level, now)
        ]
        for at, clock, number, level in sorted(told, key=lambda each: (each[0], each[1].id, each[3])):
            event, time = _said(clock, number, level, at)
            work.emit(speakers[clock.id], event, about=clock.incident_id, at=time, value_stream="maintenance")
            clock.level = level
        for one in due:
            speaker = speakers[one.clock.id]
            one.clock.version, one.clock.updated_at = speaker.version, max(one.clock.updated_at, speaker.updated_at)
            one.clock.warned_at = max(now, one.clock.warned_at or now)
            one.clock.next_at = marks[one.clock.id].next_at(one.clock.level)
        return len(due)


async def turn_agreements(work: Work) -> int:
    """Move agreements on whose time has come; answers how many."""
    return await turn(work, TURNED_AT_ONCE)


def _speaker(due: Due) -> Speaker:
    """The clock as the subject of warnings: they come after what it said before, whatever its record did meanwhile."""
    clock = due.clock
    return Speaker(clock.id, clock.version, clock.correlation_id, due.said_at or clock.started_at)


def _said(clock: ClockRow, number: str, level: int, at: datetime) -> tuple[Event, datetime]:
    """The event for a level and its `time`: for a breach the due second, not the first second that was too late."""
    record = Origin(service="incident", type="incident", id=clock.incident_id, number=number)
    facts = {
        "record": record,
        "target": clock.target,
        "target_seconds": clock.target_seconds,
        "priority": clock.priority,
    }
    if level == BREACH:
        return ClockBreached.model_validate(facts), clock.limit_at or at
    return ClockAtRisk.model_validate({**facts, "percent": level}), at
