"""What all records of change show alike: where they come from, what happened to them, what may be done with them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, PlainSerializer

from shared.fields import Told

KiIds = Annotated[
    list[UUID],
    Field(max_length=100, description="Knowledge items that are touched."),
    PlainSerializer(lambda ids: [str(each) for each in ids], return_type=list[str]),
]
ValueStream = Literal["maintenance", "renewal", "optimisation"]


class OriginView(Told):
    """The record of another process that asked."""

    service: str
    type: str
    id: UUID
    number: str | None


class TimelineItem(Told):
    """One thing that happened to a record, or to what belongs to it."""

    id: UUID
    type: str
    time: datetime
    subject: UUID
    about: UUID | None
    sequence: int
    actor: dict[str, Any]
    correlationid: UUID
    causationid: UUID | None
    data: dict[str, Any]


class Timeline(Told):
    """What happened, in the order in which it was recorded (the first 1,000)."""

    items: list[TimelineItem]
    next: None


class PermittedMove(Told):
    """A move that is possible now: where it leads, which fields it still needs, and what speaks against it."""

    trigger: str
    target: str
    lacking: list[str]
    because: list[str]


class PermittedMoves(Told):
    """What the caller may do with the record now."""

    items: list[PermittedMove]
    next: None
