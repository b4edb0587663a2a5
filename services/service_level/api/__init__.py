"""The routes of service level management."""

from services.service_level.api import agreements, calendars, clocks, computing, performance, services, simulations
from shared.http import router as strict

router = strict()
for part in (computing, calendars, services, agreements, clocks, performance, simulations):
    router.include_router(part.router)
