"""Computes how many targets would have been met with another calendar, other targets and other pauses; writes nothing."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import aclosing
from time import perf_counter
from typing import Any
from uuid import UUID

from services.service_level.calendars.queries import form_given
from services.service_level.calendars.rules import calendar_of
from services.service_level.clocks.rules.measurement import elapsed_of
from services.service_level.simulations.queries import resolved
from shared.unit_of_work import Work

#: how long the calculation runs before it lets other tasks of the process run
SHARE_SECONDS = 0.005


async def simulate(
    work: Work,
    selection: Mapping[str, Any],
    calendar: Mapping[str, Any] | UUID,
    targets_seconds: Mapping[str, int],
    pause_reasons: Collection[str],
) -> dict[str, Any]:
    """How many restore clocks of recovered and closed incidents would have met the target of their final priority.

    An incident that is still open has no verdict. 422 when the calendar is unknown or not valid.
    """
    async with work:
        _, form = await form_given(work, calendar)
    hours = calendar_of(form, remembered=isinstance(calendar, UUID))
    met: Counter[str] = Counter()
    total, begun = 0, perf_counter()
    async with work, aclosing(resolved(work, selection)) as slices:
        async for histories in slices:
            for priority, observations in histories:
                elapsed = elapsed_of(observations, hours, pause_reasons)
                total += elapsed
                met[priority] += elapsed <= targets_seconds[priority]
                if perf_counter() - begun > SHARE_SECONDS:
                    await asyncio.sleep(0)
                    begun = perf_counter()
    return {
        "met": met.total(),
        "met_by_priority": {priority: met[priority] for priority in targets_seconds},
        "elapsed_seconds_sum": total,
    }
