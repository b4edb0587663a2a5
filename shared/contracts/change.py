"""What change publishes: requests for change and changes, each with the record of another process that asked for them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.contracts.envelope import Event
from shared.contracts.origin import Origin

ChangeType = Literal["normal", "emergency", "release", "project"]


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
    """It was taken on; `change_id` is the change that carries it out."""

    change_id: UUID
    change_number: str


class RfcReturned(RfcEvent, type="rfc.returned.v1"):
    """The requester must complete it."""


class RfcResubmitted(RfcEvent, type="rfc.resubmitted.v1"):
    """The requester completed it."""


class RfcRejected(RfcEvent, type="rfc.rejected.v1"):
    """It will not be done."""


class RfcForwarded(RfcEvent, type="rfc.forwarded.v1"):
    """It lies outside the agreement: service_level is asked."""


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
    """Plans and a date stand."""


class ChangeApprovalGiven(Event, type="change_approval.given.v1"):
    """Somebody with the role approved or denied; `about` names the change."""

    change_id: UUID
    role: str
    decision: Literal["approved", "denied"]


class ChangeChanged(ChangeEvent, type="change.changed.v1"):
    """Something about it was corrected while its state stayed."""


class ChangeAuthorised(ChangeEvent, type="change.authorised.v1"):
    """All approvals are there: work may begin."""


class ChangeAuthorisationDenied(ChangeEvent, type="change.authorisation_denied.v1"):
    """An approval was denied: it is planned anew or rejected."""


class ChangePrepared(ChangeEvent, type="change.prepared.v1"):
    """Building began."""


class ChangeTestStarted(ChangeEvent, type="change.test_started.v1"):
    """What was built is tested."""


class ChangeTestRecorded(Event, type="change_test.recorded.v1"):
    """A test was run; `about` names the change."""

    change_id: UUID
    kind: str
    result: Literal["passed", "failed"]


class ChangeTestFailed(ChangeEvent, type="change.test_failed.v1"):
    """It goes back to building."""


class ChangeReleased(ChangeEvent, type="change.released.v1"):
    """It may be implemented."""


class ChangeImplementationStarted(ChangeEvent, type="change.implementation_started.v1"):
    """It is being implemented."""


class ChangeImplemented(ChangeEvent, type="change.implemented.v1"):
    """It works as planned."""


class ChangeRolledBack(ChangeEvent, type="change.rolled_back.v1"):
    """It failed and was taken back."""


class ChangeEvaluated(ChangeEvent, type="change.evaluated.v1"):
    """Its result was compared with its goal."""


class ChangeClosed(ChangeEvent, type="change.closed.v1"):
    """Everything about it is done."""


class ChangeHeld(ChangeEvent, type="change.held.v1"):
    """It rests."""


class ChangeResumed(ChangeEvent, type="change.resumed.v1"):
    """It goes on where it rested."""


class ChangeReplanned(ChangeEvent, type="change.replanned.v1"):
    """It goes back to be planned or prepared anew."""


class ChangeRejected(ChangeEvent, type="change.rejected.v1"):
    """It will not be done."""


class ChangeCancelled(ChangeEvent, type="change.cancelled.v1"):
    """It was given up."""
