"""Services as clients see and change them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from shared.fields import Among, Known, Line, RequestModel, ResponseModel
from shared.http.lists import PageView
from shared.records import ListQuery, OneOf

Description = Annotated[str, Field(max_length=20_000)]
STATES = ("active", "retired")


class RegisterService(RequestModel):
    """A service to offer."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Payroll", "description": "Salaries are paid on the 25th."}]}
    )
    name: Line
    description: Description = ""


class ChangeService(RequestModel):
    """Fields to change; what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Payroll and expenses"}]})
    name: Line | MISSING = MISSING
    description: Description | MISSING = MISSING


class ServiceQuery(ListQuery):
    """Which services, in which order."""

    state: OneOf[Annotated[str, Among(STATES)]] = None
    sort: Literal["created_at", "-created_at", "name", "-name"] = "created_at"


class ServiceView(ResponseModel):
    """A service that is offered (`active`), or was."""

    id: UUID
    number: str
    name: str
    description: str
    state: Annotated[str, Known(STATES)]
    version: int
    created_at: datetime
    updated_at: datetime


class ServicePage(PageView):
    """A page of services."""

    items: list[ServiceView]
