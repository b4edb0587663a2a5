"""Stores the plans of changes, so that each stays readable when another one takes its place."""

from services.change.lifecycles import BOUND
from services.change.models import Change, PlanVersion
from services.change.plans.queries import present_plan
from shared.unit_of_work import Work


async def store_plan(work: Work, change: Change, *, made: bool) -> None:
    """Store the present plan of a change as it is now; `made` says that the actor makes it.

    Otherwise another one is about to take its place: an older version of this service stored none.
    """
    values = {name: getattr(change, name) for name in BOUND}
    stored = await present_plan(work, change)
    if stored is None:
        planned_by = work.actor.id if made else None
        new = PlanVersion(change_id=change.id, plan_round=change.plan_round, planned_by=planned_by, **values)
        new.correlation_id = change.correlation_id
        work.insert(new)
        return
    for name, value in values.items():
        setattr(stored, name, value)
