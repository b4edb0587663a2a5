"""What clients send and see of erasures."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.fields import PersonId, RequestModel, ResponseModel, Text
from shared.http import PageView
from shared.records import ListQuery, OneOf


class ErasePerson(RequestModel):
    """Why a person is erased; do not name the person here, since this text stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Request of 3 March, case 2231."}]})
    reason: Text


class Answer(ResponseModel):
    """What a service has erased so far: how many records of each kind, and the data of how many events."""

    service: str
    answered_at: datetime
    records: dict[str, int]
    events: int


class ErasureView(ResponseModel):
    """The erasure of a person, with the services that have done their part and those that have not."""

    id: UUID
    person_id: PersonId
    requested_by: str
    reason: str
    version: int
    created_at: datetime
    updated_at: datetime
    complete: bool = Field(description="Whether every service has answered.")
    answers: list[Answer]
    awaited: list[str] = Field(description="The services that have not answered yet.")


class ErasurePage(PageView):
    """A page of erasures."""

    items: list[ErasureView]


class ErasureQuery(ListQuery):
    """Which erasures, in which order."""

    sort: Literal["created_at", "-created_at"] = "-created_at"
    person_id: OneOf[UUID] = None
