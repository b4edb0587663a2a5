"""Requests for change as clients send, move and see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

from services.change.lifecycles import RFC
from services.change.schemas import Items
from shared.contracts import Origin
from shared.contracts.change import Level, ValueStream
from shared.fields import Among, Instant, Known, Line, MoveModel, RequestModel, ResponseModel, StrictBool, Text
from shared.http import Names, PageView
from shared.records import From, ListQuery, OneOf, PersonReference, Reference, Until, Where
from shared.records.watchers import watched_by


class SubmitRfc(RequestModel):
    """Ask for a change; the provider may do so for somebody else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "More room in the mailbox", "description": "It is full every Friday."}]
        }
    )
    title: Line
    description: Text
    requester_id: Annotated[UUID | None, Field(description="Who asks; absent: who sends this.")] = None
    party_id: Annotated[UUID | None, Field(description="For whom; absent: the requester's party.")] = None
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
    """It lies outside the agreement: ask service level."""

    trigger: Literal["forward"]


RfcMove = TypeAliasType(
    "RfcMove", Annotated[Accept | Return | Resubmit | RejectRfc | Forward, Field(discriminator="trigger")]
)


class RfcView(ResponseModel):
    """A request for change; `change_id` names the change once it is accepted.

    `caller_id` is who called about the incident that asked for it; `impact` and `urgency` are what was given for a call that did.
    """

    id: UUID
    number: str
    state: Annotated[str, Known(RFC.states)]
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
    origin: Origin | None
    change_id: UUID | None
    version: int
    correlation_id: UUID
    created_at: datetime
    updated_at: datetime
    names: Names


class RfcPage(PageView):
    """A page of requests for change."""

    items: list[RfcView]


class RfcQuery(ListQuery):
    """Which requests, in which order."""

    sort: Literal["created_at", "-created_at", "updated_at", "-updated_at", "number", "-number"] = "-created_at"
    state: OneOf[Annotated[str, Among(RFC.states)]] = None
    number: Annotated[str | None, Field(max_length=40, description="E.g. RFC-000042.")] = None
    origin_service: Annotated[
        str | None, Field(max_length=100), Where(lambda column, value: column["origin"]["service"].astext == value)
    ] = None
    origin_type: Annotated[
        str | None, Field(max_length=100), Where(lambda column, value: column["origin"]["type"].astext == value)
    ] = None
    origin_id: OneOf[UUID] = None
    service_id: OneOf[Reference] = None
    party_id: OneOf[Reference] = None
    requester_id: OneOf[PersonReference] = None
    caller_id: OneOf[PersonReference] = None
    urgent: bool | None = None
    watcher_id: Annotated[OneOf[PersonReference], Where(watched_by)] = None
    created_from: Annotated[Instant | None, From("created_at")] = None
    created_until: Annotated[Instant | None, Until("created_at")] = None
