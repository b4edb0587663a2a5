"""Clocks keep the rules of service levels: what runs, what pauses, what is due and what the verdict is."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.service_level.domain.clocks import (
    KINDS,
    Clock,
    Fact,
    HistoryEmpty,
    Interval,
    State,
    Target,
    Verdict,
    clock_of,
    elapsed_of,
)
from shared.business_time import Calendar, add, add_days

HOUR = 3_600
WORKWEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE = Calendar("Europe/Amsterdam", {day: [["08:00", "18:00"]] for day in WORKWEEK})
RESPONSE = Target("response", 2 * HOUR)
RESTORE = Target("restore", 4 * HOUR)


def at(text: str) -> datetime:
    """A local time in the week of Monday 23 November 2026."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZoneInfo("Europe/Amsterdam")).astimezone(UTC)


def told(*moves: tuple[str, str] | tuple[str, str, str], by_person: bool = True) -> list[Fact]:
    """State facts in their order, the first of them the registration."""
    return [
        Fact(number, at(move[0]), "state", move[1], move[2] if len(move) == 3 else None, by_person)
        for number, move in enumerate(moves, 1)
    ]


def answer(text: str, sequence: int = 1) -> Fact:
    return Fact(sequence, at(text), "answer")


# What a clock is: a fold


def test_the_same_facts_in_any_order_give_the_same_clock_byte_for_byte() -> None:
    facts = [
        *told(
            ("23 09:00", "registered"),
            ("23 10:00", "in_recovery"),
            ("23 11:00", "pending", "user"),
            ("23 12:00", "in_recovery"),
        ),
        answer("23 09:30"),
        answer("23 09:40", 2),
    ]
    for target in (RESPONSE, RESTORE):
        clocks = {repr(asdict(clock_of(target, OFFICE, order, at("23 13:00")))) for order in permutations(facts)}
        assert len(clocks) == 1


def test_a_fact_told_twice_changes_nothing() -> None:
    facts = told(("23 09:00", "registered"), ("23 11:00", "pending", "user"))
    assert clock_of(RESTORE, OFFICE, facts * 2, at("23 13:00")) == clock_of(RESTORE, OFFICE, facts, at("23 13:00"))


def test_time_never_runs_backwards_within_a_record() -> None:
    facts = told(("23 09:00", "registered"), ("23 11:00", "pending", "user"), ("23 10:00", "in_recovery"))
    clock = clock_of(RESTORE, OFFICE, facts, at("23 12:00"))
    assert [(i.start, i.end, i.counted) for i in clock.intervals] == [
        (at("23 09:00"), at("23 11:00"), True),
        (at("23 11:00"), at("23 12:00"), True),
    ]
    assert clock.elapsed == 3 * HOUR


def test_a_record_of_which_nothing_is_known_has_no_clock() -> None:
    for history in ([], [answer("23 09:00")]):
        with pytest.raises(HistoryEmpty):
            clock_of(RESPONSE, OFFICE, history)
        with pytest.raises(HistoryEmpty):
            elapsed_of(history, OFFICE, {"user"})


def test_every_interval_explains_itself_and_the_counted_ones_add_up() -> None:
    facts = told(
        ("23 09:00", "registered"),
        ("23 10:00", "in_recovery"),
        ("23 11:00", "pending", "user"),
        ("23 12:00", "pending", "supplier"),
        ("23 13:00", "recovered"),
        ("24 09:00", "in_recovery"),
    )
    clock = clock_of(RESTORE, OFFICE, facts, at("24 10:00"))
    assert clock.intervals == (
        Interval(at("23 09:00"), at("23 10:00"), True, "registered", HOUR),
        Interval(at("23 10:00"), at("23 11:00"), True, "in_recovery", HOUR),
        Interval(at("23 11:00"), at("23 12:00"), False, "pending:user", 0),
        Interval(at("23 12:00"), at("23 13:00"), True, "pending:supplier", HOUR),
        Interval(at("23 13:00"), at("24 09:00"), False, "recovered", 0),
        Interval(at("24 09:00"), at("24 10:00"), True, "in_recovery", HOUR),
    )
    assert clock.elapsed == sum(interval.seconds for interval in clock.intervals) == 4 * HOUR


