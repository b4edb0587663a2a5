"""The routes of change."""

from services.change.api import approvals, calendar, changes, rfcs, test_runs
from shared.http import router as strict

router = strict()
for part in (rfcs, changes, approvals, test_runs, calendar):
    router.include_router(part.router)
