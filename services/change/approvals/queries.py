"""Queries about approvals."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from services.change.approvals.rules import missing
from services.change.models import Approval, Change
from shared.contracts.change import Approver
from shared.unit_of_work import Work


async def approvals(work: Work, change_id: UUID) -> Sequence[Approval]:
    """The answers to all plans of a change, in the order in which they were given."""
    query = select(Approval).where(Approval.change_id == change_id)
    return (await work.session.scalars(query.order_by(Approval.created_at, Approval.id))).all()


async def answers(work: Work, change: Change) -> Sequence[Approval]:
    """The answers to the present plan of a change."""
    query = select(Approval).where(Approval.change_id == change.id, Approval.plan_round == change.plan_round)
    return (await work.session.scalars(query)).all()


async def awaited(work: Work, change: Change) -> tuple[Approver, ...]:
    """The roles that must still approve the present plan of a change."""
    approved = [each.role for each in await answers(work, change) if each.decision == "approved"]
    return missing(change.change_type, change.risk, approved)
