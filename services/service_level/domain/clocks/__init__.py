"""A clock is a fold over facts: the same facts in any order of arrival, asked at the same moment, give the same clock."""

from services.service_level.domain.clocks.clock import (
    PERCENTS,
    Clock,
    Interval,
    Threshold,
    Verdict,
    clock_of,
    elapsed_of,
)
from services.service_level.domain.clocks.facts import Fact, HistoryEmpty
from services.service_level.domain.clocks.targets import KINDS, Kind, State, Target

__all__ = [
    "KINDS",
    "PERCENTS",
    "Clock",
    "Fact",
    "HistoryEmpty",
    "Interval",
    "Kind",
    "State",
    "Target",
    "Threshold",
    "Verdict",
    "clock_of",
    "elapsed_of",
]
