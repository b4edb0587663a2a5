"""Other calendars, targets and pauses to try on the incidents of the past."""

from pydantic import ConfigDict, Field

from services.service_level.schemas import ByPriority, CalendarGiven, PauseReasons, Seconds, Selection
from shared.fields import RequestModel, ResponseModel


class TargetSeconds(RequestModel):
    """Restore targets in open seconds."""

    P1: Seconds
    P2: Seconds
    P3: Seconds
    P4: Seconds


class Simulate(Selection):
    """A calendar, targets and pauses to try on the incidents that are recovered or closed; filters as in performance."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "calendar": "00000000-0000-7000-8000-000000000005",
                    "targets_seconds": {"P1": 14400, "P2": 28800, "P3": 86400, "P4": 172800},
                    "pause_reasons": ["user"],
                }
            ]
        }
    )
    calendar: CalendarGiven
    targets_seconds: TargetSeconds
    pause_reasons: PauseReasons = Field(default=["user"])


class Simulation(ResponseModel):
    """How many targets would have been met, by final priority, and the open seconds of all restore clocks together."""

    met: int
    met_by_priority: ByPriority
    elapsed_seconds_sum: int
