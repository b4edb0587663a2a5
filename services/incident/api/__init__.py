"""The routes of incident."""

from services.incident.api import calls, imports, incidents, work_log
from shared.http import router as strict

router = strict()
for part in (calls, incidents, work_log, imports):
    router.include_router(part.router)
