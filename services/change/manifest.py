"""What change consists of, for the process that runs it."""

from services.change.approvals.api import router as approvals
from services.change.calendar.api import router as calendar
from services.change.changes.api import router as changes
from services.change.duties.api import router as duties
from services.change.handlers import HANDLERS
from services.change.models import PERSONAL, RETAINED, TABLES, Model
from services.change.plans.api import router as plans
from services.change.rfcs.api import router as rfcs
from services.change.test_runs.api import router as test_runs
from shared.http import routers
from shared.records import copies_of
from shared.runtime import Service

SERVICE = Service(
    name="change",
    package="services.change",
    title="Change",
    summary="Change: requests are accepted, planned, authorised, tested, implemented and evaluated.",
    tables=TABLES,
    router=routers(rfcs, changes, plans, approvals, test_runs, calendar, duties),
    copies=copies_of(Model),
    handlers=HANDLERS,
    personal=PERSONAL,
    retained=RETAINED,
)
