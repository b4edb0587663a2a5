"""What change publishes: requests for change and changes, each with the record of another process that requested it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.contracts.envelope import Event, FieldChange
from shared.contracts.origin import Origin

Level = Literal["high", "medium", "low"]
ValueStream = Literal["maintenance", "renewal", "optimisation"]
ChangeType = Literal["normal", "emergency", "release", "project"]
Approver = Literal["change_coordinator", "approver", "client", "it_director"]
Decision = Literal["approved", "denied"]
TestKind = Literal["technical", "functional", "acceptance", "operational_readiness"]
TestResult = Literal["passed", "failed"]


class RfcEvent(Event, family="rfc"):
    """A request for change as it is after the move."""

    number: str
    title: str
    state: str
    origin: Origin | None
    reason: str | None = None


class RfcRegistered(RfcEvent, type="rfc.registered.v1"):
    """A request for change was submitted."""


class RfcAccepted(RfcEvent, type="rfc.accepted.v1"):
    """It was accepted; `change_id` is the change that carries it out."""

    change_id: UUID
    change_number: str


class RfcReturned(RfcEvent, type="rfc.returned.v1"):
    """The requester must complete it."""


class RfcResubmitted(RfcEvent, type="rfc.resubmitted.v1"):
    """It was completed; `changes` says what is different now."""

    changes: Sequence[FieldChange] = ()


class RfcChanged(RfcEvent, type="rfc.changed.v1"):
    """Another requester was named, and its state did not change; `changes` says what is different."""

    changes: Sequence[FieldChange] = ()


class RfcRejected(RfcEvent, type="rfc.rejected.v1"):
    """It will not be done."""


class RfcForwarded(RfcEvent, type="rfc.forwarded.v1"):
    """It is outside the agreement: service_level must decide. Until then it may still be accepted or rejected."""


class ChangeEvent(Event, family="change"):
    """A change as it is after the move; `origin` is the record whose request it carries out."""

    number: str
    title: str
    state: str
    change_type: ChangeType | None
    rfc_id: UUID | None
    origin: Origin | None
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    reason: str | None = None


class ChangeRegistered(ChangeEvent, type="change.registered.v1"):
    """A request was accepted and became a change."""


class ChangeClassified(ChangeEvent, type="change.classified.v1"):
    """Type and risk were established."""


class ChangePlanned(ChangeEvent, type="change.planned.v1"):
    """It has a plan and a window; approvals are requested."""


class ChangeApprovalGiven(Event, type="change_approval.given.v1"):
    """`given_by` approved or denied plan `plan_round` in a role; `about` names the change."""

    change_id: UUID
    role: str
    decision: Decision
    given_by: str | None = None
    plan_round: int | None = None


class ChangeChanged(ChangeEvent, type="change.changed.v1"):
    """It was corrected and its state did not change; `changes` says what is different."""

    changes: Sequence[FieldChange] = ()


class ChangeAuthorised(ChangeEvent, type="change.authorised.v1"):
    """All approvals are given and the window is free: work may begin."""


class ChangeAuthorisationDenied(ChangeEvent, type="change.authorisation_denied.v1"):
    """An approval was denied: it is planned again or rejected."""


class ChangePrepared(ChangeEvent, type="change.prepared.v1"):
    """Building began."""


class ChangeTestStarted(ChangeEvent, type="change.test_started.v1"):
    """What was built is tested."""


class ChangeTestRecorded(Event, type="change_test.recorded.v1"):
    """A test was run; `about` names the change."""

    change_id: UUID
    kind: str
    result: TestResult
    recorded_by: str | None = None


class ChangeTestFailed(ChangeEvent, type="change.test_failed.v1"):
    """It goes back to building."""


class ChangeReleased(ChangeEvent, type="change.released.v1"):
    """It may be implemented."""


class ChangeImplementationStarted(ChangeEvent, type="change.implementation_started.v1"):
    """It is being implemented."""


class ChangeImplemented(ChangeEvent, type="change.implemented.v1"):
    """It works as planned."""


class ChangeRolledBack(ChangeEvent, type="change.rolled_back.v1"):
    """It failed and was undone."""


class ChangeReworked(ChangeEvent, type="change.reworked.v1"):
    """It was rolled back and is built again, with the authorised plan."""


class ChangeReplanned(ChangeEvent, type="change.replanned.v1"):
    """It has a new plan; approvals are requested again."""


class ChangeEvaluated(ChangeEvent, type="change.evaluated.v1"):
    """Its result was compared with its goal."""


class ChangeClosed(ChangeEvent, type="change.closed.v1"):
    """Everything about it is done."""


class ChangeHeld(ChangeEvent, type="change.held.v1"):
    """Work on it stops until it is resumed."""


class ChangeResumed(ChangeEvent, type="change.resumed.v1"):
    """It continues in the state in which it was put on hold."""


class ChangeRejected(ChangeEvent, type="change.rejected.v1"):
    """It will not be done."""


class ChangeCancelled(ChangeEvent, type="change.cancelled.v1"):
    """It was given up."""