def test_facts_that_change_no_state_cut_no_interval() -> None:
    facts = told(("23 09:00", "registered"), ("23 10:00", "registered"), ("23 10:30", "registered"))
    clock = clock_of(RESTORE, OFFICE, facts, at("23 11:00"))
    assert [interval.why for interval in clock.intervals] == ["registered"]


# The response clock


def test_the_response_clock_stops_at_the_first_move_a_person_makes() -> None:
    clock = clock_of(RESPONSE, OFFICE, told(("23 09:00", "registered"), ("23 10:00", "classified")), at("23 17:00"))
    assert (clock.state, clock.verdict, clock.elapsed) == (State.STOPPED, Verdict.MET, HOUR)
    assert (clock.ended_at, clock.ended_by, clock.due) == (at("23 10:00"), "classified", at("23 11:00"))


@pytest.mark.parametrize("state", ["pending", "recovered", "closed", "cancelled", "rerouted"])
def test_any_first_move_of_a_person_is_a_response(state: str) -> None:
    clock = clock_of(RESPONSE, OFFICE, told(("23 09:00", "registered"), ("23 10:00", state, "user")), at("23 17:00"))
    assert (clock.verdict, clock.elapsed, clock.ended_by) == (Verdict.MET, HOUR, state)


def test_a_machine_makes_no_response() -> None:
    facts = told(("23 09:00", "registered"), ("23 10:00", "in_recovery"), by_person=False)
    clock = clock_of(RESPONSE, OFFICE, facts, at("23 10:30"))
    assert (clock.state, clock.elapsed) == (State.RUNNING, 5_400)


def test_a_change_while_registered_is_no_move() -> None:
    facts = told(("23 09:00", "registered"), ("23 09:10", "registered"), ("23 10:00", "in_recovery"))
    assert clock_of(RESPONSE, OFFICE, facts).ended_at == at("23 10:00")


def test_the_first_public_answer_stops_the_response_clock_when_it_comes_before_any_move() -> None:
    facts = told(("23 09:00", "registered"), ("23 10:30", "in_recovery"))
    clock = clock_of(RESPONSE, OFFICE, [*facts, answer("23 10:00", 2), answer("23 09:30", 1)], at("23 17:00"))
    assert (clock.ended_at, clock.ended_by, clock.elapsed) == (at("23 09:30"), "answer", 1_800)
    later = clock_of(RESPONSE, OFFICE, [*facts, answer("23 11:00")], at("23 17:00"))
    assert (later.ended_at, later.ended_by) == (at("23 10:30"), "in_recovery")


def test_an_answer_alone_stops_the_response_clock_but_not_the_restore_clock() -> None:
    facts = [*told(("23 09:00", "registered")), answer("23 10:00", 99)]
    assert clock_of(RESPONSE, OFFICE, facts, at("23 12:00")).elapsed == HOUR
    assert clock_of(RESTORE, OFFICE, facts, at("23 12:00")).elapsed == 3 * HOUR


def test_an_answer_stamped_before_the_registration_counts_as_given_at_once() -> None:
    clock = clock_of(RESPONSE, OFFICE, [*told(("23 09:00", "registered")), answer("23 08:59")], at("23 12:00"))
    assert (clock.elapsed, clock.ended_at, clock.verdict) == (0, at("23 09:00"), Verdict.MET)


def test_the_response_clock_never_pauses() -> None:
    facts = told(("23 09:00", "registered"), ("23 09:30", "pending", "user"), by_person=False)
    clock = clock_of(RESPONSE, OFFICE, facts, at("23 10:30"))
    assert (clock.state, clock.elapsed, clock.due) == (State.RUNNING, 5_400, at("23 11:00"))


