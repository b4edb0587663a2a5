"""Simulations over HTTP: other calendars, targets and pauses tried on what really happened."""

from services.service_level.api.callers import Watching
from services.service_level.commands.simulations import simulate
from services.service_level.repository.selection import Selection
from services.service_level.schemas.calendars import CalendarForm
from services.service_level.schemas.reports import Simulate, Simulation
from shared.http import router as strict

router = strict(tags=["performance"])


@router.post("/simulations")
async def run_simulation(body: Simulate, work: Watching) -> Simulation:
    """What would have been met under this calendar, these targets and these pauses; nothing is stored."""
    simulated = await simulate(
        work,
        calendar=body.calendar.written() if isinstance(body.calendar, CalendarForm) else body.calendar,
        targets_seconds=body.targets_seconds.model_dump(),
        pause_reasons=body.pause_reasons,
        selection=Selection(body.from_, body.to, body.service_id, body.priority, body.team, body.party_id),
    )
    return Simulation.model_validate(simulated)
