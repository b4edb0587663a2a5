"""Test runs as clients send and see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.contracts.change import TestKind, TestResult
from shared.fields import RequestModel, ResponseModel, Text


class RecordTest(RequestModel):
    """A test that was run."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "technical", "result": "passed", "note": "All 214 cases."}]}
    )
    kind: TestKind
    result: TestResult
    note: Annotated[Text | None, Field(description="Only the provider reads it.")] = None


class TestRunView(ResponseModel):
    """One test; `test_round` counts how often the change was offered for testing."""

    id: UUID
    change_id: UUID
    test_round: int
    kind: TestKind
    result: TestResult
    note: Annotated[str | None, Field(description="Shown to the provider and to its author.")]
    recorded_by: str
    version: int
    created_at: datetime
    updated_at: datetime


class TestRuns(ResponseModel):
    """All tests of a change, and the kinds that must still pass before it is released."""

    test_round: int
    awaited: list[TestKind]
    items: list[TestRunView]
    next: None
