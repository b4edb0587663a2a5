"""Approvals over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.change import access
from services.change.approvals import commands, queries
from services.change.approvals.rules import needed
from services.change.approvals.schemas import Approvals, GiveApproval
from services.change.changes.queries import CHANGES
from services.change.schemas import ApprovalView, answers_shown
from shared.http import Allowed, etag
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["approvals"])


@router.get("/changes/{change_id}/approvals")
async def list_approvals(change_id: UUID, work: Annotated[Work, Allowed(access.READ)]) -> Approvals:
    """The roles that must approve the present plan, and the answers so far."""
    async with work:
        change = await CHANGES.one(work, change_id)
        internal = access.READ_INTERNAL.covers(work.caller, change)
        given = await queries.approvals(work, change_id)
        return Approvals(
            plan_round=change.plan_round,
            needed=list(needed(change.change_type, change.risk)),
            awaited=list(await queries.awaited(work, change)),
            items=answers_shown(given, internal=internal, reader=work.actor.id),
            next=None,
        )


@router.post("/changes/{change_id}/approvals", status_code=201)
async def give_approval(
    change_id: UUID, body: GiveApproval, response: Response, work: Annotated[Work, Allowed(access.APPROVE)]
) -> ApprovalView:
    """Approve or deny the present plan; the last approval authorises the change, a denial sends it back."""
    approval = await commands.give_approval(work, change_id, body.model_dump())
    etag(response, approval.version)
    return ApprovalView.model_validate(approval)
