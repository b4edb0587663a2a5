"""What knowledge consists of, for the process that runs it."""

from services.knowledge.duties.api import router as duties
from services.knowledge.handlers import HANDLERS
from services.knowledge.items.api import router as items
from services.knowledge.jobs import JOBS
from services.knowledge.models import PERSONAL, TABLES, Model, Use
from services.knowledge.search.api import router as search
from services.knowledge.suggestions.commands import count_rebuilt_uses
from shared.http import routers
from shared.rebuilds import Derived
from shared.records import copies_of, table_of
from shared.runtime import Service

SERVICE = Service(
    name="knowledge",
    package="services.knowledge",
    title="Knowledge",
    summary="Inform: known errors, articles, instructions and configuration items, found when they are needed.",
    tables=TABLES,
    router=routers(items, search, duties),
    copies=copies_of(Model),
    handlers=HANDLERS,
    jobs=JOBS,
    personal=PERSONAL,
    derived=Derived((table_of(Use),), finish=count_rebuilt_uses, rests_on={"ki_use": "incident_id"}),
)
