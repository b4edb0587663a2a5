"""Who may call which route of governance; the rows that are theirs to see are decided further inside."""

from typing import Annotated

from shared.contracts.roles import ADMINISTRATOR
from shared.http import work_for
from shared.unit_of_work import Work

#: anybody signed in
Asking = Annotated[Work, work_for()]
Administering = Annotated[Work, work_for(ADMINISTRATOR)]