def test_the_response_clock_never_pauses_after_another_agreement_applies_either() -> None:
    facts = told(("23 09:00", "registered"), ("23 09:30", "pending", "user"), by_person=False)
    swapped = Target("response", 3 * HOUR, pause_reasons=frozenset({"user", "supplier"}))
    assert clock_of(swapped, OFFICE, facts, at("23 10:30")).due == at("23 12:00")


def test_a_response_given_stays_given() -> None:
    facts = told(("23 09:00", "registered"), ("23 10:00", "in_recovery"), ("23 11:00", "cancelled"))
    assert clock_of(RESPONSE, OFFICE, facts, at("23 17:00")).verdict == Verdict.MET


@pytest.mark.parametrize("state", ["closed", "cancelled", "rerouted"])
def test_a_record_a_machine_took_away_owes_no_response(state: str) -> None:
    facts = told(("23 09:00", "registered"), ("23 10:00", state), by_person=False)
    clock = clock_of(RESPONSE, OFFICE, [*facts, answer("23 16:00")], at("23 17:00"))
    assert (clock.state, clock.verdict, clock.due) == (State.CANCELLED, Verdict.CANCELLED, None)


# The restore clock


def test_the_restore_clock_pauses_while_pending_for_a_reason_the_agreement_names() -> None:
    facts = told(("23 09:00", "registered"), ("23 10:00", "pending", "supplier"))
    assert clock_of(RESTORE, OFFICE, facts, at("23 12:00")).elapsed == 3 * HOUR
    both = Target("restore", 4 * HOUR, pause_reasons=frozenset({"user", "supplier"}))
    paused = clock_of(both, OFFICE, facts, at("23 12:00"))
    assert (paused.state, paused.elapsed) == (State.PAUSED, HOUR)


def test_a_paused_clock_has_no_due_moment_and_gets_a_later_one_when_it_runs_on() -> None:
    facts = told(("23 09:00", "registered"), ("23 10:00", "pending", "user"), ("23 12:00", "in_recovery"))
    paused = clock_of(RESTORE, OFFICE, facts[:2], at("23 11:00"))
    assert (paused.due, paused.late_from) == (None, None)
    assert [threshold.at for threshold in paused.thresholds] == [None] * 4
    running = clock_of(RESTORE, OFFICE, facts, at("23 12:30"))
    assert (running.state, running.due) == (State.RUNNING, at("23 15:00"))


def test_the_due_moment_is_the_target_plus_the_pauses_in_open_time() -> None:
    facts = told(("20 17:00", "registered"), ("20 17:30", "pending", "user"), ("23 09:00", "in_recovery"))
    pauses = [(at("20 17:30"), at("23 09:00"))]
    due = clock_of(RESTORE, OFFICE, facts, at("23 09:00")).due
    assert due == add(OFFICE, at("20 17:00"), 4 * HOUR, pauses) == at("23 12:30")


@pytest.mark.parametrize("state", ["recovered", "closed"])
def test_the_restore_clock_stands_still_in_recovered_and_closed(state: str) -> None:
    facts = told(("23 09:00", "registered"), ("23 11:00", state))
    clock = clock_of(RESTORE, OFFICE, facts, at("27 11:00"))
    assert (clock.state, clock.verdict, clock.elapsed) == (State.STOPPED, Verdict.MET, 2 * HOUR)
    assert (clock.ended_at, clock.ended_by, clock.due) == (at("23 11:00"), state, at("23 13:00"))


def test_time_in_recovered_and_closed_is_a_pause_when_the_record_is_reopened() -> None:
    facts = told(
        ("23 09:00", "registered"),
        ("23 11:00", "recovered"),
        ("24 09:00", "closed"),
        ("26 09:00", "in_recovery"),
    )
    clock = clock_of(RESTORE, OFFICE, facts, at("26 10:00"))
    assert (clock.state, clock.elapsed, clock.due) == (State.RUNNING, 3 * HOUR, at("26 11:00"))


