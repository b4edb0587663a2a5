"""Approvals: given by role, each once per plan; the last one authorises the change, a denial sends it back."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.change.commands.authority import may_approve_as
from services.change.commands.changes import authorise_if_possible, carry_out
from services.change.domain.approvals import Approver, Decision, needed
from services.change.domain.lifecycles import CHANGE
from services.change.errors import ApprovalNotAwaited, OwnRequest, PlanHasChanged, RoleNotHeld
from services.change.models import Approval, Change
from services.change.repository import changes as repository
from shared import clock
from shared.contracts.change import ChangeApprovalGiven
from shared.unit_of_work import Work


async def give_approval(
    work: Work,
    identity: UUID,
    *,
    role: Approver,
    decision: Decision,
    note: str | None = None,
    plan_round: int | None = None,
) -> Approval:
    """The caller's answer, in `role`, to the present plan of a change; `plan_round` says which plan the caller has seen.

    Raises `RoleNotHeld`, `OwnRequest`, `ApprovalNotAwaited`, `PlanHasChanged` or `ChangeUnknown`.
    """
    async with work:
        if made := await work.earlier_result():
            return await repository.approval(work, made)
        change = await repository.change(work, identity, lock=True)
        await _check(work, change, role, plan_round)
        now = clock.now()
        approval = Approval(
            id=uuid7(),
            change_id=change.id,
            plan_round=change.plan_round,
            role=role,
            decision=decision,
            note=note,
            given_by=work.actor.id,
            version=0,
            correlation_id=change.correlation_id,
            created_at=now,
            updated_at=now,
        )
        work.insert(approval)
        given = ChangeApprovalGiven(change_id=change.id, role=role, decision=decision)
        work.emit(approval, given, about=change.id, value_stream=change.value_stream)
        work.remember_result(approval.id)
        await work.flush()
        if decision == "denied":
            reason = note or f"{role} denied it"
            carry_out(work, change, CHANGE.fire(change.state, "deny", {"reason": reason}), {"reason": reason})
        else:
            await authorise_if_possible(work, change)
        return approval


async def _check(work: Work, change: Change, role: Approver, plan_round: int | None) -> None:
    if not may_approve_as(work, role):
        raise RoleNotHeld(role)
    if work.caller and not work.caller.administers and _asked_for(work, change):
        raise OwnRequest
    if change.state != "planned":
        raise ApprovalNotAwaited(f"The change is {change.state}; approvals are given to one that is planned.")
    if plan_round not in (None, change.plan_round):
        raise PlanHasChanged(f"You have seen plan {plan_round}, it is now plan {change.plan_round}: read it first.")
    wanted = needed(change.change_type, change.risk)  # type: ignore[arg-type]
    if role not in wanted:
        raise ApprovalNotAwaited(f"This change is approved by {', '.join(wanted)}.")
    if any(each.role == role for each in await repository.approvals(work, change.id, change.plan_round)):
        raise ApprovalNotAwaited(f"{role} has answered this plan already.")


def _asked_for(work: Work, change: Change) -> bool:
    caller = work.caller
    assert caller
    return change.registered_by == caller.id or (
        change.requester_id is not None and change.requester_id == caller.person
    )
