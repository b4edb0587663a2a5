"""History of another system as clients send it, and the report of an import."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from services.incident.lifecycles import INCIDENT
from shared import clock
from shared.bounds import check_near
from shared.contracts.incident import Level, PendingReason, Priority
from shared.fields import Among, Instant, Line, RequestModel, ResponseModel, StrictBool, Text

State = Annotated[str, Among(INCIDENT.states)]


class ForeignValues(RequestModel):
    """The values of the other system; `team`, `assignee` and `caller` stay its own names.

    An id names a record here, active or retired: without `party_id` the incident is for the party of its caller. A `priority`
    counts instead of the one that impact and urgency give.
    """

    title: Line | None = None
    description: Text | None = None
    priority: Priority | None = None
    impact: Level | None = None
    urgency: Level | None = None
    team: Line | None = None
    assignee: Line | None = None
    caller: Line | None = None
    classification: Annotated[list[Line], Field(max_length=10)] | None = None
    channel: Line | None = None
    location: Line | None = None
    service_id: UUID | None = None
    party_id: UUID | None = None
    team_id: UUID | None = None
    caller_id: UUID | None = None


class ForeignLink(RequestModel):
    """A record of the other system."""

    kind: Line
    key: Line


class Step(RequestModel):
    """One change of an incident's history; a step with an earlier time than the step before gets that step's time."""

    at: Instant
    state: State | None = None
    reason: PendingReason | None = None
    set: ForeignValues = ForeignValues()
    links: Annotated[list[ForeignLink], Field(max_length=50, default_factory=list)]

    @model_validator(mode="after")
    def _reason_belongs_to_pending(self) -> Self:
        if self.reason is not None and self.state != "pending":
            raise ValueError("only the state pending has a reason; leave it out")
        return self


class History(RequestModel):
    """One incident from its registration on; nothing of it is more than 100 years from its registration, or from now."""

    key: Line
    registered_at: Instant
    values: ForeignValues = ForeignValues()
    links: Annotated[list[ForeignLink], Field(max_length=50, default_factory=list)]
    steps: Annotated[list[Step], Field(max_length=5000, default_factory=list)]

    @model_validator(mode="after")
    def _can_be_measured(self) -> Self:
        now = clock.now()
        check_near(self.registered_at, now, "registered_at")
        for place, step in enumerate(self.steps):
            for other in (self.registered_at, now):
                check_near(step.at, other, f"steps/{place}/at")
        return self


class ImportIncidents(RequestModel):
    """A batch of histories; `last` completes the import."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "old-desk",
                    "incidents": [
                        {
                            "key": "OLD-1",
                            "registered_at": "2026-03-02T09:00:00Z",
                            "values": {"impact": "low", "urgency": "low", "team": "Desk"},
                            "steps": [
                                {"at": "2026-03-02T09:30:00Z", "state": "in_recovery"},
                                {"at": "2026-03-02T11:00:00Z", "state": "recovered"},
                            ],
                        }
                    ],
                    "last": True,
                }
            ]
        }
    )
    source: Line
    incidents: Annotated[list[History], Field(max_length=1000)]
    last: StrictBool = False


class Skipped(ResponseModel):
    """A history that was not recorded."""

    key: str
    reason: str


class OutsideStep(ResponseModel):
    """A step that today's lifecycle does not allow; it was recorded anyway."""

    key: str
    at: datetime
    from_state: str
    to_state: str


class ImportReport(ResponseModel):
    """The result of a batch: imported, unchanged and skipped together are all that was sent.

    `extended` counts those of the imported incidents that were here before, with fewer steps.
    """

    source: str
    imported: int
    extended: int
    unchanged: int
    skipped: list[Skipped]
    steps: int
    outside_lifecycle: list[OutsideStep]
    completed_event_id: Annotated[UUID | None, Field(description="With `last`: the event that follows all the others.")]
