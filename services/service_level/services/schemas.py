"""Services as clients see and change them."""

from typing import Annotated

from pydantic import MISSING, ConfigDict, Field

from shared.fields import Name, RequestModel
from shared.http import PageView
from shared.http.retirement import RetirableQuery, RetirableView

Description = Annotated[str, Field(max_length=20_000)]


class RegisterService(RequestModel):
    """A service to offer."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Payroll", "description": "Salaries are paid on the 25th."}]}
    )
    name: Name
    description: Description = ""


class ChangeService(RequestModel):
    """Fields to change; what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Payroll and expenses"}]})
    name: Name | MISSING = MISSING
    description: Description | MISSING = MISSING


class ServiceQuery(RetirableQuery):
    """Which services, in which order."""


class ServiceView(RetirableView):
    """A service that is offered (`active`) or was (`retired`)."""

    name: str
    description: str


class ServicePage(PageView):
    """A page of services."""

    items: list[ServiceView]
