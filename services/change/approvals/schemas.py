"""Approvals as clients send and see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.contracts.change import Approver, Decision
from shared.fields import Count, RequestModel, ResponseModel, Text


class GiveApproval(RequestModel):
    """Approve or deny the present plan in one of your roles."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"role": "approver", "decision": "approved", "note": "Fits the quiet evening."}]
        }
    )
    role: Approver
    decision: Decision
    note: Annotated[Text | None, Field(description="Only the provider reads it.")] = None
    plan_round: Annotated[
        Count | None, Field(description="The number of the plan that you have seen; refused when there is a newer one.")
    ] = None


class ApprovalView(ResponseModel):
    """One person's answer to one plan, in one role."""

    id: UUID
    change_id: UUID
    plan_round: int
    role: Approver
    decision: Decision
    note: Annotated[str | None, Field(description="Shown to the provider and to its author.")]
    given_by: str
    version: int
    created_at: datetime
    updated_at: datetime


class Approvals(ResponseModel):
    """The roles that must approve the present plan, those that have not yet, and all answers, also to earlier plans."""

    plan_round: int
    needed: list[Approver]
    awaited: list[Approver]
    items: list[ApprovalView]
    next: None
