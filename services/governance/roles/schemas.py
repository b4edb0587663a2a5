"""Role assignments as clients see and make them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.governance.roles.rules import EXAMPLES, Role
from shared.contracts.defaults import ADMIN_ID
from shared.fields import Line, RequestModel, ResponseModel
from shared.http import PageView
from shared.records import ListQuery, OneOf

_EXAMPLE: JsonDict = {"person_id": str(ADMIN_ID), "role": "process_manager", "scope": "process:incident"}
AssignmentState = Literal["assigned", "withdrawn"]


class RoleAssignmentView(ResponseModel):
    """A role that a person has (`assigned`) or had (`withdrawn`)."""

    id: UUID
    state: AssignmentState
    person_id: UUID
    role: Role
    scope: str | None
    provider: Annotated[str | None, Field(description="The provider whose groups give it; null: given here.")]
    withdrawn_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class RoleAssignmentPage(PageView):
    """A page of role assignments."""

    items: list[RoleAssignmentView]


class RoleAssignmentQuery(ListQuery):
    """Which assignments, in which order."""

    sort: Literal["created_at", "-created_at", "role", "-role"] = "created_at"
    person_id: OneOf[UUID] = None
    role: OneOf[Role] = None
    state: OneOf[AssignmentState] = None


class AssignRole(RequestModel):
    """A role for a person, everywhere or within a scope."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})
    person_id: UUID
    role: Role
    scope: Annotated[Line | None, Field(description=f"{EXAMPLES}; null: everywhere.")] = None
