"""Services as clients see and change them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from shared.fields import Line, RequestModel, ResponseModel
from shared.paging import Page

Description = Annotated[str, Field(max_length=20_000)]


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


class ServiceView(ResponseModel):
    """A service that is offered (`active`), or was."""

    id: UUID
    number: str
    name: str
    description: str
    state: Literal["active", "retired"]
    version: int
    created_at: datetime
    updated_at: datetime


class ServicePage(Page):
    """A page of services."""

    items: list[ServiceView]
