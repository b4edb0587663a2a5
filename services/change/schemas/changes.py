"""Changes as clients see and correct them, with their approvals and test runs."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from services.change.domain.approvals import Approver, Decision
from services.change.domain.risk import Level
from services.change.domain.testing import Kind, Result
from services.change.schemas.records import KiIds, OriginView, ValueStream
from shared.contracts.change import ChangeType
from shared.fields import Count, Instant, Line, RequestModel, ResponseModel, StrictBool, Text
from shared.paging import Page

ChangeState = Literal[
    "accepted",
    "classified",
    "planned",
    "authorised",
    "in_preparation",
    "in_test",
    "released",
    "implementing",
    "implemented",
    "evaluated",
    "closed",
    "rolled_back",
    "on_hold",
    "rejected",
    "cancelled",
]


class CorrectChange(RequestModel):
    """Fields to correct; those left out stay. A plan that is corrected must be approved anew."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"planned_start": "2036-12-05T20:00:00Z", "planned_end": "2036-12-05T22:00:00Z"}]
        }
    )
    title: Line | MISSING = MISSING
    description: Text | MISSING = MISSING
    ki_ids: KiIds | MISSING = MISSING
    parent_id: Annotated[UUID | MISSING | None, Field(description="The release that it is part of.")] = MISSING
    party_id: Annotated[UUID | MISSING, Field(description="For whom it is; its client approves.")] = MISSING
    service_id: UUID | MISSING | None = MISSING
    build_plan: Text | MISSING | None = MISSING
    test_plan: Text | MISSING | None = MISSING
    implementation_plan: Text | MISSING | None = MISSING
    back_out_plan: Text | MISSING | None = MISSING
    planned_start: Instant | MISSING | None = MISSING
    planned_end: Instant | MISSING | None = MISSING
    means_confirmed: StrictBool | MISSING | None = MISSING


class ChangeLine(ResponseModel):
    """A change as lists show it; `held_state` is where one that is on hold goes on."""

    id: UUID
    number: str
    state: ChangeState
    held_state: ChangeState | None
    reason: str | None
    title: str
    change_type: ChangeType | None
    impact: Level | None
    likelihood: Level | None
    risk: Level | None
    rfc_id: UUID
    parent_id: UUID | None
    requester_id: UUID | None
    party_id: UUID | None
    service_id: UUID | None
    ki_ids: list[UUID]
    urgent: bool
    value_stream: ValueStream | None
    origin: OriginView | None
    planned_start: datetime | None
    planned_end: datetime | None
    version: int
    correlation_id: UUID
    created_at: datetime
    updated_at: datetime


class Conflict(ResponseModel):
    """Another change of the same service whose window overlaps; a blocking one keeps this one from being authorised."""

    id: UUID
    number: str
    state: ChangeState
    planned_start: datetime
    planned_end: datetime
    blocking: bool


class ChangeDetails(ChangeLine):
    """A change with its plan and evaluation."""

    description: str
    build_plan: str | None
    test_plan: str | None
    implementation_plan: str | None
    back_out_plan: str | None
    means_confirmed: bool | None
    plan_round: int
    test_round: int
    goal_reached: bool | None
    evaluation: str | None


class ChangeView(ChangeDetails):
    """A change with its plan, its evaluation and the conflicts of its window."""

    conflicts: list[Conflict]


class ChangePage(Page):
    """Changes."""

    items: list[ChangeLine]


class GiveApproval(RequestModel):
    """Approve or deny the present plan in one of your roles."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"role": "approver", "decision": "approved", "note": "Fits the quiet evening."}]
        }
    )
    role: Approver
    decision: Decision
    note: Text | None = None
    plan_round: Annotated[Count | None, Field(description="The plan that you have seen; refused when it changed.")] = (
        None
    )


class ApprovalView(ResponseModel):
    """One role's answer to one plan."""

    id: UUID
    change_id: UUID
    plan_round: int
    role: Approver
    decision: Decision
    note: str | None
    given_by: str
    version: int
    created_at: datetime
    updated_at: datetime


class Approvals(ResponseModel):
    """The roles that must approve the present plan, those still awaited, and all answers so far, older plans included."""

    plan_round: int
    needed: list[Approver]
    awaited: list[Approver]
    items: list[ApprovalView]
    next: None


class RecordTest(RequestModel):
    """A test that was run."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "technical", "result": "passed", "note": "All 214 cases."}]}
    )
    kind: Kind
    result: Result
    note: Text | None = None


class TestRunView(ResponseModel):
    """One test; `test_round` counts how often the change was offered for testing."""

    id: UUID
    change_id: UUID
    test_round: int
    kind: Kind
    result: Result
    note: str | None
    recorded_by: str
    version: int
    created_at: datetime
    updated_at: datetime


class TestRuns(ResponseModel):
    """All tests of a change, and the kinds that must still pass before it is released."""

    test_round: int
    awaited: list[Kind]
    items: list[TestRunView]
    next: None
