"""Who may call which route of knowledge; the items that are theirs to see are decided further inside."""

from typing import Annotated

from shared.contracts.roles import PROVIDER_ROLES, SERVICE_ACCOUNT
from shared.http import work_for
from shared.unit_of_work import Work

#: anybody signed in
Asking = Annotated[Work, work_for()]
Providing = Annotated[Work, work_for(*PROVIDER_ROLES, SERVICE_ACCOUNT)]
