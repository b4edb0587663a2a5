"""Each kind of target runs, pauses, stops and is cancelled by the rules of service levels."""

import pytest

from services.service_level.clocks.rules.measurement import State, Target, Verdict, measure
from shared.business_time import add
from tests.service_level.clocks.observations import HOUR, OFFICE, RESPONSE, RESTORE, answer, at, levels, observed

# The response clock


def test_the_response_clock_stops_at_the_first_move_a_person_makes() -> None:
    clock = measure(RESPONSE, OFFICE, observed(("23 09:00", "registered"), ("23 10:00", "classified")), at("23 17:00"))
    assert (clock.state, clock.verdict, clock.elapsed_seconds) == (State.STOPPED, Verdict.MET, HOUR)
    assert (clock.ended_at, clock.ended_by, clock.due_at) == (at("23 10:00"), "classified", at("23 11:00"))


@pytest.mark.parametrize("state", ["pending", "recovered", "closed", "cancelled", "rerouted"])
def test_any_first_move_of_a_person_is_a_response(state: str) -> None:
    clock = measure(RESPONSE, OFFICE, observed(("23 09:00", "registered"), ("23 10:00", state, "user")), at("23 17:00"))
    assert (clock.verdict, clock.elapsed_seconds, clock.ended_by) == (Verdict.MET, HOUR, state)


def test_a_machine_makes_no_response() -> None:
    observations = observed(("23 09:00", "registered"), ("23 10:00", "in_recovery"), by_person=False)
    clock = measure(RESPONSE, OFFICE, observations, at("23 10:30"))
    assert (clock.state, clock.elapsed_seconds) == (State.RUNNING, 5_400)


def test_a_change_while_registered_is_no_move() -> None:
    observations = observed(("23 09:00", "registered"), ("23 09:10", "registered"), ("23 10:00", "in_recovery"))
    assert measure(RESPONSE, OFFICE, observations).ended_at == at("23 10:00")


def test_the_first_public_answer_stops_the_response_clock_when_it_comes_before_any_move() -> None:
    observations = observed(("23 09:00", "registered"), ("23 10:30", "in_recovery"))
    clock = measure(RESPONSE, OFFICE, [*observations, answer("23 10:00", 2), answer("23 09:30", 1)], at("23 17:00"))
    assert (clock.ended_at, clock.ended_by, clock.elapsed_seconds) == (at("23 09:30"), "answer", 1_800)
    later = measure(RESPONSE, OFFICE, [*observations, answer("23 11:00")], at("23 17:00"))
    assert (later.ended_at, later.ended_by) == (at("23 10:30"), "in_recovery")


def test_an_answer_alone_stops_the_response_clock_but_not_the_restore_clock() -> None:
    observations = [*observed(("23 09:00", "registered")), answer("23 10:00", 99)]
    assert measure(RESPONSE, OFFICE, observations, at("23 12:00")).elapsed_seconds == HOUR
    assert measure(RESTORE, OFFICE, observations, at("23 12:00")).elapsed_seconds == 3 * HOUR


def test_an_answer_stamped_before_the_registration_counts_as_given_at_once() -> None:
    clock = measure(RESPONSE, OFFICE, [*observed(("23 09:00", "registered")), answer("23 08:59")], at("23 12:00"))
    assert (clock.elapsed_seconds, clock.ended_at, clock.verdict) == (0, at("23 09:00"), Verdict.MET)


def test_the_response_clock_never_pauses() -> None:
    observations = observed(("23 09:00", "registered"), ("23 09:30", "pending", "user"), by_person=False)
    clock = measure(RESPONSE, OFFICE, observations, at("23 10:30"))
    assert (clock.state, clock.elapsed_seconds, clock.due_at) == (State.RUNNING, 5_400, at("23 11:00"))


def test_the_response_clock_never_pauses_after_another_agreement_applies_either() -> None:
    observations = observed(("23 09:00", "registered"), ("23 09:30", "pending", "user"), by_person=False)
    swapped = Target("response", 3 * HOUR, pause_reasons=frozenset({"user", "supplier"}))
    assert measure(swapped, OFFICE, observations, at("23 10:30")).due_at == at("23 12:00")


def test_a_response_given_stays_given() -> None:
    observations = observed(("23 09:00", "registered"), ("23 10:00", "in_recovery"), ("23 11:00", "cancelled"))
    assert measure(RESPONSE, OFFICE, observations, at("23 17:00")).verdict == Verdict.MET


@pytest.mark.parametrize("state", ["closed", "cancelled", "rerouted"])
def test_a_record_a_machine_took_away_owes_no_response(state: str) -> None:
    observations = observed(("23 09:00", "registered"), ("23 10:00", state), by_person=False)
    clock = measure(RESPONSE, OFFICE, [*observations, answer("23 16:00")], at("23 17:00"))
    assert (clock.state, clock.verdict, clock.due_at) == (State.CANCELLED, Verdict.CANCELLED, None)


