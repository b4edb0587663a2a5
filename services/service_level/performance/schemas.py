"""Performance over a period."""

from typing import Annotated

from pydantic import Field

from services.service_level.schemas import ByPriority
from shared.fields import ResponseModel


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
