"""Performance over a period, and what other agreements would have made of it."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from services.service_level.schemas.agreements import USUAL_PAUSES, CalendarGiven, PauseReasons, Seconds
from shared.contracts.incident import Priority
from shared.fields import Instant, RequestModel, ResponseModel

Team = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ByPriority(ResponseModel):
    """A count per priority."""

    P1: int
    P2: int
    P3: int
    P4: int


class Durations(ResponseModel):
    """Seconds since registration; mean, median and p90 (interpolated) are rounded, null when there is nothing to count."""

    count: int
    sum_seconds: int
    mean_seconds: int | None
    median_seconds: int | None
    p90_seconds: int | None


class Month(ResponseModel):
    """A month (UTC): what was registered, last recovered and last closed in it, and what was not closed by its end."""

    registered: int
    recovered: int
    closed: int
    backlog_end: int


class Performance(ResponseModel):
    """The figures of the incidents registered in a period."""

    incidents: int
    by_priority: ByPriority
    time_to_respond: Annotated[Durations, Field(description="To the first state that is not registered.")]
    time_to_restore: Annotated[Durations, Field(description="To the last entry into recovered.")]
    time_to_close: Annotated[Durations, Field(description="To the last entry into closed.")]
    reopened_incidents: int
    reopens: int
    handovers: Annotated[int, Field(description="Changes from the last known team to another.")]
    incidents_paused_for_user: int
    monthly: dict[str, Month]
    state_changes: dict[str, int]


class TargetSeconds(RequestModel):
    """Restore targets in open seconds."""

    P1: Seconds
    P2: Seconds
    P3: Seconds
    P4: Seconds


class Simulate(RequestModel):
    """A calendar, targets and pauses to try on the incidents that are recovered or closed; filters as in performance."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "calendar": "00000000-0000-7000-8000-000000000005",
                    "targets_seconds": {"P1": 14400, "P2": 28800, "P3": 86400, "P4": 172800},
                    "pause_reasons": ["user"],
                }
            ]
        },
    )
    calendar: CalendarGiven
    targets_seconds: TargetSeconds
    pause_reasons: PauseReasons = Field(default_factory=lambda: [*USUAL_PAUSES])
    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    service_id: UUID | None = None
    priority: Priority | None = None
    team: Team | None = None
    party_id: UUID | None = None


class Simulation(ResponseModel):
    """What would have been met, by final priority, and the open seconds of all restore clocks together."""

    met: int
    met_by_priority: ByPriority
    elapsed_seconds_sum: int
