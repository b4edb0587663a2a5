"""Calls as clients send and see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.contracts.incident import CallType, Level
from shared.fields import Line, RequestModel, ResponseModel, Text
from shared.paging import Page

Channel = Literal["phone", "email", "self_service", "chat", "walk_in", "monitoring", "other"]


class RegisterCall(RequestModel):
    """A call: what it is, and what the caller knows about it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "incident",
                    "title": "Printer on the second floor does not print",
                    "description": "Since this morning every job stays in the queue.",
                    "impact": "medium",
                    "urgency": "high",
                    "channel": "phone",
                }
            ]
        }
    )
    type: Annotated[
        CallType, Field(description="Supported now: incident (something fails), rfc (something should change).")
    ]
    title: Line
    description: Text
    impact: Level | None = None
    urgency: Annotated[Level | None, Field(description="A high one makes a request for change urgent.")] = None
    service_id: Annotated[UUID | None, Field(description="Absent: the service General support.")] = None
    caller_id: Annotated[UUID | None, Field(description="The person who calls; absent: whoever sends this.")] = None
    party_id: Annotated[
        UUID | None,
        Field(description="For whom; named by the provider's people. Absent: the party of the person who calls."),
    ] = None
    channel: Channel | None = None


class RecordView(ResponseModel):
    """The record that answers a call: which process keeps it, and what it is there."""

    service: str
    type: str
    id: UUID
    number: str


class CallView(ResponseModel):
    """A call as it is."""

    id: UUID
    number: str
    type: CallType
    state: Literal["registered", "routed", "closed"]
    title: str
    description: str
    channel: str | None
    service_id: UUID | None
    party_id: UUID | None
    caller_id: UUID | None
    impact: Level | None
    urgency: Level | None
    record: RecordView | None
    reason: Annotated[
        str | None,
        Field(description="Why the request was returned, or will not be carried out, when that was said last."),
    ]
    version: int
    created_at: datetime
    updated_at: datetime


class CallPage(Page):
    """A page of calls."""

    items: list[CallView]
