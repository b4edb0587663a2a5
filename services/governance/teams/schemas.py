"""Teams as clients see, register and change them."""

from typing import Annotated
from uuid import UUID

from pydantic import MISSING, AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict

from shared.contracts.defaults import PROVIDER_ID
from shared.contracts.governance import Domain, TeamKind
from shared.fields import Name, RequestModel
from shared.http import PageView
from shared.http.retirement import RetirableQuery, RetirableView
from shared.records import OneOf, Where

_EXAMPLE: JsonDict = {"name": "Workplace", "kind": "service_team", "domain": "technical", "party_id": str(PROVIDER_ID)}
Members = Annotated[
    list[UUID],
    Field(max_length=500, description="Active people; all the members from now on."),
    AfterValidator(lambda ids: sorted(set(ids))),
]


class TeamView(RetirableView):
    """A team as it is, with the ids of its members."""

    name: str
    kind: TeamKind
    domain: Domain
    party_id: UUID
    member_ids: list[UUID]


class TeamPage(PageView):
    """A page of teams."""

    items: list[TeamView]


class TeamQuery(RetirableQuery):
    """Which teams, in which order."""

    kind: OneOf[TeamKind] = None
    domain: OneOf[Domain] = None
    party_id: OneOf[UUID] = None
    member_id: Annotated[UUID | None, Where(lambda columns, value: value == columns["member_ids"].any_())] = None


class RegisterTeam(RequestModel):
    """A team that becomes known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})
    name: Name
    kind: TeamKind
    domain: Domain
    party_id: UUID
    member_ids: Members = Field(default_factory=list)


class ChangeTeam(RequestModel):
    """Fields to change; what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Workplace and print", "member_ids": []}]})
    name: Name | MISSING = MISSING
    kind: TeamKind | MISSING = MISSING
    domain: Domain | MISSING = MISSING
    party_id: UUID | MISSING = MISSING
    member_ids: Members | MISSING = MISSING
