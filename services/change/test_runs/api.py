"""Test runs over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.change import access
from services.change.changes.queries import CHANGES
from services.change.test_runs import commands, queries
from services.change.test_runs.schemas import RecordTest, TestRuns, TestRunView
from shared.http import Allowed, etag
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["test runs"])


@router.get("/changes/{change_id}/test-runs")
async def list_test_runs(change_id: UUID, work: Annotated[Work, Allowed(access.READ)]) -> TestRuns:
    """All tests of the change, and the kinds that must still pass."""
    async with work:
        change = await CHANGES.one(work, change_id)
        internal = access.READ_INTERNAL.covers(work.caller, change)
        found = [TestRunView.model_validate(each) for each in await queries.test_runs(work, change_id)]
        for each in found:
            if not internal and each.recorded_by != work.actor.id:
                each.note = None
        return TestRuns(
            test_round=change.test_round,
            awaited=list(await queries.awaited(work, change)),
            items=found,
            next=None,
        )


@router.post("/changes/{change_id}/test-runs", status_code=201)
async def record_test(
    change_id: UUID, body: RecordTest, response: Response, work: Annotated[Work, Allowed(access.RECORD_ACCEPTANCE)]
) -> TestRunView:
    """Record a test of what is being tested; users and clients record their acceptance here, and no other kind."""
    run = await commands.record_test(work, change_id, body.model_dump())
    etag(response, run.version)
    return TestRunView.model_validate(run)
