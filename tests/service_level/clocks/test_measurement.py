"""A clock adds up, explains itself, and is the same for any order of its observations."""

import json
from dataclasses import asdict
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.service_level.clocks.rules.measurement import (
    KINDS,
    Interval,
    Measurement,
    NoStateKnown,
    Observation,
    Target,
    Verdict,
    elapsed_of,
    measure,
)
from shared.business_time import Calendar
from tests.service_level.clocks.observations import HOUR, OFFICE, RESPONSE, RESTORE, answer, at, observed

# What a clock is


def test_the_same_observations_in_any_order_give_the_same_clock_byte_for_byte() -> None:
    observations = [
        *observed(
            ("23 09:00", "registered"),
            ("23 10:00", "in_recovery"),
            ("23 11:00", "pending", "user"),
            ("23 12:00", "in_recovery"),
        ),
        answer("23 09:30"),
        answer("23 09:40", 2),
    ]
    for target in (RESPONSE, RESTORE):
        clocks = {repr(asdict(measure(target, OFFICE, order, at("23 13:00")))) for order in permutations(observations)}
        assert len(clocks) == 1


def test_an_observation_that_comes_twice_changes_nothing() -> None:
    observations = observed(("23 09:00", "registered"), ("23 11:00", "pending", "user"))
    assert measure(RESTORE, OFFICE, observations * 2, at("23 13:00")) == measure(
        RESTORE, OFFICE, observations, at("23 13:00")
    )


def test_time_never_runs_backwards_within_a_record() -> None:
    observations = observed(("23 09:00", "registered"), ("23 11:00", "pending", "user"), ("23 10:00", "in_recovery"))
    clock = measure(RESTORE, OFFICE, observations, at("23 12:00"))
    assert [(i.start, i.end, i.counted) for i in clock.intervals] == [
        (at("23 09:00"), at("23 11:00"), True),
        (at("23 11:00"), at("23 12:00"), True),
    ]
    assert clock.elapsed_seconds == 3 * HOUR


def test_a_record_of_which_nothing_is_known_has_no_clock() -> None:
    for history in ([], [answer("23 09:00")]):
        with pytest.raises(NoStateKnown):
            measure(RESPONSE, OFFICE, history)
        with pytest.raises(NoStateKnown):
            elapsed_of(history, OFFICE, {"user"})


def test_every_interval_explains_itself_and_the_counted_ones_add_up() -> None:
    observations = observed(
        ("23 09:00", "registered"),
        ("23 10:00", "in_recovery"),
        ("23 11:00", "pending", "user"),
        ("23 12:00", "pending", "supplier"),
        ("23 13:00", "recovered"),
        ("24 09:00", "in_recovery"),
    )
    clock = measure(RESTORE, OFFICE, observations, at("24 10:00"))
    assert clock.intervals == (
        Interval(at("23 09:00"), at("23 10:00"), True, "registered", HOUR),
        Interval(at("23 10:00"), at("23 11:00"), True, "in_recovery", HOUR),
        Interval(at("23 11:00"), at("23 12:00"), False, "pending:user", 0),
        Interval(at("23 12:00"), at("23 13:00"), True, "pending:supplier", HOUR),
        Interval(at("23 13:00"), at("24 09:00"), False, "recovered", 0),
        Interval(at("24 09:00"), at("24 10:00"), True, "in_recovery", HOUR),
    )
    assert clock.elapsed_seconds == sum(interval.seconds for interval in clock.intervals) == 4 * HOUR


def test_observations_that_change_no_state_cut_no_interval() -> None:
    observations = observed(("23 09:00", "registered"), ("23 10:00", "registered"), ("23 10:30", "registered"))
    clock = measure(RESTORE, OFFICE, observations, at("23 11:00"))
    assert [interval.why for interval in clock.intervals] == ["registered"]


# Whole histories

STATES = ("registered", "in_recovery", "pending", "recovered", "closed", "cancelled")
REASONS = ("user", "supplier", "problem")
histories = st.lists(
    st.tuples(st.integers(-7_200, 4 * 86_400), st.sampled_from(STATES), st.sampled_from(REASONS), st.booleans()),
    max_size=8,
).map(
    lambda moves: [
        Observation(1, at("20 09:00"), "registered"),
        *(
            Observation(n, at("20 09:00") + timedelta(seconds=move[0]), move[1], move[2], move[3])
            for n, move in enumerate(moves, 2)
        ),
    ]
)


def explained(clock: Measurement) -> str:
    return json.dumps(asdict(clock), default=str)


@settings(deadline=None)
@given(histories, st.sampled_from([OFFICE, None]), st.sampled_from(sorted(KINDS)), st.randoms())
def test_any_history_gives_a_clock_that_adds_up(
    history: list[Observation], calendar: Calendar | None, kind: str, order
) -> None:
    target, until = Target(kind, 4 * HOUR), at("26 09:00")
    clock = measure(target, calendar, history, until)
    shuffled = sorted(history, key=lambda _: order.random())
    assert explained(measure(target, calendar, shuffled, until)) == explained(clock)
    assert clock.elapsed_seconds == sum(interval.seconds for interval in clock.intervals)
    assert all(one.end == other.start for one, other in zip(clock.intervals, clock.intervals[1:], strict=False))
    assert (clock.elapsed_seconds > target.seconds) == (clock.breached_at is not None)
    if clock.verdict is Verdict.MET:
        assert clock.ended_at is not None
        assert clock.due_at is not None
    if kind == "restore":
        assert elapsed_of(shuffled, calendar, {"user"}, until) == clock.elapsed_seconds
