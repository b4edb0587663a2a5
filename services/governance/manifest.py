"""What governance tells its host."""

from services.governance.api import router, well_known
from services.governance.commands.seed import seed
from services.governance.jobs import JOBS
from services.governance.models import TABLES
from services.governance.settings import GovernanceSettings
from shared.runtime import Service

SERVICE = Service(
    name="governance",
    package="services.governance",
    title="Governance",
    summary="Position and steer: parties, people, teams and roles, and the tokens that speak for them.",
    tables=TABLES,
    router=router,
    jobs=JOBS,
    seed=seed,
    well_known=well_known.router,
    settings=GovernanceSettings,
)
