"""Who may call which route of change; the rows and moves that are theirs are decided further inside."""

from typing import Annotated

from services.change.domain.lifecycles import WORKING
from shared.contracts.roles import CLIENT_ROLES
from shared.http import work_for
from shared.unit_of_work import Work

Asking = Annotated[Work, work_for(*WORKING, *CLIENT_ROLES)]
Providing = Annotated[Work, work_for(*WORKING)]
