"""What knowledge consists of, for the process that runs it."""

from services.knowledge.handlers import HANDLERS
from services.knowledge.items.api import router as items
from services.knowledge.jobs import JOBS
from services.knowledge.models import TABLES, Model
from services.knowledge.search.api import router as search
from services.knowledge.suggestions.commands import drop_uses
from shared.http import routers
from shared.records import copies_of
from shared.runtime import Service

SERVICE = Service(
    name="knowledge",
    package="services.knowledge",
    title="Knowledge",
    summary="Inform: known errors, articles, instructions and configuration items, found when they are needed.",
    tables=TABLES,
    router=routers(items, search),
    copies=copies_of(Model),
    handlers=HANDLERS,
    jobs=JOBS,
    forget=drop_uses,
)