# The restore clock


def test_the_restore_clock_pauses_while_pending_for_a_reason_the_agreement_names() -> None:
    observations = observed(("23 09:00", "registered"), ("23 10:00", "pending", "supplier"))
    assert measure(RESTORE, OFFICE, observations, at("23 12:00")).elapsed_seconds == 3 * HOUR
    both = Target("restore", 4 * HOUR, pause_reasons=frozenset({"user", "supplier"}))
    paused = measure(both, OFFICE, observations, at("23 12:00"))
    assert (paused.state, paused.elapsed_seconds) == (State.PAUSED, HOUR)


def test_a_paused_clock_has_no_due_moment_and_gets_a_later_one_when_it_runs_on() -> None:
    observations = observed(("23 09:00", "registered"), ("23 10:00", "pending", "user"), ("23 12:00", "in_recovery"))
    paused = measure(RESTORE, OFFICE, observations[:2], at("23 11:00"))
    assert (paused.due_at, paused.late_at) == (None, None)
    assert levels(paused) == [None] * 4
    running = measure(RESTORE, OFFICE, observations, at("23 12:30"))
    assert (running.state, running.due_at) == (State.RUNNING, at("23 15:00"))


def test_the_due_moment_is_the_target_plus_the_pauses_in_open_time() -> None:
    observations = observed(("20 17:00", "registered"), ("20 17:30", "pending", "user"), ("23 09:00", "in_recovery"))
    pauses = [(at("20 17:30"), at("23 09:00"))]
    due = measure(RESTORE, OFFICE, observations, at("23 09:00")).due_at
    assert due == add(OFFICE, at("20 17:00"), 4 * HOUR, pauses) == at("23 12:30")


@pytest.mark.parametrize("state", ["recovered", "closed"])
def test_the_restore_clock_stands_still_in_recovered_and_closed(state: str) -> None:
    observations = observed(("23 09:00", "registered"), ("23 11:00", state))
    clock = measure(RESTORE, OFFICE, observations, at("27 11:00"))
    assert (clock.state, clock.verdict, clock.elapsed_seconds) == (State.STOPPED, Verdict.MET, 2 * HOUR)
    assert (clock.ended_at, clock.ended_by, clock.due_at) == (at("23 11:00"), state, at("23 13:00"))


def test_time_in_recovered_and_closed_is_a_pause_when_the_record_is_reopened() -> None:
    observations = observed(
        ("23 09:00", "registered"),
        ("23 11:00", "recovered"),
        ("24 09:00", "closed"),
        ("26 09:00", "in_recovery"),
    )
    clock = measure(RESTORE, OFFICE, observations, at("26 10:00"))
    assert (clock.state, clock.elapsed_seconds, clock.due_at) == (State.RUNNING, 3 * HOUR, at("26 11:00"))


def test_closing_does_not_change_the_restore_time() -> None:
    observations = observed(("23 09:00", "registered"), ("23 11:00", "recovered"), ("24 12:00", "closed"))
    assert measure(RESTORE, OFFICE, observations) == measure(RESTORE, OFFICE, observations[:2])


def test_a_record_born_paused_counts_from_its_first_open_state() -> None:
    observations = observed(("23 09:00", "pending", "user"), ("23 11:00", "in_recovery"))
    assert measure(RESTORE, OFFICE, observations, at("23 12:00")).elapsed_seconds == HOUR
    assert measure(RESTORE, OFFICE, observations, at("23 12:00")).due_at == at("23 15:00")


def test_a_record_closed_without_ever_being_open_used_nothing() -> None:
    clock = measure(RESTORE, OFFICE, observed(("23 09:00", "pending", "user"), ("25 11:00", "closed")))
    assert (clock.elapsed_seconds, clock.verdict) == (0, Verdict.MET)


@pytest.mark.parametrize("state", ["cancelled", "rerouted"])
def test_a_record_that_is_cancelled_or_rerouted_cancels_the_restore_clock(state: str) -> None:
    clock = measure(RESTORE, OFFICE, observed(("23 09:00", "registered"), ("23 10:00", state)), at("27 09:00"))
    assert (clock.state, clock.verdict, clock.due_at, clock.elapsed_seconds) == (
        State.CANCELLED,
        Verdict.CANCELLED,
        None,
        HOUR,
    )
    assert levels(clock) == [None] * 4


def test_another_agreement_is_measured_from_the_start_with_all_earlier_pauses() -> None:
    observations = observed(("23 09:00", "registered"), ("23 10:00", "pending", "user"), ("23 12:00", "in_recovery"))
    swapped = measure(Target("restore", 6 * HOUR), None, observations, at("23 13:00"))
    assert (swapped.elapsed_seconds, swapped.due_at) == (2 * HOUR, at("23 17:00"))
