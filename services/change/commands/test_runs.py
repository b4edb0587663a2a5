"""Test runs: what was tested, and how it ended, of what is offered for testing now."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.change.commands.authority import may_test
from services.change.domain.testing import Kind, Result
from services.change.errors import NotInTest, TestNotYours
from services.change.models import TestRun
from services.change.repository import changes as repository
from shared import clock
from shared.contracts.change import ChangeTestRecorded
from shared.unit_of_work import Work


async def record_test(work: Work, identity: UUID, *, kind: Kind, result: Result, note: str | None = None) -> TestRun:
    """A test of a change that is being tested. Raises `TestNotYours`, `NotInTest` or `ChangeUnknown`."""
    async with work:
        if made := await work.earlier_result():
            return await repository.test_run(work, made)
        change = await repository.change(work, identity, lock=True)
        if not may_test(work, kind):
            raise TestNotYours(kind)
        if change.state != "in_test":
            raise NotInTest(f"The change is {change.state}; tests are recorded while it is in_test.")
        now = clock.now()
        run = TestRun(
            id=uuid7(),
            change_id=change.id,
            ordinal=len(await repository.test_runs(work, change.id)) + 1,
            test_round=change.test_round,
            kind=kind,
            result=result,
            note=note,
            recorded_by=work.actor.id,
            version=0,
            correlation_id=change.correlation_id,
            created_at=now,
            updated_at=now,
        )
        work.insert(run)
        recorded = ChangeTestRecorded(change_id=change.id, kind=kind, result=result)
        work.emit(run, recorded, about=change.id, value_stream=change.value_stream)
        work.remember_result(run.id)
        return run
