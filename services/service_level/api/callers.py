"""Who may call which route of service level: keepers write, the provider's people and their clients and suppliers read."""

from typing import Annotated

from services.service_level.domain.agreement_lifecycle import KEEPERS
from shared.contracts.roles import PROVIDER_ROLES, SERVICE_ACCOUNT, SUPPLIERS
from shared.http import work_for
from shared.unit_of_work import Work

#: anybody signed in
Asking = Annotated[Work, work_for()]
#: whoever makes agreements
Keeping = Annotated[Work, work_for(*KEEPERS)]
#: whoever may see how the service is delivered: the provider all of it, others their own part
Watching = Annotated[Work, work_for(*PROVIDER_ROLES, SERVICE_ACCOUNT, "client", *SUPPLIERS)]
