"""Test runs over HTTP."""

from uuid import UUID

from fastapi import Response

from services.change.api.callers import Asking
from services.change.commands import test_runs as commands
from services.change.commands.facts import missing_tests
from services.change.repository import changes as repository
from services.change.schemas.changes import RecordTest, TestRuns, TestRunView
from shared.http import etag
from shared.http import router as strict

router = strict(tags=["test runs"])


@router.get("/changes/{change_id}/test-runs")
async def list_test_runs(change_id: UUID, work: Asking) -> TestRuns:
    """All tests of the change, and the kinds that must still pass."""
    async with work:
        change = await repository.change(work, change_id)
        return TestRuns(
            test_round=change.test_round,
            awaited=list(await missing_tests(work, change)),
            items=[TestRunView.model_validate(each) for each in await repository.test_runs(work, change_id)],
            next=None,
        )


@router.post("/changes/{change_id}/test-runs", status_code=201)
async def record_test(change_id: UUID, body: RecordTest, response: Response, work: Asking) -> TestRunView:
    """Record a test of what is being tested; users and clients record their acceptance here, and no other kind."""
    run = await commands.record_test(work, change_id, kind=body.kind, result=body.result, note=body.note)
    etag(response, run.version)
    return TestRunView.model_validate(run)
