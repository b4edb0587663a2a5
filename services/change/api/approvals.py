"""Approvals over HTTP."""

from uuid import UUID

from fastapi import Response

from services.change.api.callers import Asking
from services.change.commands import approvals as commands
from services.change.commands.facts import missing_approvals
from services.change.domain.approvals import needed
from services.change.repository import changes as repository
from services.change.schemas.changes import Approvals, ApprovalView, GiveApproval
from shared.http import etag
from shared.http import router as strict

router = strict(tags=["approvals"])


@router.get("/changes/{change_id}/approvals")
async def list_approvals(change_id: UUID, work: Asking) -> Approvals:
    """Which roles must approve the present plan, and what was answered so far."""
    async with work:
        change = await repository.change(work, change_id)
        return Approvals(
            plan_round=change.plan_round,
            needed=list(needed(change.change_type, change.risk)),  # type: ignore[arg-type]
            awaited=list(await missing_approvals(work, change)),
            items=[ApprovalView.model_validate(each) for each in await repository.approvals(work, change_id)],
            next=None,
        )


@router.post("/changes/{change_id}/approvals", status_code=201)
async def give_approval(change_id: UUID, body: GiveApproval, response: Response, work: Asking) -> ApprovalView:
    """Approve or deny the present plan; the last approval authorises the change, a denial sends it back."""
    approval = await commands.give_approval(
        work, change_id, role=body.role, decision=body.decision, note=body.note, plan_round=body.plan_round
    )
    etag(response, approval.version)
    return ApprovalView.model_validate(approval)
