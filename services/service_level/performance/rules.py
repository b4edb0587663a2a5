"""Which incidents a report is about."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from shared.contracts.incident import Priority
from shared.fields import Instant, RequestModel, ResponseModel

Team = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Selection(RequestModel):
    """Incidents registered in a period, of one service, priority, team and party."""

    model_config = ConfigDict(populate_by_name=True)
    from_: Annotated[Instant | None, Field(alias="from", description="Registered from this instant on.")] = None
    to: Annotated[Instant | None, Field(description="Registered before this instant.")] = None
    service_id: Annotated[UUID | None, Field(description="The last known one.")] = None
    priority: Annotated[Priority | None, Field(description="The final one.")] = None
    team: Annotated[Team | None, Field(description="The last known one.")] = None
    party_id: Annotated[UUID | None, Field(description="The one of now.")] = None


class ByPriority(ResponseModel):
    """A count per priority."""

    P1: int
    P2: int
    P3: int
    P4: int