def test_closing_does_not_change_the_restore_time() -> None:
    facts = told(("23 09:00", "registered"), ("23 11:00", "recovered"), ("24 12:00", "closed"))
    assert clock_of(RESTORE, OFFICE, facts) == clock_of(RESTORE, OFFICE, facts[:2])


def test_a_record_born_paused_counts_from_its_first_open_state() -> None:
    facts = told(("23 09:00", "pending", "user"), ("23 11:00", "in_recovery"))
    assert clock_of(RESTORE, OFFICE, facts, at("23 12:00")).elapsed == HOUR
    assert clock_of(RESTORE, OFFICE, facts, at("23 12:00")).due == at("23 15:00")


def test_a_record_closed_without_ever_being_open_used_nothing() -> None:
    clock = clock_of(RESTORE, OFFICE, told(("23 09:00", "pending", "user"), ("25 11:00", "closed")))
    assert (clock.elapsed, clock.verdict) == (0, Verdict.MET)


@pytest.mark.parametrize("state", ["cancelled", "rerouted"])
def test_a_record_that_is_cancelled_or_rerouted_cancels_the_restore_clock(state: str) -> None:
    clock = clock_of(RESTORE, OFFICE, told(("23 09:00", "registered"), ("23 10:00", state)), at("27 09:00"))
    assert (clock.state, clock.verdict, clock.due, clock.elapsed) == (State.CANCELLED, Verdict.CANCELLED, None, HOUR)
    assert [threshold.at for threshold in clock.thresholds] == [None] * 4


def test_another_agreement_is_measured_from_the_start_with_all_earlier_pauses() -> None:
    facts = told(("23 09:00", "registered"), ("23 10:00", "pending", "user"), ("23 12:00", "in_recovery"))
    swapped = clock_of(Target("restore", 6 * HOUR), None, facts, at("23 13:00"))
    assert (swapped.elapsed, swapped.due) == (2 * HOUR, at("23 17:00"))


# Verdicts depend on instants


def test_elapsed_equal_to_the_target_is_met_and_one_second_more_is_not() -> None:
    registered = Fact(1, at("23 09:00"), "state", "registered")
    for second, verdict in ((0, Verdict.MET), (1, Verdict.BREACHED)):
        recovered = Fact(2, at("23 13:00") + timedelta(seconds=second), "state", "recovered")
        assert clock_of(RESTORE, OFFICE, [registered, recovered]).verdict == verdict


def test_a_target_used_up_at_closing_time_is_still_met_before_the_next_opening() -> None:
    facts = told(("20 14:00", "registered"), ("23 07:00", "recovered"))
    clock = clock_of(RESTORE, OFFICE, facts)
    assert (clock.verdict, clock.due, clock.breached_at) == (Verdict.MET, at("20 18:00"), None)
    running = clock_of(RESTORE, OFFICE, facts[:1], at("22 12:00"))
    assert (running.verdict, running.due) == (Verdict.RUNNING, at("20 18:00"))
    assert running.late_from == at("23 08:00") + timedelta(seconds=1)


def test_a_late_recovery_stays_breached_whenever_it_is_asked() -> None:
    facts = told(("23 09:00", "registered"), ("23 15:00", "recovered"))
    early, late = (clock_of(RESTORE, OFFICE, facts, at(until)) for until in ("23 15:00", "27 15:00"))
    assert early == late
    assert (early.verdict, early.due, early.breached_at) == (Verdict.BREACHED, at("23 13:00"), at("23 13:00"))


