"""What is measured: the kinds of targets as a table, and one target of an agreement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.business_time import Calendar, add_days, elapsed


class State(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of target treats the states of a record; in a state not listed the clock runs."""

    states: Mapping[str, State]
    pauses: bool
    ends_with_response: bool


KINDS: Mapping[str, Kind] = {
    # An unanswered record that was closed by a machine has nobody left to answer.
    "response": Kind(
        {"closed": State.CANCELLED, "cancelled": State.CANCELLED, "rerouted": State.CANCELLED},
        pauses=False,
        ends_with_response=True,
    ),
    "restore": Kind(
        {
            "recovered": State.STOPPED,
            "closed": State.STOPPED,
            "cancelled": State.CANCELLED,
            "rerouted": State.CANCELLED,
        },
        pauses=True,
        ends_with_response=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Target:
    """What was agreed: an amount of open time, or a number of working days; `pause_reasons` apply to kinds that pause."""

    kind: str
    seconds: int | None = None
    days: int | None = None
    end_of_day: bool = False
    pause_reasons: frozenset[str] = frozenset({"user"})

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not a kind of target; use {', '.join(KINDS)}")
        if (self.seconds is None) == (self.days is None):
            raise ValueError("a target is either an amount of seconds or a number of days")
        if (self.seconds or self.days or 0) < 1:
            raise ValueError("a target is at least one second or one day")

    def budget(self, calendar: Calendar | None, start: datetime) -> int:
        """The target in seconds of open time; what a number of working days comes to depends on the start."""
        if self.seconds is not None:
            return self.seconds
        return elapsed(calendar, start, add_days(calendar, start, self.days or 0, self.end_of_day))
