"""The plans of a change as clients see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.change.schemas import ApprovalView
from shared.contracts.change import ChangeType, Level, ValueStream
from shared.fields import ResponseModel


class PublicPlanView(ResponseModel):
    """A change as the approvers of the client's side saw it with one of its plans, and the answers to that plan."""

    plan_round: int
    present: Annotated[bool, Field(description="Whether it is the plan that counts now.")]
    title: str
    description: str
    requester_id: UUID | None
    party_id: UUID | None
    service_id: UUID | None
    ki_ids: list[UUID]
    parent_id: UUID | None
    change_type: ChangeType | None
    impact: Level | None
    likelihood: Level | None
    risk: Level | None
    value_stream: ValueStream | None
    planned_start: datetime | None
    planned_end: datetime | None
    approvals: list[ApprovalView]
    created_at: Annotated[datetime | None, Field(description="When it was made; null where that was not recorded.")]


class PlanView(PublicPlanView):
    """A change as the provider's approvers saw it with one of its plans, and the answers to that plan."""

    build_plan: str | None
    test_plan: str | None
    implementation_plan: str | None
    back_out_plan: str | None
    means_confirmed: bool | None


class Plans(ResponseModel):
    """All plans of a change, oldest first; the client's side sees no texts of plans."""

    items: list[PlanView] | list[PublicPlanView]
    next: None
