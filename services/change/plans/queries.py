"""Queries about the plans of a change."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from services.change.models import Change, PlanVersion
from shared.unit_of_work import Work


async def plans(work: Work, change_id: UUID) -> Sequence[PlanVersion]:
    """The stored plans of a change, oldest first."""
    query = select(PlanVersion).where(PlanVersion.change_id == change_id).order_by(PlanVersion.plan_round)
    return (await work.session.scalars(query)).all()


async def present_plan(work: Work, change: Change) -> PlanVersion | None:
    """The stored plan of the present round."""
    query = select(PlanVersion).where(PlanVersion.change_id == change.id, PlanVersion.plan_round == change.plan_round)
    return (await work.session.scalars(query)).one_or_none()
