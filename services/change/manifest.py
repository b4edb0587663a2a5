"""What change tells its host."""

from services.change.api import router
from services.change.commands.copies import forget
from services.change.handlers import HANDLERS
from services.change.models import TABLES
from shared.runtime import Service

SERVICE = Service(
    name="change",
    package="services.change",
    title="Change",
    summary="Change: requests are accepted, planned, authorised, tested, implemented and evaluated.",
    tables=TABLES,
    router=router,
    handlers=HANDLERS,
    forget=forget,
)