def test_a_running_clock_is_breached_once_its_due_second_has_passed() -> None:
    facts = told(("23 09:00", "registered"))
    at_due = clock_of(RESTORE, OFFICE, facts, at("23 13:00"))
    assert (at_due.verdict, at_due.breached_at) == (Verdict.RUNNING, None)
    after = clock_of(RESTORE, OFFICE, facts, at("23 13:00") + timedelta(seconds=1))
    assert (after.state, after.verdict, after.breached_at) == (State.RUNNING, Verdict.BREACHED, at("23 13:00"))
    assert at_due.late_from == after.late_from == at("23 13:00") + timedelta(seconds=1)


def test_a_pause_after_the_breach_does_not_undo_it() -> None:
    facts = told(("23 09:00", "registered"), ("23 14:00", "pending", "user"))
    clock = clock_of(RESTORE, OFFICE, facts, at("23 16:00"))
    assert (clock.verdict, clock.state, clock.due) == (Verdict.BREACHED, State.PAUSED, None)
    assert clock.breached_at == at("23 13:00")


def test_a_late_fact_withdraws_a_breach() -> None:
    registered, recovered = told(("23 09:00", "registered"), ("23 12:00", "recovered"))
    assert clock_of(RESTORE, OFFICE, [registered], at("23 14:00")).verdict == Verdict.BREACHED
    assert clock_of(RESTORE, OFFICE, [recovered, registered], at("23 14:00")).verdict == Verdict.MET


def test_a_fact_later_than_the_moment_asked_still_counts() -> None:
    facts = told(("23 09:00", "registered"), ("23 11:00", "recovered"))
    assert clock_of(RESTORE, OFFICE, facts, at("23 10:59")).state == State.STOPPED
    running = told(("23 09:00", "registered"), ("23 11:00", "in_recovery"))
    for until in (at("23 10:30"), None):
        assert clock_of(RESTORE, OFFICE, running, until).elapsed == 2 * HOUR
        assert elapsed_of(running, OFFICE, {"user"}, until) == 2 * HOUR


# Thresholds


def test_thresholds_are_reached_when_their_part_of_the_target_has_passed() -> None:
    facts = told(("23 09:00", "registered"), ("23 11:30", "pending", "user"), ("23 14:30", "in_recovery"))
    clock = clock_of(RESTORE, OFFICE, facts, at("23 14:45"))
    assert [tuple(threshold) for threshold in clock.thresholds] == [
        (50, at("23 11:00"), True),
        (75, at("23 15:00"), False),
        (90, at("23 15:36"), False),
        (100, at("23 16:00"), False),
    ]


def test_a_threshold_that_was_passed_keeps_its_moment_through_a_later_pause() -> None:
    facts = told(("23 09:00", "registered"), ("23 12:00", "pending", "user"))
    clock = clock_of(RESTORE, OFFICE, facts, at("23 17:00"))
    assert [tuple(threshold) for threshold in clock.thresholds] == [
        (50, at("23 11:00"), True),
        (75, at("23 12:00"), True),
        (90, None, False),
        (100, None, False),
    ]


def test_a_threshold_falls_on_a_whole_second() -> None:
    clock = clock_of(Target("restore", 1), None, told(("23 09:00", "registered")), at("23 09:00"))
    assert [threshold.at for threshold in clock.thresholds] == [at("23 09:00") + timedelta(seconds=1)] * 4


# Targets in days


def test_a_target_in_days_counts_working_days_and_keeps_the_time_of_day() -> None:
    clock = clock_of(Target("restore", days=2), OFFICE, told(("20 10:00", "registered")), at("20 10:00"))
    assert (clock.due, clock.budget) == (at("24 10:00"), 20 * HOUR)
    until_evening = Target("restore", days=2, end_of_day=True)
    assert clock_of(until_evening, OFFICE, told(("20 10:00", "registered")), at("20 10:00")).due == at("24 18:00")


