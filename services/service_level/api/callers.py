"""Who may call which route of service level: keepers write, everybody reads what concerns them."""

from typing import Annotated

from services.service_level.domain.agreement_lifecycle import KEEPERS
from shared.contracts.roles import CLIENT_ROLES, PROVIDER_ROLES, SERVICE_ACCOUNT, SUPPLIERS
from shared.http import work_for
from shared.unit_of_work import Work

#: anybody signed in
Asking = Annotated[Work, work_for()]
#: whoever makes agreements
Keeping = Annotated[Work, work_for(*KEEPERS)]
#: whoever may see how the service is delivered: the provider all of it, others their own part
Watching = Annotated[Work, work_for(*PROVIDER_ROLES, SERVICE_ACCOUNT, "client", *SUPPLIERS)]
#: whoever waits for a record, or works on it: the provider sees all of them, others their own
Concerned = Annotated[Work, work_for(*PROVIDER_ROLES, SERVICE_ACCOUNT, *CLIENT_ROLES, *SUPPLIERS, by_party=True)]
