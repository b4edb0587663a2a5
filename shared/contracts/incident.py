"""What incident publishes: calls, and incidents with their state after every change."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from shared.contracts.envelope import Event, FieldChange
from shared.contracts.origin import Origin

Level = Literal["high", "medium", "low"]
Priority = Literal["P1", "P2", "P3", "P4"]
CallType = Literal["incident", "rfc"]
PendingReason = Literal["user", "supplier", "change", "operation", "problem"]


class CallEvent(Event, family="call"):
    """A call as it is after the change, with the impact and urgency that the caller gave.

    `reason` is the last one that the process answering it gave: why it returned the request, or will not carry it out. A call
    with a `confidential_team_id` is only for that team and the reporter: only the record has its title and description.
    """

    number: str
    call_type: CallType
    title: str
    description: str
    service_id: UUID | None
    party_id: UUID | None
    caller_id: UUID | None
    impact: Level | None = None
    urgency: Level | None = None
    reason: str | None = None
    confidential_team_id: UUID | None = None


class CallRegistered(CallEvent, type="call.registered.v1"):
    """Somebody called."""


class CallRouted(CallEvent, type="call.routed.v1"):
    """A call goes to the process of its type; that process creates the record."""


class CallChanged(CallEvent, type="call.changed.v1"):
    """Its caller and so its party were corrected, or the answering process gave another reason or took it from the desk.

    Its state did not change.
    """


class CallLinked(CallEvent, type="call.linked.v1"):
    """The process that a call went to has created the record that answers it."""

    record: Origin


class CallHeld(CallEvent, type="call.held.v1"):
    """The process that it went to handed it back, for the `reason` given: the desk holds it."""


class CallReopened(CallEvent, type="call.reopened.v1"):
    """The record that answers the call continues after it had ended."""


class CallClosed(CallEvent, type="call.closed.v1"):
    """The record that answers the call has ended, or the desk answered a call that it held; `reason` is the answer then."""


class IncidentEvent(Event, family="incident"):
    """An incident as it is after the change; readers must accept states that they do not know.

    `team` is the id of a team, or in imported history its name in the other system. `by_person` says that a person did it,
    `by_client` that it was somebody of the client side, not of the provider or a supplier.
    """

    number: str
    state: str
    pending_reason: PendingReason | None
    impact: Level | None
    urgency: Level | None
    priority: Priority | None
    service_id: UUID | None
    party_id: UUID | None
    team: str | None
    by_person: bool
    by_client: bool = False
    caller_id: UUID | None = None
    confidential_team_id: UUID | None = None


class IncidentRegistered(IncidentEvent, type="incident.registered.v1"):
    """The agreed service failed, or is about to; `registered_by` is the id of the reporter."""

    call_id: UUID | None
    registered_by: str | None = None
    title: str
    description: str
    ki_ids: list[UUID]


class IncidentClassified(IncidentEvent, type="incident.classified.v1"):
    """Service, impact and urgency were established, and so the priority."""

    title: str
    description: str
    ki_ids: list[UUID]


class IncidentChanged(IncidentEvent, type="incident.changed.v1"):
    """It was corrected and its state did not change; `changes` says what is different, and is empty in imported history."""

    changes: Sequence[FieldChange] = ()


class IncidentAssigned(IncidentEvent, type="incident.assigned.v1"):
    """It was assigned to a team (and perhaps a person) that must recover it."""

    assignee_id: UUID | None = None


class IncidentTaken(IncidentEvent, type="incident.taken.v1"):
    """Somebody started to recover it."""

    assignee_id: UUID | None = None


class IncidentPaused(IncidentEvent, type="incident.paused.v1"):
    """It waits, for the reason given."""


class IncidentResumed(IncidentEvent, type="incident.resumed.v1"):
    """The reason to wait is gone; recovery continues."""


class IncidentRecovered(IncidentEvent, type="incident.recovered.v1"):
    """The service works again as agreed."""

    recovery: Literal["workaround", "repair"] | None
    solution: str | None


class IncidentDisputed(IncidentEvent, type="incident.disputed.v1"):
    """The user wrote that it still fails, although it is recovered or closed; the desk decides whether it is reopened."""


class IncidentReopened(IncidentEvent, type="incident.reopened.v1"):
    """The user disagrees: recovery continues. Imported history has no reason."""

    reason: str | None = None


class IncidentClosed(IncidentEvent, type="incident.closed.v1"):
    """Recovery was confirmed, or nobody disputed it in time."""


class IncidentCancelled(IncidentEvent, type="incident.cancelled.v1"):
    """It was withdrawn or a duplicate. Imported history has no reason."""

    reason: str | None = None


class IncidentRerouted(IncidentEvent, type="incident.rerouted.v1"):
    """It was not an incident; its call is routed again."""


class IncidentChangeRequested(Event, type="incident.change_requested.v1"):
    """Recovery needs a change of a managed item. Its subject is the request to change; `about` names the incident.

    `caller_id` is who called about the incident; this person is not the requester of the change.
    """

    incident_id: UUID
    incident_number: str
    title: str
    description: str
    service_id: UUID | None
    party_id: UUID | None
    ki_ids: list[UUID]
    urgent: bool
    caller_id: UUID | None = None


class SuggestionsReceived(Event, type="suggestions.received.v1"):
    """Knowledge's suggestions were stored with the incident; `about` names it."""

    incident_id: UUID
    count: int


class SuggestionUsed(Event, type="suggestion.used.v1"):
    """A suggestion solved an incident; `about` names the incident."""

    incident_id: UUID
    ki_id: UUID


class ImportCompleted(Event, type="incident_import.completed.v1"):
    """All history of one import has been recorded; always historical, so that it comes after the events of the import.

    `incidents` counts all incidents of that source.
    """

    source: str
    incidents: int
