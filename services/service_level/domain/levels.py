"""Which warnings a clock has given and which comes next: levels of 50, 75, 90 and 100 percent, each given once."""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.service_level.domain.clocks import PERCENTS, Clock

BREACH = 100
#: after the last fact that was folded again, warnings rest so long: more may be on its way
REBUILD_RESTS = timedelta(seconds=30)


class Marks(NamedTuple):
    """The first instants at which a clock had used so much of its target, or will have; None: not as things stand.

    `late_at` is the first second that is too late: one second of open time behind the due second.
    """

    at_50: datetime | None
    at_75: datetime | None
    at_90: datetime | None
    late_at: datetime | None

    def passed(self, now: datetime) -> int:
        """The highest level reached by `now`; 0 for none."""
        return max((level for level, at in zip(PERCENTS, self, strict=True) if at and at <= now), default=0)

    def due(self, given: int, now: datetime) -> list[tuple[int, datetime]]:
        """The levels above `given` that are reached by `now`, in their order, with their instants."""
        return [(level, at) for level, at in zip(PERCENTS, self, strict=True) if level > given and at and at <= now]

    def next_at(self, given: int) -> datetime | None:
        """When the first level above `given` will be reached."""
        return next((at for level, at in zip(PERCENTS, self, strict=True) if level > given), None)


def marks_of(clock: Clock) -> Marks:
    """The marks of a folded clock."""
    at = {threshold.percent: threshold.at for threshold in clock.thresholds}
    return Marks(at[50], at[75], at[90], clock.late_from)


def still_given(given: int, marks: Marks, until: datetime) -> int:
    """What remains of the warnings given up to `until`, once the facts have changed: a mark that moved on is not reached."""
    return min(given, marks.passed(until))
