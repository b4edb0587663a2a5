"""Test runs: recorded while a change is offered for testing."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.change import access
from services.change.changes.queries import CHANGES
from services.change.models import TestRun
from services.change.test_runs.queries import test_runs
from shared.contracts.change import ChangeTestRecorded
from shared.errors import Conflict
from shared.records import event_of
from shared.unit_of_work import Work


class NotInTest(Conflict):
    """Tests are recorded while the change is being tested."""

    slug, title = "not-in-test", "The change is not being tested"


async def record_test(work: Work, change_id: UUID, given: Mapping[str, Any]) -> TestRun:
    """A test of a change that is being tested: its `kind` and `result`, perhaps with a `note`.

    Raises `NotFound`, `NotAllowed` or `NotInTest`.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await work.session.get_one(TestRun, earlier)
        change = await CHANGES.one(work, change_id, lock=True)
        CHANGES.check(work, change, access.RECORD_ACCEPTANCE if given["kind"] == "acceptance" else access.RECORD_TEST)
        if change.state != "in_test":
            raise NotInTest(f"The change is {change.state}; tests are recorded while it is in_test.")
        run = TestRun(
            change_id=change.id,
            ordinal=len(await test_runs(work, change.id)) + 1,
            test_round=change.test_round,
            recorded_by=work.actor.id,
            correlation_id=change.correlation_id,
            **given,
        )
        work.insert(run)
        recorded = event_of(ChangeTestRecorded, run)
        work.emit(run, recorded, about=change.id, value_stream=change.value_stream)
        work.remember_result(run.id)
        return run
