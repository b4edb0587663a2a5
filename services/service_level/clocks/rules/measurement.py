"""Measures one clock: computes intervals, open time used, due moment and verdict from the observations of a record."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from shared.business_time import AmountOutOfBounds, Calendar, CalendarNeverOpens, add, elapsed

PERCENTS = (50, 75, 90, 100)


class State(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    RUNNING = "running"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


_ENDED = (State.STOPPED, State.CANCELLED)
_DUE = (State.RUNNING, State.STOPPED)


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of target treats the states of a record; in a state that is not listed the clock runs."""

    states: Mapping[str, State]
    pauses: bool
    ends_with_response: bool


KINDS: Mapping[str, Kind] = {
    # A record that a machine closed, or that its user withdrew, needs no answer.
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

    def part(self, percent: int) -> int:
        """This percentage of the target, in whole seconds."""
        return max((percent * self.seconds + 50) // 100, 1)


@dataclass(frozen=True, slots=True)
class Observation:
    """One event in the life of a record.

    With a `state`: the record is in it from `at` on (the first one is the registration); `sequence` is the record's own and
    gives the order. Without one: its user got a public answer, which is ordered by `at` only. `by_person`: a person of
    the provider or of a supplier did it.
    """

    sequence: int
    at: datetime
    state: str | None = None
    reason: str | None = None
    by_person: bool = False


class NoStateKnown(ValueError):
    """A clock cannot be measured, because no state of its record is known yet."""


class Interval(NamedTuple):
    """A part of a record's life; `seconds` is the open time it counted, 0 when not counted; `why` is the record's state."""

    start: datetime
    end: datetime
    counted: bool
    why: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """A clock at one moment; `elapsed_seconds` is the open time of all `intervals`.

    `due_at` is None while paused or cancelled; of a stopped clock it is the moment that applied. `breached_at` is the due second,
    set once more than the target has elapsed; `late_at` is the first second that is too late, in the past or in the future.
    `ended_at` and `ended_by` (a state, or `answer`) belong to a stopped or cancelled clock.
    """

    state: State
    verdict: Verdict
    elapsed_seconds: int
    measured_at: datetime
    started_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    due_at: datetime | None
    breached_at: datetime | None
    late_at: datetime | None
    intervals: tuple[Interval, ...]


def measure(
    target: Target, calendar: Calendar | None, observations: Iterable[Observation], until: datetime | None = None
) -> Measurement:
    """The clock at `until`, or at its last change of state when that is later or `until` is not given.

    The order of `observations` does not matter. Met means that no more than the target has elapsed, so the verdict depends only on
    instants, never on when it is computed. Raises `NoStateKnown`.
    """
    steps = _course(KINDS[target.kind], target.pause_reasons, observations)
    while len(steps) > 1 and steps[-1].state == steps[-2].state and steps[-1].state in _ENDED:
        steps.pop()
    last = steps[-1]
    ended = last.state in _ENDED
    now = last.at if ended else _now(steps, until)
    intervals = tuple(_intervals(steps, calendar, now))
    time = _OpenTime(calendar, intervals, sum(interval.seconds for interval in intervals), now)
    late = time.total > target.seconds
    due = time.at(target.seconds, ahead=True) if late or last.state in _DUE else None
    return Measurement(
        state=last.state,
        verdict=_verdict(last.state, late),
        elapsed_seconds=time.total,
        measured_at=intervals[-1].end if intervals else last.at,
        started_at=steps[0].at,
        ended_at=last.at if ended else None,
        ended_by=last.why if ended else None,
        due_at=due if last.state in _DUE else None,
        breached_at=due if late else None,
        late_at=time.at(target.seconds + 1, ahead=last.state is State.RUNNING),
        intervals=intervals,
    )


def reached_at(measured: Measurement, target: Target, calendar: Calendar | None, percent: int) -> datetime | None:
    """When `percent` of the target was reached, or will be if the clock keeps running; None when neither is the case."""
    time = _OpenTime(calendar, measured.intervals, measured.elapsed_seconds, measured.measured_at)
    return time.at(target.part(percent), ahead=measured.state is State.RUNNING)


def elapsed_of(
    observations: Iterable[Observation],
    calendar: Calendar | None,
    pause_reasons: Collection[str],
    until: datetime | None = None,
) -> int:
    """Open seconds on the restore clock, the same as `measure` finds, without its reasons: for thousands of records.

    Raises `NoStateKnown`.
    """
    passed = 0
    running: datetime | None = None
    steps = _course(KINDS["restore"], pause_reasons, observations)
    for at, state, _ in steps:
        if state is State.RUNNING:
            running = running or at
        elif running is not None:
            passed += elapsed(calendar, running, at)
            running = None
    if running is not None:
        passed += elapsed(calendar, running, _now(steps, until))
    return passed


class _Step(NamedTuple):
    """A clock is in `state` from `at` on, because of `why` (a state of the record, or `answer`)."""

    at: datetime
    state: State
    why: str


def _course(kind: Kind, pause_reasons: Collection[str], observations: Iterable[Observation]) -> list[_Step]:
    """The states of a clock in order, without repetitions; time never runs backwards.

    A kind that ends with the response has its last step at the response, or at an earlier cancellation of the record.
    """
    every = list(observations)
    states = sorted((each for each in every if each.state is not None), key=_order)
    if not states:
        raise NoStateKnown("no state of the record is known")
    at = _second(states[0].at)
    answers = [max(_second(each.at), at) for each in every if each.state is None]
    answered = min(answers) if kind.ends_with_response and answers else None
    steps: list[_Step] = []
    for each in states:
        at, name = max(at, _second(each.at)), each.state or ""
        if answered is not None and steps and answered <= at:
            break
        if kind.ends_with_response and each.by_person and name != "registered":
            return [*steps, _Step(at, State.STOPPED, name)]
        paused = kind.pauses and name == "pending" and each.reason in pause_reasons
        state = State.PAUSED if paused else kind.states.get(name, State.RUNNING)
        why = f"{name}:{each.reason}" if name == "pending" and each.reason else name
        if not steps or (state, why) != steps[-1][1:]:
            steps.append(_Step(at, state, why))
        if kind.ends_with_response and state is State.CANCELLED:
            return steps
    if answered is not None:
        steps.append(_Step(answered, State.STOPPED, "answer"))
    return steps


def _order(observation: Observation) -> tuple[int, datetime, str, str]:
    return observation.sequence, observation.at, observation.state or "", observation.reason or ""


def _second(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def _now(steps: list[_Step], until: datetime | None) -> datetime:
    last = steps[-1].at
    return last if until is None else max(_second(until), last)


class _OpenTime(NamedTuple):
    """The open time that has passed: by intervals, and in `total` seconds up to `now`."""

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
            return None  # more than a hundred years away: the clock runs, but is never due


def _verdict(state: State, late: bool) -> Verdict:
    if state is State.CANCELLED:
        return Verdict.CANCELLED
    if late:
        return Verdict.BREACHED
    return Verdict.MET if state is State.STOPPED else Verdict.RUNNING


def _intervals(steps: list[_Step], calendar: Calendar | None, now: datetime) -> Iterator[Interval]:
    ends = [step.at for step in steps[1:]]
    if steps[-1].state not in _ENDED:
        ends.append(now)
    for step, end in zip(steps, ends, strict=False):
        if step.at == end and step is not steps[-1]:
            continue
        counted = step.state is State.RUNNING
        yield Interval(step.at, end, counted, step.why, elapsed(calendar, step.at, end) if counted else 0)
