"""What all records of change show alike: where they come from, and what they touch."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, PlainSerializer

from shared.fields import ResponseModel

KiIds = Annotated[
    list[UUID],
    Field(max_length=100, description="Knowledge items that are touched."),
    PlainSerializer(lambda ids: [str(each) for each in ids], return_type=list[str]),
]
ValueStream = Literal["maintenance", "renewal", "optimisation"]


class OriginView(ResponseModel):
    """The record of another process that asked."""

    service: str
    type: str
    id: UUID
    number: str | None
