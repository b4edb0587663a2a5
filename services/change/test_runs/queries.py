"""Queries about test runs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from services.change.models import Change, TestRun
from services.change.test_runs.rules import missing
from shared.contracts.change import TestKind
from shared.unit_of_work import Work


async def test_runs(work: Work, change_id: UUID) -> Sequence[TestRun]:
    """All tests of a change, oldest first."""
    query = select(TestRun).where(TestRun.change_id == change_id).order_by(TestRun.ordinal)
    return (await work.session.scalars(query)).all()


async def awaited(work: Work, change: Change) -> tuple[TestKind, ...]:
    """The kinds of test that must still pass; tests from before the change was built again do not count."""
    runs = [run for run in await test_runs(work, change.id) if run.test_round == change.test_round]
    return missing(change.change_type, {run.kind: run.result for run in runs})
