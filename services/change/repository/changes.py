"""Queries about changes, and what their approvals, tests and parts say."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from services.change.domain.lifecycles import CHANGE as LIFECYCLE
from services.change.errors import ChangeUnknown
from services.change.models import Approval, Change, TestRun
from services.change.repository.scope import visible
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

CHANGE = Change.__table__.c
ORDER = Sorting(
    {"created_at": CHANGE.created_at, "updated_at": CHANGE.updated_at, "number": CHANGE.number},
    "-created_at",
    CHANGE.id,
)
_NUMBER = text("SELECT nextval('change_number')")


async def change_number(work: Work) -> str:
    """The next number, e.g. `CHG-000042`."""
    return f"CHG-{(await work.session.execute(_NUMBER)).scalar_one():06d}"


async def change(work: Work, identity: UUID, *, lock: bool = False) -> Change:
    """One change, locked for writing when asked; `ChangeUnknown` when there is none that the caller may see."""
    query = select(Change).where(Change.id == identity, visible(Change, work.caller))
    found = (await work.session.scalars(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise ChangeUnknown
    return found


async def changes(work: Work, paging: Paging, sort: str | None, filters: Mapping[str, Any]) -> Slice:
    """A page of the changes that the caller may see; filters that are `None` do not count."""
    query = select(Change.__table__).where(visible(CHANGE, work.caller))
    for name, value in filters.items():
        if value is None:
            continue
        if name == "created_from":
            query = query.where(CHANGE.created_at >= value)
        elif name == "created_until":
            query = query.where(CHANGE.created_at < value)
        else:
            query = query.where(CHANGE[name] == value)
    return await page(work.session, query, paging, ORDER, sort=sort)


async def release(work: Work, identity: UUID) -> Change | None:
    """The change of type release that others may be part of, locked until the work ends, so that it cannot close meanwhile."""
    query = select(Change).where(
        Change.id == identity,
        Change.change_type == "release",
        Change.parent_id.is_(None),
        Change.state.not_in(LIFECYCLE.final),
    )
    return (await work.session.scalars(query.with_for_update())).one_or_none()


async def has_children(work: Work, identity: UUID) -> bool:
    """Whether other changes are part of this one."""
    query = select(Change.id).where(Change.parent_id == identity).limit(1)
    return (await work.session.scalars(query)).first() is not None


async def open_children(work: Work, identity: UUID) -> tuple[str, ...]:
    """The numbers of the parts that have not ended."""
    query = select(Change.number).where(Change.parent_id == identity, Change.state.not_in(LIFECYCLE.final))
    return tuple((await work.session.scalars(query.order_by(Change.number))).all())


async def approvals(work: Work, identity: UUID, plan_round: int | None = None) -> list[Approval]:
    """The answers to a change's plans, or to one of them, in the order in which they were given."""
    query = select(Approval).where(Approval.change_id == identity)
    if plan_round is not None:
        query = query.where(Approval.plan_round == plan_round)
    return list((await work.session.scalars(query.order_by(Approval.created_at, Approval.id))).all())


async def approval(work: Work, identity: UUID) -> Approval:
    """The approval with this id, which is known to exist."""
    return (await work.session.scalars(select(Approval).where(Approval.id == identity))).one()


async def approved_by(work: Work, identity: UUID, plan_round: int) -> list[str]:
    """The roles that approved one plan."""
    return [each.role for each in await approvals(work, identity, plan_round) if each.decision == "approved"]


async def test_runs(work: Work, identity: UUID) -> list[TestRun]:
    """All tests of a change, oldest first."""
    query = select(TestRun).where(TestRun.change_id == identity).order_by(TestRun.ordinal)
    return list((await work.session.scalars(query)).all())


async def test_run(work: Work, identity: UUID) -> TestRun:
    """The test run with this id, which is known to exist."""
    return (await work.session.scalars(select(TestRun).where(TestRun.id == identity))).one()


async def last_results(work: Work, identity: UUID, test_round: int) -> dict[str, str]:
    """How the last test of each kind ended, of what is offered now."""
    runs = await test_runs(work, identity)
    return {run.kind: run.result for run in runs if run.test_round == test_round}
