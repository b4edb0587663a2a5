"""Service accounts as clients see, register and change them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from services.governance.domain.lifecycles import ActivityState
from services.governance.schemas.roles import Role
from shared.fields import Line, RequestModel, ResponseModel
from shared.paging import Page

Roles = Annotated[
    list[Role], Field(max_length=50, description="Held everywhere, beside service_account, which each of them has.")
]


class ServiceAccountView(ResponseModel):
    """A service account as it is."""

    id: UUID
    number: str
    state: ActivityState
    name: str
    client_id: str
    roles: list[Role]
    version: int
    created_at: datetime
    updated_at: datetime


class ServiceAccountSecret(ServiceAccountView):
    """A service account with its secret, shown this once; null where a repeated request is answered again."""

    secret: str | None


class ServiceAccountPage(Page):
    """A page of service accounts."""

    items: list[ServiceAccountView]


class RegisterServiceAccount(RequestModel):
    """A program that may sign in by itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Monitoring", "roles": ["professional"]}]})
    name: Line
    roles: Roles = Field(default_factory=list)


class ChangeServiceAccount(RequestModel):
    """Fields to change; what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"roles": []}]})
    name: Line | MISSING = MISSING
    roles: Roles | MISSING = MISSING
