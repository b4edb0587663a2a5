"""Requests for change as clients send, move and see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

from services.change.domain.risk import Level
from services.change.schemas.records import KiIds, OriginView, ValueStream
from shared.fields import Line, RequestModel, ResponseModel, StrictBool, Text
from shared.paging import Page

RfcState = Literal["submitted", "accepted", "returned", "rejected", "forwarded_to_service_level"]


class SubmitRfc(RequestModel):
    """Ask for a change; the provider may do so for somebody else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "More room in the shared mailbox",
                    "description": "The mailbox of sales is full every Friday.",
                }
            ]
        }
    )
    title: Line
    description: Text
    requester_id: Annotated[UUID | None, Field(description="Who asks; without it, the caller.")] = None
    party_id: Annotated[UUID | None, Field(description="For whom; without it, the requester's party.")] = None
    service_id: UUID | None = None
    ki_ids: Annotated[KiIds, Field(default_factory=list)]
    urgent: Annotated[StrictBool, Field(description="A candidate for an emergency change.")] = False


class Accept(RequestModel):
    """Take it on: its change is made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "accept"}]})
    trigger: Literal["accept"]


class Return(RequestModel):
    """Send it back to the requester to be completed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "return", "reason": "Which mailbox is meant?"}]}
    )
    trigger: Literal["return"]
    reason: Text | None = None


class Resubmit(RequestModel):
    """Send it in again, completed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "resubmit", "description": "The mailbox sales-north."}]}
    )
    trigger: Literal["resubmit"]
    title: Line | None = None
    description: Text | None = None


class RejectRfc(RequestModel):
    """Decide that it will not be done."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "reject", "reason": "Replaced by the new mail service."}]}
    )
    trigger: Literal["reject"]
    reason: Text | None = None


class Forward(RequestModel):
    """It lies outside the agreement: ask service level."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "forward", "reason": "Mail on telephones is not agreed."}]}
    )
    trigger: Literal["forward"]
    reason: Text | None = None


RfcMove = TypeAliasType(
    "RfcMove", Annotated[Accept | Return | Resubmit | RejectRfc | Forward, Field(discriminator="trigger")]
)


class RfcView(ResponseModel):
    """A request for change; `change_id` names the change once it is accepted.

    `caller_id` is who called about the incident that asked for it; `impact` and `urgency` are what was given for a call that did.
    """

    id: UUID
    number: str
    state: RfcState
    reason: str | None
    title: str
    description: str
    requester_id: UUID | None
    caller_id: UUID | None
    party_id: UUID | None
    service_id: UUID | None
    ki_ids: list[UUID]
    impact: Level | None
    urgency: Level | None
    urgent: bool
    value_stream: ValueStream | None
    origin: OriginView | None
    change_id: UUID | None
    version: int
    correlation_id: UUID
    created_at: datetime
    updated_at: datetime


class RfcPage(Page):
    """Requests for change."""

    items: list[RfcView]
