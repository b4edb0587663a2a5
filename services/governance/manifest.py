"""What governance consists of, for the process that runs it."""

from services.governance.access_ends.commands import check_caller
from services.governance.duties.api import router as duties
from services.governance.erasures.api import router as erasures
from services.governance.first_start.commands import seed
from services.governance.handlers import HANDLERS
from services.governance.jobs import JOBS
from services.governance.models import PERSONAL, TABLES
from services.governance.parties.api import router as parties
from services.governance.people.api import router as people
from services.governance.provider_accounts.api import router as provider_accounts
from services.governance.provider_accounts.commands import recognise
from services.governance.roles.api import router as roles
from services.governance.service_accounts.api import router as service_accounts
from services.governance.settings import GovernanceSettings
from services.governance.signing_keys.api import router as signing_keys
from services.governance.teams.api import router as teams
from services.governance.tokens.api import router as tokens
from shared.contracts.defaults import SERVICES
from shared.http import routers
from shared.runtime import Service

SERVICE = Service(
    name="governance",
    package="services.governance",
    title="Governance",
    summary="Position and steer: parties, people, teams and roles, and the tokens that speak for them.",
    tables=TABLES,
    router=routers(tokens, parties, people, erasures, duties, teams, roles, provider_accounts, service_accounts),
    handlers=HANDLERS,
    jobs=JOBS,
    seed=seed,
    check_caller=check_caller,
    recognise=recognise,
    well_known=signing_keys,
    settings=GovernanceSettings,
    personal=PERSONAL,
    listens_to=SERVICES,
)
