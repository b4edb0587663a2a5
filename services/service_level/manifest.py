"""What service level management tells its host."""

from services.service_level.api import router
from services.service_level.commands.facts import forget
from services.service_level.commands.seed import seed
from services.service_level.handlers import HANDLERS
from services.service_level.jobs import JOBS
from services.service_level.models import TABLES
from shared.runtime import Service

SERVICE = Service(
    name="service_level",
    package="services.service_level",
    title="Service level",
    summary="Agree: what was promised, the clocks that measure it, and how it was kept.",
    tables=TABLES,
    router=router,
    handlers=HANDLERS,
    jobs=JOBS,
    seed=seed,
    forget=forget,
)
