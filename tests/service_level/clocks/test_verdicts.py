"""Verdicts, due moments and thresholds depend on instants only."""

from datetime import timedelta

import pytest

from services.service_level.clocks.rules.measurement import (
    Observation,
    State,
    Target,
    Verdict,
    elapsed_of,
    measure,
)
from shared.business_time import Calendar
from tests.service_level.clocks.observations import HOUR, OFFICE, RESTORE, at, levels, observed

# Verdicts depend on instants


def test_elapsed_equal_to_the_target_is_met_and_one_second_more_is_not() -> None:
    registered = Observation(1, at("23 09:00"), "registered")
    for second, verdict in ((0, Verdict.MET), (1, Verdict.BREACHED)):
        recovered = Observation(2, at("23 13:00") + timedelta(seconds=second), "recovered")
        assert measure(RESTORE, OFFICE, [registered, recovered]).verdict == verdict


def test_a_target_used_up_at_closing_time_is_still_met_before_the_next_opening() -> None:
    observations = observed(("20 14:00", "registered"), ("23 07:00", "recovered"))
    clock = measure(RESTORE, OFFICE, observations)
    assert (clock.verdict, clock.due_at, clock.breached_at) == (Verdict.MET, at("20 18:00"), None)
    running = measure(RESTORE, OFFICE, observations[:1], at("22 12:00"))
    assert (running.verdict, running.due_at) == (Verdict.RUNNING, at("20 18:00"))
    assert running.late_at == at("23 08:00") + timedelta(seconds=1)


def test_a_late_recovery_stays_breached_whenever_it_is_asked() -> None:
    observations = observed(("23 09:00", "registered"), ("23 15:00", "recovered"))
    early, late = (measure(RESTORE, OFFICE, observations, at(until)) for until in ("23 15:00", "27 15:00"))
    assert early == late
    assert (early.verdict, early.due_at, early.breached_at) == (Verdict.BREACHED, at("23 13:00"), at("23 13:00"))


def test_a_running_clock_is_breached_once_its_due_second_has_passed() -> None:
    observations = observed(("23 09:00", "registered"))
    at_due = measure(RESTORE, OFFICE, observations, at("23 13:00"))
    assert (at_due.verdict, at_due.breached_at) == (Verdict.RUNNING, None)
    after = measure(RESTORE, OFFICE, observations, at("23 13:00") + timedelta(seconds=1))
    assert (after.state, after.verdict, after.breached_at) == (State.RUNNING, Verdict.BREACHED, at("23 13:00"))
    assert at_due.late_at == after.late_at == at("23 13:00") + timedelta(seconds=1)


def test_a_pause_after_the_breach_does_not_undo_it() -> None:
    observations = observed(("23 09:00", "registered"), ("23 14:00", "pending", "user"))
    clock = measure(RESTORE, OFFICE, observations, at("23 16:00"))
    assert (clock.verdict, clock.state, clock.due_at) == (Verdict.BREACHED, State.PAUSED, None)
    assert clock.breached_at == at("23 13:00")


def test_a_late_observation_withdraws_a_breach() -> None:
    registered, recovered = observed(("23 09:00", "registered"), ("23 12:00", "recovered"))
    assert measure(RESTORE, OFFICE, [registered], at("23 14:00")).verdict == Verdict.BREACHED
    assert measure(RESTORE, OFFICE, [recovered, registered], at("23 14:00")).verdict == Verdict.MET


def test_an_observation_later_than_the_moment_asked_still_counts() -> None:
    observations = observed(("23 09:00", "registered"), ("23 11:00", "recovered"))
    assert measure(RESTORE, OFFICE, observations, at("23 10:59")).state == State.STOPPED
    running = observed(("23 09:00", "registered"), ("23 11:00", "in_recovery"))
    for until in (at("23 10:30"), None):
        assert measure(RESTORE, OFFICE, running, until).elapsed_seconds == 2 * HOUR
        assert elapsed_of(running, OFFICE, {"user"}, until) == 2 * HOUR


# Thresholds


def test_thresholds_are_reached_when_their_part_of_the_target_has_passed() -> None:
    observations = observed(("23 09:00", "registered"), ("23 11:30", "pending", "user"), ("23 14:30", "in_recovery"))
    clock = measure(RESTORE, OFFICE, observations, at("23 14:45"))
    assert levels(clock) == [at("23 11:00"), at("23 15:00"), at("23 15:36"), at("23 16:00")]


def test_a_threshold_that_was_passed_keeps_its_moment_through_a_later_pause() -> None:
    observations = observed(("23 09:00", "registered"), ("23 12:00", "pending", "user"))
    clock = measure(RESTORE, OFFICE, observations, at("23 17:00"))
    assert levels(clock) == [at("23 11:00"), at("23 12:00"), None, None]


def test_a_threshold_falls_on_a_whole_second() -> None:
    second = Target("restore", 1)
    clock = measure(second, None, observed(("23 09:00", "registered")), at("23 09:00"))
    assert levels(clock, second, None) == [at("23 09:00") + timedelta(seconds=1)] * 4


def test_a_target_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="target"):
        Target("update", 60)


@pytest.mark.parametrize("seconds", [0, -60])
def test_a_target_of_nothing_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Target("restore", seconds)


def test_a_clock_on_a_calendar_that_never_opens_is_never_due() -> None:
    shut = Calendar("Europe/Amsterdam", {"monday": [["08:00", "18:00"]]}, (), [("01-01", "12-31")])
    clock = measure(RESTORE, shut, observed(("23 09:00", "registered")), at("27 09:00"))
    assert (clock.elapsed_seconds, clock.due_at, clock.verdict) == (0, None, Verdict.RUNNING)
