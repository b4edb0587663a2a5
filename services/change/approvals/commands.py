"""Approvals: each role and each person answers a plan once; the last one authorises the change, a denial sends it back."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from services.change import access
from services.change.approvals.queries import answers
from services.change.approvals.rules import needed
from services.change.changes.commands import authorise_if_possible, carry_out, facts_of
from services.change.changes.queries import CHANGES, requesters
from services.change.checks.rules import APPROVE, refusals
from services.change.lifecycles import CHANGE
from services.change.models import Approval, Change
from shared.contracts.change import ChangeApprovalGiven
from shared.errors import Conflict, NotAllowed
from shared.records import event_of
from shared.unit_of_work import Work


class ApprovalNotAwaited(Conflict):
    """The change does not wait for an approval in this role, or by this person."""

    slug, title = "approval-not-awaited", "No such approval is awaited"


class PlanChanged(Conflict):
    """The plan that the caller has seen was replaced by another one."""

    slug, title = "plan-changed", "The change has another plan now"


class PlanOutdated(Conflict):
    """What was true when the change was planned is not true any more, so the plan cannot be approved; it can be denied."""

    slug, title = "plan-outdated", "The plan no longer holds"


async def give_approval(work: Work, change_id: UUID, given: Mapping[str, Any]) -> Approval:
    """The caller's answer to the present plan of a change: a `decision` in a `role`, perhaps with a `note`.

    `plan_round` says which plan the caller has seen. Raises `NotFound`, `NotAllowed`, `ApprovalNotAwaited`, `PlanChanged`, or
    `PlanOutdated`, which forbids to approve and not to deny.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await work.session.get_one(Approval, earlier)
        change, role = await CHANGES.one(work, change_id, lock=True), given["role"]
        _check_may_approve(work, change, role, await requesters(work, change))
        await _check_awaited(work, change, role, given.get("plan_round"))
        if given["decision"] == "approved" and (because := refusals(APPROVE, await facts_of(work, change))):
            raise PlanOutdated(f"{'; '.join(because)}. Correct the change, which is then approved again, or deny it.")
        answer = {**given, "plan_round": change.plan_round}
        approval = Approval(change_id=change.id, given_by=work.actor.id, correlation_id=change.correlation_id, **answer)
        work.insert(approval)
        recorded = event_of(ChangeApprovalGiven, approval)
        work.emit(approval, recorded, about=change.id, value_stream=change.value_stream)
        work.remember_result(approval.id)
        await work.flush()
        if approval.decision == "denied":
            reason = {
                "reason": f"{role} denied it"
            }  # not the note, since everybody reads a reason and only the provider reads notes
            await carry_out(work, change, CHANGE.fire(change.state, "deny", reason), reason)
        else:
            await authorise_if_possible(work, change)
        return approval


def _check_may_approve(work: Work, change: Change, role: str, requesters: AbstractSet[object]) -> None:
    roles, caller = access.APPROVE.roles(work.caller, change), work.caller
    if roles is not None and role not in roles:
        raise NotAllowed(f"You do not have the role {role} with a scope that includes this change.")
    if work.actor.type != "person":
        raise NotAllowed("Approvals are given by people; a program cannot approve.")
    if caller and not caller.administers and not requesters.isdisjoint({caller.id, caller.person}):
        raise NotAllowed("You requested this change; somebody else must approve it.")


async def _check_awaited(work: Work, change: Change, role: str, plan_round: int | None) -> None:
    if change.state != "planned":
        raise ApprovalNotAwaited(f"The change is {change.state}; approvals are given while it is planned.")
    if plan_round not in (None, change.plan_round):
        raise PlanChanged(f"You have seen plan {plan_round}, it is plan {change.plan_round} now: read it first.")
    wanted = needed(change.change_type, change.risk)
    if role not in wanted:
        raise ApprovalNotAwaited(f"This change is approved by {', '.join(wanted)}.")
    for each in await answers(work, change):
        if each.role == role:
            raise ApprovalNotAwaited(f"{role} has answered this plan already.")
        if each.given_by == work.actor.id:
            raise ApprovalNotAwaited(f"You have answered this plan already, as {each.role}; it needs another person.")
