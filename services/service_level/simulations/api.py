"""Simulations over HTTP: other calendars, targets and pauses on the incidents of the past."""

from typing import Annotated
from uuid import UUID

from services.service_level.access import READ_PERFORMANCE
from services.service_level.simulations.commands import simulate
from services.service_level.simulations.schemas import Simulate, Simulation
from shared.http import Allowed
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["performance"])


@router.post("/simulations")
async def run_simulation(body: Simulate, work: Annotated[Work, Allowed(READ_PERFORMANCE)]) -> Simulation:
    """How many targets would have been met with this calendar, these targets and these pauses; nothing is stored."""
    calendar = body.calendar if isinstance(body.calendar, UUID) else body.calendar.values()
    targets = body.targets_seconds.model_dump()
    return Simulation.model_validate(await simulate(work, body.selected(), calendar, targets, body.pause_reasons))
