"""What incident consists of, for the process that runs it."""

from services.incident.calls.api import router as calls
from services.incident.change_requests.api import router as change_requests
from services.incident.duties.api import router as duties
from services.incident.handlers import HANDLERS
from services.incident.history.api import router as history
from services.incident.incidents.api import router as incidents
from services.incident.jobs import JOBS
from services.incident.links.api import router as links
from services.incident.models import PERSONAL, RETAINED, TABLES, Model
from services.incident.settings import IncidentSettings
from services.incident.suggestions.api import router as suggestions
from services.incident.work_log.api import router as work_log
from shared.http import routers
from shared.rebuilds import Derived
from shared.records import copies_of, table_of
from shared.records.timeline import ForeignEvent
from shared.runtime import Service

SERVICE = Service(
    name="incident",
    package="services.incident",
    title="Incident",
    summary="Restore: calls come in, incidents are recovered, users are informed.",
    tables=TABLES,
    router=routers(calls, incidents, work_log, links, suggestions, change_requests, history, duties),
    copies=copies_of(Model),
    handlers=HANDLERS,
    jobs=JOBS,
    derived=Derived((table_of(ForeignEvent),), rests_on={"foreign_event": "about"}),
    personal=PERSONAL,
    retained=RETAINED,
    settings=IncidentSettings,
)
