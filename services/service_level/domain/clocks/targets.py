"""What is measured: the kinds of targets as a table, and one target of an agreement."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


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
    # An unanswered record that a machine closed, or its user withdrew, has nobody left to answer.
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
    """What was agreed: an amount of open time in seconds; `pause_reasons` apply to kinds that pause."""

    kind: str
    seconds: int
    pause_reasons: frozenset[str] = frozenset({"user"})

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not a kind of target; use {', '.join(KINDS)}")
        if self.seconds < 1:
            raise ValueError("a target is at least one second")
