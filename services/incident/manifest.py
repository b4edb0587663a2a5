"""What incident tells its host."""

from services.incident.api import router
from services.incident.commands.copies import forget
from services.incident.handlers import HANDLERS
from services.incident.jobs import JOBS
from services.incident.models import TABLES
from services.incident.settings import IncidentSettings
from shared.runtime import Service

SERVICE = Service(
    name="incident",
    package="services.incident",
    title="Incident",
    summary="Restore: calls come in, incidents are recovered, users are informed.",
    tables=TABLES,
    router=router,
    handlers=HANDLERS,
    jobs=JOBS,
    forget=forget,
    settings=IncidentSettings,
)
