"""What several nouns send and show: knowledge items that are touched, and changes as lists show them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.change.lifecycles import CHANGE_STATES
from shared.contracts import Origin
from shared.contracts.change import ChangeType, Level, ValueStream
from shared.fields import ItemId, Known, ResponseModel
from shared.http import Names, PageView

Items = Annotated[list[ItemId], Field(max_length=100, description="Knowledge items that are touched.")]
State = Annotated[str, Known(CHANGE_STATES)]


class ChangeLine(ResponseModel):
    """A change as lists show it; `held_state` is the state in which one that is on hold goes on."""

    id: UUID
    number: str
    state: State
    held_state: State | None
    reason: str | None
    title: str
    change_type: ChangeType | None
    impact: Level | None
    likelihood: Level | None
    risk: Level | None
    rfc_id: UUID
    parent_id: UUID | None
    requester_id: UUID | None
    party_id: UUID | None
    service_id: UUID | None
    ki_ids: list[UUID]
    urgent: bool
    value_stream: ValueStream | None
    origin: Origin | None
    planned_start: datetime | None
    planned_end: datetime | None
    version: int
    correlation_id: UUID
    created_at: datetime
    updated_at: datetime
    names: Names


class ChangePage(PageView):
    """A page of changes."""

    items: list[ChangeLine]
