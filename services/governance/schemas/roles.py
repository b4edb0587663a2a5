"""Role assignments as clients see and make them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.contracts.roles import ROLES
from shared.fields import RequestModel, ResponseModel
from shared.paging import Page

Role = StrEnum("Role", {role: role for role in ROLES})  # type: ignore[misc]
AssignmentState = Literal["assigned", "withdrawn"]
Scope = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        description="party:<id>, team:<id>, service:<id> or process:<name>; null: everywhere.",
    ),
]


class RoleAssignmentView(ResponseModel):
    """A role that a person holds (`assigned`) or held (`withdrawn`)."""

    id: UUID
    state: AssignmentState
    person_id: UUID
    role: Role
    scope: str | None
    withdrawn_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class RoleAssignmentPage(Page):
    """A page of role assignments."""

    items: list[RoleAssignmentView]


class AssignRole(RequestModel):
    """A role for a person, everywhere or within a scope."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person_id": "00000000-0000-7000-8000-000000000006",
                    "role": "process_manager",
                    "scope": "process:incident",
                }
            ]
        }
    )
    person_id: UUID
    role: Role
    scope: Scope | None = None
