"""Teams as clients see, register and change them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from services.governance.domain.lifecycles import ActivityState
from shared.contracts.governance import Domain, TeamKind
from shared.fields import Line, RequestModel, ResponseModel
from shared.paging import Page

Members = Annotated[list[UUID], Field(max_length=500, description="Active people; all the members from now on.")]


class TeamView(ResponseModel):
    """A team as it is, with the ids of its members."""

    id: UUID
    number: str
    state: ActivityState
    name: str
    kind: TeamKind
    domain: Domain
    party_id: UUID
    member_ids: list[UUID]
    version: int
    created_at: datetime
    updated_at: datetime


class TeamPage(Page):
    """A page of teams."""

    items: list[TeamView]


class RegisterTeam(RequestModel):
    """A team that becomes known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Workplace",
                    "kind": "service_team",
                    "domain": "technical",
                    "party_id": "00000000-0000-7000-8000-000000000001",
                    "member_ids": [],
                }
            ]
        }
    )
    name: Line
    kind: TeamKind
    domain: Domain
    party_id: UUID
    member_ids: Members = Field(default_factory=list)


class ChangeTeam(RequestModel):
    """Fields to change; what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Workplace and print", "member_ids": []}]})
    name: Line | MISSING = MISSING
    kind: TeamKind | MISSING = MISSING
    domain: Domain | MISSING = MISSING
    party_id: UUID | MISSING = MISSING
    member_ids: Members | MISSING = MISSING
