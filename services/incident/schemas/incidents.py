"""Incidents as clients see and correct them, and what belongs to them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from shared.contracts.incident import IncidentState, Level, PendingReason, Priority
from shared.fields import Line, RequestModel, ResponseModel, StrictBool, Text
from shared.paging import Page

Category = Annotated[list[Line], Field(max_length=10, description="From the general to the particular.")]
Items = Annotated[list[UUID], Field(max_length=50, description="Knowledge items that it is about.")]


class IncidentView(ResponseModel):
    """An incident as it is; `foreign` holds what an imported one was called elsewhere."""

    id: UUID
    number: str
    state: IncidentState
    pending_reason: PendingReason | None
    pending_until: datetime | None
    title: str
    description: str
    channel: str | None
    impact: Level | None
    urgency: Level | None
    priority: Priority | None
    classification: list[str]
    ki_ids: list[UUID]
    service_id: UUID | None
    party_id: UUID | None
    caller_id: UUID | None
    team_id: UUID | None
    assignee_id: UUID | None
    call_id: UUID | None
    solution: str | None
    recovery: Literal["workaround", "repair"] | None
    recovered_at: datetime | None
    closed_at: datetime | None
    source: str | None
    source_key: str | None
    foreign: dict[str, Any]
    correlation_id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class IncidentPage(Page):
    """A page of incidents."""

    items: list[IncidentView]


class CorrectIncident(RequestModel):
    """Fields to correct; what is absent stays, null empties where that is possible."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"impact": "high", "classification": ["printing", "queue"]}]}
    )
    title: Line | MISSING = MISSING
    description: Text | MISSING = MISSING
    impact: Level | MISSING | None = MISSING
    urgency: Level | MISSING | None = MISSING
    service_id: UUID | MISSING = MISSING
    caller_id: UUID | MISSING | None = MISSING
    classification: Category | MISSING = MISSING
    ki_ids: Items | MISSING = MISSING


class WriteEntry(RequestModel):
    """Something to write in the work log."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Restarted the print spooler.", "public": True}]}
    )
    text: Text
    public: Annotated[StrictBool, Field(description="Seen by the client side too.")] = False


class EntryView(ResponseModel):
    """An entry of the work log."""

    id: UUID
    incident_id: UUID
    public: bool
    by_provider: bool
    text: str
    author_id: str
    created_at: datetime


class WorkLogPage(Page):
    """A page of the entries, oldest first."""

    items: list[EntryView]


class AddLink(RequestModel):
    """A record of another system to link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "supplier", "reference": "CASE-2231"}]})
    kind: Literal["problem", "rfc", "supplier", "caused_by", "duplicate_of", "configuration_item", "other"]
    reference: Line


class LinkView(ResponseModel):
    """A linked record: of change when `target_id` is there, of another system otherwise."""

    id: UUID
    incident_id: UUID
    kind: str
    reference: str
    target_id: UUID | None
    target_state: str | None
    target_reason: Annotated[str | None, Field(description="What change said last: why it came to rest in this state.")]
    created_at: datetime


class LinkPage(Page):
    """A page of what an incident is linked to, oldest first."""

    items: list[LinkView]


class SuggestionView(ResponseModel):
    """A knowledge item that may help."""

    id: UUID
    ki_id: UUID
    ki_number: str
    ki_type: str
    title: str
    rank: float
    used_at: datetime | None


class Suggestions(ResponseModel):
    """What knowledge suggested, known errors first."""

    items: list[SuggestionView]
    next: None


class RequestChange(RequestModel):
    """What change should do so that the incident can be recovered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "Replace the print server", "description": "Its disk fails.", "urgent": True}]
        }
    )
    title: Line
    description: Text
    urgent: StrictBool = False


class ChangeRequestView(ResponseModel):
    """A request that was sent to change; its progress is seen in the incident's links."""

    id: UUID
    incident_id: UUID
    title: str
    description: str
    urgent: bool
    created_at: datetime
