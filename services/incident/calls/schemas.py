"""Calls as clients send and see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.contracts import Origin
from shared.contracts.incident import CallType, Level
from shared.fields import Instant, Line, MoveModel, RequestModel, ResponseModel, Text
from shared.http import Names, PageView
from shared.records import From, ListQuery, OneOf, PersonReference, Reference, Until, Where

Channel = Literal["phone", "email", "self_service", "chat", "walk_in", "monitoring", "other"]
CallState = Literal["registered", "routed", "closed"]


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
    call_type: Annotated[
        CallType, Field(alias="type", description="Supported now: incident (something fails), rfc (a wish to change).")
    ]
    title: Line
    description: Text
    impact: Level | None = None
    urgency: Annotated[Level | None, Field(description="A high one makes a request for change urgent.")] = None
    service_id: Annotated[UUID | None, Field(description="Absent: the service General support.")] = None
    caller_id: Annotated[
        UUID | None, Field(description="The person who calls; absent: the sender of this request.")
    ] = None
    party_id: Annotated[
        UUID | None,
        Field(
            description="The party that the call is for, given by the provider's people. "
            "Absent: the party of the person who calls."
        ),
    ] = None
    channel: Channel | None = None
    confidential_team_id: Annotated[
        UUID | None, Field(description="Makes it confidential: only this team and the person who reported it see it.")
    ] = None


class CallView(ResponseModel):
    """A call; `record` is the record that answers it, and the process that has it."""

    id: UUID
    number: str
    type: CallType
    state: CallState
    title: str
    description: str
    channel: str | None
    service_id: UUID | None
    party_id: UUID | None
    caller_id: UUID | None
    impact: Level | None
    urgency: Level | None
    confidential_team_id: UUID | None
    record: Origin | None
    reason: Annotated[
        str | None,
        Field(description="Why the request was returned or will not be carried out, or what the desk answered."),
    ]
    held_at: Annotated[
        datetime | None,
        Field(description="Since when the desk holds it, because the process that it went to handed it back."),
    ]
    version: int
    created_at: datetime
    updated_at: datetime
    names: Names


class CallPage(PageView):
    """A page of calls."""

    items: list[CallView]


class CallQuery(ListQuery):
    """Which calls, in which order."""

    sort: Literal["created_at", "-created_at", "number", "-number"] = "-created_at"
    call_type: Annotated[OneOf[CallType], Field(alias="type")] = None
    state: OneOf[CallState] = None
    number: Annotated[str | None, Field(max_length=40, description="E.g. CALL-000042.")] = None
    service_id: OneOf[Reference] = None
    party_id: OneOf[Reference] = None
    caller_id: OneOf[PersonReference] = None
    opened_from: Annotated[Instant | None, From("created_at")] = None
    opened_until: Annotated[Instant | None, Until("created_at")] = None
    held: Annotated[
        bool | None,
        Where(lambda column, value: column["held_at"].is_not(None) == value),
        Field(description="true: those that the desk holds."),
    ] = None


class AnswerCall(MoveModel):
    """Answer a call that the desk holds: it closes, and the caller reads the answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"trigger": "answer", "reason": "It is not in your agreement; we made an offer."}]
        }
    )
    trigger: Literal["answer"]
    reason: Annotated[Text | None, Field(description="The answer; everybody who sees the call reads it.")] = None
