"""Answers what would have been met under another calendar, other targets and other pauses; writes nothing."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from uuid import UUID

from services.service_level.domain.calendars import calendar_of
from services.service_level.domain.clocks import elapsed_of
from services.service_level.errors import calendar_refused
from services.service_level.repository import calendars
from services.service_level.repository.histories import standing_still
from services.service_level.repository.selection import Selection
from shared.business_time import Calendar, CalendarInvalid
from shared.errors import invalid
from shared.unit_of_work import Work

#: how long the calculation keeps the process to itself before it lets others have a turn
TURN_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Simulated:
    """How many restore clocks would have met their target, and the open seconds of all of them."""

    met: int
    met_by_priority: dict[str, int]
    elapsed_seconds_sum: int


async def simulate(
    work: Work,
    *,
    calendar: Mapping[str, Any] | UUID,
    targets_seconds: Mapping[str, int],
    pause_reasons: Collection[str],
    selection: Selection,
) -> Simulated:
    """The restore clocks of the incidents that are recovered or closed, by their final priority.

    An incident that is still open has no verdict. 422 when the calendar is not known or cannot be meant so.
    """
    hours = await _calendar(work, calendar)
    reasons = frozenset(pause_reasons)
    met: Counter[str] = Counter()
    total, begun = 0, perf_counter()
    async with work, aclosing(standing_still(work.session, selection, work.caller)) as slices:
        async for histories in slices:
            for history in histories:
                elapsed = elapsed_of(history.facts, hours, reasons)
                total += elapsed
                met[history.priority] += elapsed <= targets_seconds[history.priority]
                if perf_counter() - begun > TURN_SECONDS:
                    await asyncio.sleep(0)
                    begun = perf_counter()
    return Simulated(sum(met.values()), {priority: met[priority] for priority in targets_seconds}, total)


async def _calendar(work: Work, calendar: Mapping[str, Any] | UUID) -> Calendar:
    form: Mapping[str, Any] | None
    if isinstance(calendar, UUID):
        async with work:
            form = await calendars.form_of(work.session, calendar)
        if form is None:
            raise invalid("/calendar", "no calendar with this id is in use")
    else:
        form = calendar
    try:
        return calendar_of(form)
    except CalendarInvalid as error:
        raise calendar_refused(str(error)) from None