def test_pauses_of_a_target_in_days_are_added_in_open_time() -> None:
    facts = told(("20 10:00", "registered"), ("20 17:00", "pending", "user"), ("23 09:00", "in_recovery"))
    clock = clock_of(Target("restore", days=1), OFFICE, facts, at("23 09:00"))
    assert clock.due == add_days(OFFICE, at("20 10:00"), 1, pauses=[(at("20 17:00"), at("23 09:00"))]) == at("23 12:00")
    late = clock_of(Target("restore", days=1), OFFICE, facts, at("23 12:00") + timedelta(seconds=1))
    assert (late.verdict, late.breached_at) == (Verdict.BREACHED, at("23 12:00"))


def test_a_target_in_days_that_leaves_no_open_time_is_met_by_using_none() -> None:
    odd = Calendar("Europe/Amsterdam", {"monday": [["12:00", "12:10"]], "tuesday": [["20:00", "21:00"]]})
    facts = told(("23 12:30", "registered"), ("24 20:00", "recovered"))
    clock = clock_of(Target("restore", days=1), odd, facts)
    assert (clock.budget, clock.elapsed, clock.verdict, clock.due) == (0, 0, Verdict.MET, at("24 12:30"))
    late = clock_of(Target("restore", days=1), odd, facts[:1], at("24 20:01"))
    assert (late.verdict, late.breached_at) == (Verdict.BREACHED, at("24 12:30"))
    assert late.thresholds[0].at == late.late_from == at("24 20:00") + timedelta(seconds=1)


@pytest.mark.parametrize(
    "wrong", [{"kind": "update", "seconds": 60}, {"kind": "restore"}, {"kind": "restore", "seconds": 60, "days": 1}]
)
def test_a_target_that_says_nothing_or_two_things_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="target"):
        Target(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"days": 0}, {"seconds": -60}])
def test_a_target_of_nothing_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Target("restore", **wrong)


def test_a_clock_on_a_calendar_that_never_opens_is_never_due() -> None:
    shut = Calendar("Europe/Amsterdam", {"monday": [["08:00", "18:00"]]}, (), [("01-01", "12-31")])
    clock = clock_of(RESTORE, shut, told(("23 09:00", "registered")), at("27 09:00"))
    assert (clock.elapsed, clock.due, clock.verdict) == (0, None, Verdict.RUNNING)


# Whole histories

STATES = ("registered", "in_recovery", "pending", "recovered", "closed", "cancelled")
REASONS = ("user", "supplier", "problem")
histories = st.lists(
    st.tuples(st.integers(-7_200, 4 * 86_400), st.sampled_from(STATES), st.sampled_from(REASONS), st.booleans()),
    max_size=8,
).map(
    lambda moves: [
        Fact(1, at("20 09:00"), "state", "registered"),
        *(
            Fact(n, at("20 09:00") + timedelta(seconds=move[0]), "state", move[1], move[2], move[3])
            for n, move in enumerate(moves, 2)
        ),
    ]
)


def explained(clock: Clock) -> str:
    return json.dumps(asdict(clock), default=str)


@settings(deadline=None)
@given(histories, st.sampled_from([OFFICE, None]), st.sampled_from(sorted(KINDS)), st.randoms())
def test_any_history_gives_a_clock_that_adds_up(
    history: list[Fact], calendar: Calendar | None, kind: str, order
) -> None:
    target, until = Target(kind, 4 * HOUR), at("26 09:00")
    clock = clock_of(target, calendar, history, until)
    shuffled = sorted(history, key=lambda _: order.random())
    assert explained(clock_of(target, calendar, shuffled, until)) == explained(clock)
    assert clock.elapsed == sum(interval.seconds for interval in clock.intervals)
    assert all(one.end == other.start for one, other in zip(clock.intervals, clock.intervals[1:], strict=False))
    assert (clock.elapsed > clock.budget) == (clock.breached_at is not None)
    if clock.verdict is Verdict.MET:
        assert clock.ended_at is not None
        assert clock.due is not None
    if kind == "restore":
        assert elapsed_of(shuffled, calendar, {"user"}, until) == clock.elapsed
