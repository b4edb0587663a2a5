"""Requests for change as clients send, move and see them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

from services.change.lifecycles import RFC
from services.change.schemas import Items, RecordQuery, RecordView
from shared.contracts.change import Level
from shared.fields import Among, Known, Line, MoveModel, RequestModel, StrictBool, Text
from shared.http import PageView
from shared.records import OneOf, PersonReference, Where

Name = Annotated[str, Field(max_length=100)]


class SubmitRfc(RequestModel):
    """Ask for a change; the provider may do so for somebody else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "More room in the mailbox", "description": "It is full every Friday."}]
        }
    )
    title: Line
    description: Text
    requester_id: Annotated[UUID | None, Field(description="The requester; absent: the sender of this request.")] = None
    party_id: Annotated[UUID | None, Field(description="The party that it is for; absent: the requester's party.")] = (
        None
    )
    service_id: UUID | None = None
    ki_ids: Items = Field(default_factory=list)
    urgent: Annotated[StrictBool, Field(description="A candidate for an emergency change.")] = False


class _Reasoned(MoveModel):
    reason: Annotated[
        Text | None, Field(examples=["Which mailbox is meant?"], description="Everybody who sees the request reads it.")
    ] = None


class Accept(MoveModel):
    """Accept it: its change is created."""

    trigger: Literal["accept"]


class Return(_Reasoned):
    """Send it back to be completed."""

    trigger: Literal["return"]


class Resubmit(MoveModel):
    """Send it in again, completed."""

    trigger: Literal["resubmit"]
    title: Line | None = None
    description: Annotated[Text | None, Field(examples=["The mailbox sales-north."])] = None


class RejectRfc(_Reasoned):
    """Decide that it will not be done."""

    trigger: Literal["reject"]


class Forward(_Reasoned):
    """It is outside the agreement: forward it to service level management. Its call stays with the desk meanwhile."""

    trigger: Literal["forward"]


RfcMove = TypeAliasType(
    "RfcMove", Annotated[Accept | Return | Resubmit | RejectRfc | Forward, Field(discriminator="trigger")]
)


class RfcView(RecordView):
    """A request for change; `change_id` names the change once it is accepted.

    `caller_id` is the caller of the incident that led to it; `impact` and `urgency` come from the call that led to it.
    """

    state: Annotated[str, Known(RFC.states)]
    description: str
    caller_id: UUID | None
    impact: Level | None
    urgency: Level | None
    change_id: UUID | None


class RfcPage(PageView):
    """A page of requests for change."""

    items: list[RfcView]


class RfcQuery(RecordQuery):
    """Which requests, in which order."""

    sort: Literal["created_at", "-created_at", "updated_at", "-updated_at", "number", "-number"] = "-created_at"
    state: OneOf[Annotated[str, Among(RFC.states)]] = None
    origin_service: Annotated[Name | None, Where(lambda column, value: column["origin"]["service"].astext == value)] = (
        None
    )
    origin_type: Annotated[Name | None, Where(lambda column, value: column["origin"]["type"].astext == value)] = None
    caller_id: OneOf[PersonReference] = None
