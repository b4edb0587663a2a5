"""Approvals as clients send and see them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from services.change.schemas import ApprovalView
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


class Approvals(ResponseModel):
    """The roles that must approve the present plan, those that have not yet, and all answers, also to earlier plans."""

    plan_round: int
    needed: list[Approver]
    awaited: list[Approver]
    items: list[ApprovalView]
    next: None
