"""Incidents as clients see, correct and move them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from services.incident.lifecycles import INCIDENT
from shared.contracts.incident import CallType, Level, PendingReason, Priority
from shared.fields import (
    Among,
    Instant,
    Known,
    Line,
    PersonId,
    RequestModel,
    ResponseModel,
    ServiceId,
    StrictBool,
    TeamId,
    Text,
)
from shared.http import Names, PageView
from shared.records import From, ListQuery, OneOf, PersonReference, Reference, Until, Where
from shared.records.watchers import watched_by

Category = Annotated[list[Line], Field(max_length=10, description="From the general to the particular.")]
Items = Annotated[list[UUID], Field(max_length=50, description="Knowledge items that it is about.")]


#: a state that a client filters by
State = Annotated[str, Among(INCIDENT.states)]


class IncidentView(ResponseModel):
    """An incident; `foreign` has the names that an imported one has in the other system."""

    id: UUID
    number: str
    state: Annotated[str, Known(INCIDENT.states)]
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
    confidential_team_id: Annotated[
        UUID | None, Field(description="Only this team and the person who reported it see it.")
    ]
    call_id: UUID | None
    solution: str | None
    recovery: Literal["workaround", "repair"] | None
    recovered_at: datetime | None
    closed_at: datetime | None
    disputed_at: Annotated[
        datetime | None,
        Field(description="Since when its user says that it still fails, although it is recovered or closed."),
    ]
    source: str | None
    source_key: str | None
    foreign: dict[str, Any]
    correlation_id: UUID
    version: int
    created_at: datetime
    updated_at: datetime
    names: Names


class IncidentPage(PageView):
    """A page of incidents."""

    items: list[IncidentView]


class IncidentQuery(ListQuery):
    """Which incidents, in which order."""

    sort: Literal[
        "created_at", "-created_at", "updated_at", "-updated_at", "number", "-number", "priority", "-priority"
    ] = "-created_at"
    state: OneOf[State] = None
    priority: OneOf[Priority] = None
    number: Annotated[str | None, Field(max_length=40, description="E.g. INC-000042.")] = None
    service_id: OneOf[Reference] = None
    party_id: OneOf[Reference] = None
    caller_id: OneOf[PersonReference] = None
    team_id: OneOf[Reference] = None
    assignee_id: OneOf[PersonReference] = None
    source: Annotated[str | None, Field(max_length=200)] = None
    watcher_id: Annotated[OneOf[PersonReference], Where(watched_by)] = None
    opened_from: Annotated[Instant | None, From("created_at")] = None
    opened_until: Annotated[Instant | None, Until("created_at")] = None
    disputed: Annotated[
        bool | None,
        Where(lambda column, value: column["disputed_at"].is_not(None) == value),
        Field(description="true: those of which the user says that they still fail."),
    ] = None


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
    confidential_team_id: UUID | MISSING | None = MISSING
    classification: Category | MISSING = MISSING
    ki_ids: Items | MISSING = MISSING


_TEAM = "019acd5e-2c00-7000-8000-000000000004"


class _Classification(RequestModel):
    service_id: ServiceId | None = None
    impact: Level | None = None
    urgency: Level | None = None


class Classify(_Classification):
    """Set service, impact and urgency; fields that are already set may be left out."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "classify", "impact": "high", "urgency": "medium"}]}
    )
    trigger: Literal["classify"]


class Take(_Classification):
    """Start to recover it; without `assignee_id` the sender of this request is the assignee."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "take"}]})
    trigger: Literal["take"]
    assignee_id: PersonId | None = None


class Assign(RequestModel):
    """Assign it to a team, and perhaps to a person, to recover it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "assign", "team_id": _TEAM}]})
    trigger: Literal["assign"]
    team_id: TeamId | None = None
    assignee_id: PersonId | None = None


class Pause(RequestModel):
    """Wait for somebody; recovery resumes at the time `until`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "pause", "pending_reason": "user"}]})
    trigger: Literal["pause"]
    pending_reason: PendingReason | None = None
    until: Instant | None = None


class Resume(RequestModel):
    """Go on recovering."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "resume"}]})
    trigger: Literal["resume"]


class Recover(RequestModel):
    """The service works again; `ki_altered` says that a managed item was changed for it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "recover", "recovery": "repair", "solution": "Spooler restarted."}]}
    )
    trigger: Literal["recover"]
    solution: Text | None = None
    recovery: Literal["workaround", "repair"] | None = None
    ki_altered: StrictBool = False


class Confirm(RequestModel):
    """The user agrees: close it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "confirm"}]})
    trigger: Literal["confirm"]


class Reopen(RequestModel):
    """The user disagrees: it still does not work."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "reopen", "reason": "It jams again after two pages."}]}
    )
    trigger: Literal["reopen"]
    reason: Text | None = None


class Cancel(RequestModel):
    """Withdraw it, or mark it a duplicate."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "cancel", "reason": "The caller had switched it off."}]}
    )
    trigger: Literal["cancel"]
    reason: Text | None = None


class Reroute(RequestModel):
    """It is no incident: send its call to the right process."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "reroute", "call_type": "rfc"}]})
    trigger: Literal["reroute"]
    call_type: Annotated[CallType | None, Field(description="The right type of the call: rfc.")] = None


IncidentMove = Annotated[
    Classify | Take | Assign | Pause | Resume | Recover | Confirm | Reopen | Cancel | Reroute,
    Field(discriminator="trigger"),
]


class MoveRule(ResponseModel):
    """A move: its states from and to, the fields that it needs, the roles that may make it, and what may forbid it."""

    trigger: str
    sources: list[str]
    target: str
    requires: list[str]
    roles: list[str]
    guards: list[str]


class LifecycleView(ResponseModel):
    """The whole lifecycle of an incident; nothing leaves a final state."""

    initial: str
    states: list[str]
    final: list[str]
    moves: list[MoveRule]


class PriorityRule(ResponseModel):
    """The priority for one impact and urgency."""

    impact: Level
    urgency: Level
    priority: Priority


class PriorityMatrix(ResponseModel):
    """The priority for every impact and urgency, the most urgent first."""

    items: list[PriorityRule]
    next: None
