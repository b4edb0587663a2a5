"""The plans of a change over HTTP."""

from typing import Annotated
from uuid import UUID

from services.change import access
from services.change.approvals.queries import approvals
from services.change.changes.queries import CHANGES
from services.change.lifecycles import BEFORE_PLANNED
from services.change.plans import queries
from services.change.plans.schemas import Plans, PlanView, PublicPlanView
from services.change.schemas import answers_shown
from shared.http import Allowed
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["changes"])


@router.get("/changes/{change_id}/plans")
async def list_plans(change_id: UUID, work: Annotated[Work, Allowed(access.READ)]) -> Plans:
    """Every plan of the change as its approvers saw it, with their answers; those that another one replaced too."""
    async with work:
        change = await CHANGES.one(work, change_id)
        internal = access.READ_INTERNAL.covers(work.caller, change)
        given, view = await approvals(work, change_id), PlanView if internal else PublicPlanView
        planned = change.plan_round > 0 and (change.held_state or change.state) not in BEFORE_PLANNED
        found = [vars(plan) for plan in await queries.plans(work, change_id)]
        if planned and change.plan_round not in {plan["plan_round"] for plan in found}:
            found.append({**vars(change), "created_at": None})
        items = [
            view.model_validate(
                plan
                | {
                    "present": planned and plan["plan_round"] == change.plan_round,
                    "approvals": answers_shown(
                        [each for each in given if each.plan_round == plan["plan_round"]],
                        internal=internal,
                        reader=work.actor.id,
                    ),
                }
            )
            for plan in found
        ]
        return Plans.model_validate({"items": items, "next": None})
