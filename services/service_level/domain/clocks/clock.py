"""Folds the course of a record into a clock: intervals, elapsed time, due moment and verdict."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from services.service_level.domain.clocks.facts import Fact, Step, course
from services.service_level.domain.clocks.targets import KINDS, State, Target
from shared.business_time import AmountOutOfBounds, Calendar, CalendarNeverOpens, add, elapsed

PERCENTS = (50, 75, 90, 100)
_ENDED = (State.STOPPED, State.CANCELLED)
_DUE = (State.RUNNING, State.STOPPED)


class Verdict(StrEnum):
    RUNNING = "running"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class Interval(NamedTuple):
    """A stretch of a record's life; `seconds` is the open time it counted, 0 when not counted; `why` is its state."""

    start: datetime
    end: datetime
    counted: bool
    why: str
    seconds: int


class Threshold(NamedTuple):
    """When `percent` of the target was reached, or will be if the clock keeps running; None when neither holds."""

    percent: int
    at: datetime | None
    reached: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock at one moment. `elapsed` and `budget` are seconds of open time; `elapsed` is the sum over `intervals`.

    `due` is None while paused or cancelled; of a stopped clock it is the moment that held. `breached_at` is the due second, set
    once `elapsed` exceeds `budget`; `late_from` is the first second that does, in the past or to come. `ended_at` and
    `ended_by` (a state, or `answer`) belong to a stopped or cancelled clock.
    """

    kind: str
    state: State
    verdict: Verdict
    elapsed: int
    budget: int
    started_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    due: datetime | None
    breached_at: datetime | None
    late_from: datetime | None
    thresholds: tuple[Threshold, ...]
    intervals: tuple[Interval, ...]


def clock_of(
    target: Target, calendar: Calendar | None, history: Iterable[Fact], until: datetime | None = None
) -> Clock:
    """The clock at `until`, or at its last change of state when that is later or `until` is not given.

    Met means elapsed <= budget, so it depends on instants alone, never on when it is asked. Raises `HistoryEmpty` when no
    state is known.
    """
    steps = course(KINDS[target.kind], target.pause_reasons, history)
    while len(steps) > 1 and steps[-1].state == steps[-2].state and steps[-1].state in _ENDED:
        steps.pop()
    start, last = steps[0].at, steps[-1]
    ended = last.state in _ENDED
    now = last.at if ended else _now(steps, until)
    intervals = tuple(_intervals(steps, calendar, now))
    passed = sum(interval.seconds for interval in intervals)
    budget = target.seconds
    time = _Passed(calendar, intervals, passed, now)
    late = passed > budget
    due = time.at(budget, ahead=True) if late or last.state in _DUE else None
    return Clock(
        kind=target.kind,
        state=last.state,
        verdict=_verdict(last.state, late),
        elapsed=passed,
        budget=budget,
        started_at=start,
        ended_at=last.at if ended else None,
        ended_by=last.why if ended else None,
        due=due if last.state in _DUE else None,
        breached_at=due if late else None,
        late_from=time.at(budget + 1, ahead=last.state is State.RUNNING),
        thresholds=tuple(_thresholds(budget, time, last.state)),
        intervals=intervals,
    )


def elapsed_of(
    history: Iterable[Fact],
    calendar: Calendar | None,
    pause_reasons: Collection[str],
    until: datetime | None = None,
) -> int:
    """Open seconds on the restore clock, the same as `clock_of` finds, without explaining it: for thousands of records.

    Raises `HistoryEmpty` when no state is known.
    """
    passed = 0
    running: datetime | None = None
    steps = course(KINDS["restore"], pause_reasons, history)
    for at, state, _ in steps:
        if state is State.RUNNING:
            running = running or at
        elif running is not None:
            passed += elapsed(calendar, running, at)
            running = None
    if running is not None:
        passed += elapsed(calendar, running, _now(steps, until))
    return passed


def _now(steps: list[Step], until: datetime | None) -> datetime:
    last = steps[-1].at
    return last if until is None else max(until.astimezone(UTC).replace(microsecond=0), last)


class _Passed(NamedTuple):
    """How open time ran: by intervals, `total` seconds up to `now`."""

    calendar: Calendar | None
    intervals: tuple[Interval, ...]
    total: int
    now: datetime

    def at(self, seconds: int, *, ahead: bool) -> datetime | None:
        """When so many seconds (1 or more) had passed, or with `ahead` will have passed if the clock runs on from now."""
        if seconds <= self.total:
            for interval in self.intervals:
                if seconds <= interval.seconds:
                    return add(self.calendar, interval.start, seconds)
                seconds -= interval.seconds
        if not ahead:
            return None
        try:
            return add(self.calendar, self.now, seconds - self.total)
        except (AmountOutOfBounds, CalendarNeverOpens):
            # No moment anybody will live to see: the clock runs, but is never due.
            return None


def _verdict(state: State, late: bool) -> Verdict:
    if state is State.CANCELLED:
        return Verdict.CANCELLED
    if late:
        return Verdict.BREACHED
    return Verdict.MET if state is State.STOPPED else Verdict.RUNNING


def _thresholds(budget: int, passed: _Passed, state: State) -> Iterator[Threshold]:
    for percent in PERCENTS:
        seconds = max((percent * budget + 50) // 100, 1)
        yield Threshold(percent, passed.at(seconds, ahead=state is State.RUNNING), seconds <= passed.total)


def _intervals(steps: list[Step], calendar: Calendar | None, now: datetime) -> Iterator[Interval]:
    ends = [step.at for step in steps[1:]]
    if steps[-1].state not in _ENDED:
        ends.append(now)
    for step, end in zip(steps, ends, strict=False):
        if step.at == end and step is not steps[-1]:
            continue
        counted = step.state is State.RUNNING
        yield Interval(step.at, end, counted, step.why, elapsed(calendar, step.at, end) if counted else 0)
