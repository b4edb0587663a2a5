"""Pauses count in open time, and negative amounts go backwards (rules 6 and 7 of service levels)."""

import pytest

from shared.business_time import Calendar, add, add_days, elapsed
from tests.shared.desk import AMSTERDAM, DESK, HOUR, OFFICE, at, workdays

# Rule 6: pauses


def test_pauses_count_in_open_time() -> None:
    weekend = (at("2026-11-20 17:00"), at("2026-11-23 09:00"))
    assert add(DESK, at("2026-11-20 16:00"), 2 * HOUR, [weekend]) == at("2026-11-23 10:00")
    assert elapsed(DESK, at("2026-11-20 16:00"), at("2026-11-23 10:00"), [weekend]) == 2 * HOUR


def test_a_pause_outside_hours_changes_nothing() -> None:
    night = (at("2026-11-23 19:00"), at("2026-11-24 06:00"))
    assert add(OFFICE, at("2026-11-23 17:00"), 2 * HOUR, [night]) == at("2026-11-24 09:00")


def test_overlapping_pauses_count_once() -> None:
    pauses = [(at(f"2026-11-23 {a}"), at(f"2026-11-23 {b}")) for a, b in [("10:30", "11:30"), ("10:00", "11:00")]]
    assert add(OFFICE, at("2026-11-23 09:00"), 2 * HOUR, pauses) == at("2026-11-23 12:30")
    assert elapsed(OFFICE, at("2026-11-23 09:00"), at("2026-11-23 12:30"), pauses) == 2 * HOUR


def test_a_pause_after_the_due_moment_does_not_move_it() -> None:
    later = (at("2026-11-23 11:00"), at("2026-11-23 12:00"))
    assert add(OFFICE, at("2026-11-23 09:00"), 2 * HOUR, [later]) == at("2026-11-23 11:00")
    assert add_days(OFFICE, at("2026-11-20 11:00"), 1, pauses=[later]) == at("2026-11-23 11:00")


def test_a_pause_that_the_due_moment_moves_into_counts_too() -> None:
    pauses = [(at("2026-11-23 10:00"), at("2026-11-23 11:00")), (at("2026-11-23 11:30"), at("2026-11-23 12:00"))]
    assert add(OFFICE, at("2026-11-23 09:00"), 2 * HOUR, pauses) == at("2026-11-23 12:30")


def test_the_part_of_a_pause_before_the_start_does_not_count() -> None:
    early = (at("2026-11-23 08:00"), at("2026-11-23 10:00"))
    assert add(OFFICE, at("2026-11-23 09:00"), 2 * HOUR, [early]) == at("2026-11-23 12:00")
    assert elapsed(OFFICE, at("2026-11-23 09:00"), at("2026-11-23 12:00"), [early]) == 2 * HOUR


def test_pauses_of_day_targets_are_added_in_open_time() -> None:
    pause = (at("2026-11-20 17:00"), at("2026-11-23 09:00"))
    assert add_days(OFFICE, at("2026-11-20 10:00"), 1, pauses=[pause]) == at("2026-11-23 12:00")
    assert add_days(OFFICE, at("2026-11-19 10:00"), 1, end_of_day=True, pauses=[pause]) == at("2026-11-23 10:00")


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        add(OFFICE, at("2026-11-23 09:00"), 60, [(at("2026-11-23 11:00"), at("2026-11-23 10:00"))])


# Rule 7: backwards


def test_negative_amounts_go_back_through_open_time() -> None:
    assert add(DESK, at("2026-11-23 14:00"), -3 * HOUR) == at("2026-11-23 10:00")
    assert add(DESK, at("2026-11-23 09:00"), -2 * HOUR) == at("2026-11-20 17:00")
    assert add(DESK, at("2026-11-22 09:00"), -2 * HOUR) == at("2026-11-20 16:00")
    assert add(None, at("2026-11-22 09:00"), -60) == at("2026-11-22 08:59")


def test_an_amount_that_fits_exactly_backwards_ends_at_opening_time() -> None:
    assert add(OFFICE, at("2026-11-23 12:00"), -4 * HOUR) == at("2026-11-23 08:00")
    assert add(OFFICE, at("2026-11-23 12:00"), -4 * HOUR - 1) == at("2026-11-20 17:59:59")


def test_pauses_count_backwards_too() -> None:
    pause = (at("2026-11-23 10:00"), at("2026-11-23 11:00"))
    assert add(OFFICE, at("2026-11-23 12:00"), -2 * HOUR, [pause]) == at("2026-11-23 09:00")
    assert add(OFFICE, at("2026-11-23 10:30"), -HOUR, [pause]) == at("2026-11-23 09:00")
    assert add(OFFICE, at("2026-11-23 12:00"), -HOUR, [pause]) == at("2026-11-23 11:00")


def test_a_later_opening_does_not_shift_an_offset_in_days() -> None:
    hours = workdays(["08:00", "18:00"]) | {"monday": [["10:00", "18:00"]]}
    late_monday = Calendar(AMSTERDAM, hours)
    assert add_days(late_monday, at("2026-11-20 09:00"), 1) == at("2026-11-23 09:00")
    assert add_days(late_monday, at("2026-11-24 09:00"), -1) == at("2026-11-23 09:00")
