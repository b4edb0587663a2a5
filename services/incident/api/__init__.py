"""The routes of incident."""

from services.incident.api import calls, imports, incidents, rules, work_log
from shared.http import router as strict

router = strict()
for part in (calls, incidents, work_log, imports, rules):
    router.include_router(part.router)
