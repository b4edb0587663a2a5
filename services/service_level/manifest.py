"""What service level management consists of, for the process that runs it."""

from services.service_level.agreements.api import router as agreements
from services.service_level.attainment.api import router as attainment
from services.service_level.calculator.api import router as calculator
from services.service_level.calendars.api import router as calendars
from services.service_level.clocks.api import router as clocks
from services.service_level.clocks.commands import DERIVED
from services.service_level.defaults.commands import seed
from services.service_level.handlers import HANDLERS
from services.service_level.jobs import JOBS
from services.service_level.models import RETAINED, TABLES, Model
from services.service_level.performance.api import router as performance
from services.service_level.services.api import router as services
from services.service_level.simulations.api import router as simulations
from shared.http import routers
from shared.records import copies_of
from shared.runtime import Service

SERVICE = Service(
    name="service_level",
    package="services.service_level",
    title="Service level",
    summary="Agree: what was promised, the clocks that measure it, and what was delivered.",
    tables=TABLES,
    router=routers(calculator, calendars, services, agreements, clocks, performance, attainment, simulations),
    copies=copies_of(Model),
    handlers=HANDLERS,
    jobs=JOBS,
    seed=seed,
    derived=DERIVED,
    retained=RETAINED,
)
