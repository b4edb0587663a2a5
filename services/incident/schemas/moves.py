"""The moves of an incident as clients fire them: one small model per trigger."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.contracts.incident import CallType, Level, PendingReason
from shared.fields import Instant, RequestModel, StrictBool, Text

_TEAM = "019acd5e-2c00-7000-8000-000000000004"


class _Classifying(RequestModel):
    service_id: UUID | None = None
    impact: Level | None = None
    urgency: Level | None = None


class Classify(_Classifying):
    """Establish service, impact and urgency (what is known already may be left out)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "classify", "impact": "high", "urgency": "medium"}]}
    )
    trigger: Literal["classify"]


class Take(_Classifying):
    """Start to recover it; without `assignee_id` whoever sends this does."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "take"}]})
    trigger: Literal["take"]
    assignee_id: UUID | None = None


class Assign(RequestModel):
    """Ask a team, and perhaps a person, to recover it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "assign", "team_id": _TEAM}]})
    trigger: Literal["assign"]
    team_id: UUID | None = None
    assignee_id: UUID | None = None


class Pause(RequestModel):
    """Wait for somebody; `until` an instant at which recovery goes on by itself."""

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
    """The user disagrees: it does not work."""

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
    """It is no incident: send its call where it belongs."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "reroute", "call_type": "rfc"}]})
    trigger: Literal["reroute"]
    call_type: Annotated[CallType | None, Field(description="The call's right type; rfc.")] = None


IncidentMove = Annotated[
    Classify | Take | Assign | Pause | Resume | Recover | Confirm | Reopen | Cancel | Reroute,
    Field(discriminator="trigger"),
]
