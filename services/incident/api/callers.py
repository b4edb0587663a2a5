"""Who may call which route of incident; the rows and moves that are theirs are decided further inside."""

from typing import Annotated

from services.incident.domain.lifecycles import EVERYBODY, PROVIDER, RECOVERING
from shared.contracts.roles import SUPPLIERS
from shared.http import work_for
from shared.unit_of_work import Work

#: whoever calls
Calling = Annotated[Work, work_for(*EVERYBODY)]
#: whoever has to do with an incident: a supplier too, with those that its teams were asked to recover, and staff for one party
Asking = Annotated[Work, work_for(*EVERYBODY, *SUPPLIERS, by_party=True)]
Recovering = Annotated[Work, work_for(*RECOVERING)]
Providing = Annotated[Work, work_for(*PROVIDER)]
