"""What knowledge tells its host."""

from services.knowledge.api import router
from services.knowledge.commands.copies import forget
from services.knowledge.handlers import HANDLERS
from services.knowledge.models import TABLES
from shared.runtime import Service

SERVICE = Service(
    name="knowledge",
    package="services.knowledge",
    title="Knowledge",
    summary="Inform: known errors, articles, instructions and configuration items, found when they are needed.",
    tables=TABLES,
    router=router,
    handlers=HANDLERS,
    forget=forget,
)
