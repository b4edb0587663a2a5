"""Service accounts as clients see, register and change them."""

from typing import Annotated

from pydantic import MISSING, ConfigDict, Field

from services.governance.roles.rules import EXAMPLES, Role
from shared.contracts.governance import HeldRole
from shared.fields import Line, Name, RequestModel
from shared.http import PageView
from shared.http.retirement import RetirableQuery, RetirableView


class AccountRole(RequestModel):
    """A role, everywhere or within a scope."""

    role: Role
    scope: Annotated[Line | None, Field(description=f"{EXAMPLES}; null: everywhere.")] = None


Roles = Annotated[list[AccountRole], Field(max_length=50, description="Without a role a program may do nothing.")]


class ServiceAccountView(RetirableView):
    """A service account as it is."""

    name: str
    client_id: str
    roles: list[HeldRole]


class ServiceAccountSecret(ServiceAccountView):
    """A service account with its secret, which is shown only now; null in the answer to a repeated request."""

    secret: str | None


class ServiceAccountPage(PageView):
    """A page of service accounts."""

    items: list[ServiceAccountView]


class ServiceAccountQuery(RetirableQuery):
    """Which service accounts, in which order."""

    client_id: Annotated[str | None, Field(max_length=100)] = None


class RegisterServiceAccount(RequestModel):
    """A program that may sign in by itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Monitoring", "roles": [{"role": "operator", "scope": "process:incident"}]}]
        }
    )
    name: Name
    roles: Roles = Field(default_factory=list)


class ChangeServiceAccount(RequestModel):
    """Fields to change; what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"roles": []}]})
    name: Name | MISSING = MISSING
    roles: Roles | MISSING = MISSING
