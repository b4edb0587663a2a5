"""Amounts in days are working days, a different unit than hours (rules 5 and 7 of service levels)."""

from datetime import timedelta

import pytest

from shared.business_time import Calendar, add, add_days
from tests.shared.desk import AMSTERDAM, DESK, HOUR, OFFICE, ROUND_THE_CLOCK, at, workdays

# Rule 5: days


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2018-11-19 10:00", 7, "2018-11-28 10:00"),
        ("2018-11-19 10:00", -7, "2018-11-08 10:00"),
        ("2018-11-23 10:00", 1, "2018-11-26 10:00"),
        ("2018-11-26 10:00", -1, "2018-11-23 10:00"),
        ("2018-11-19 10:00", 0, "2018-11-19 10:00"),
    ],
)
def test_days_are_working_days_and_keep_the_time_of_day(start: str, days: int, expected: str) -> None:
    assert add_days(OFFICE, at(start), days) == at(expected)


def test_five_days_are_not_five_lengths_of_a_block() -> None:
    assert add_days(OFFICE, at("2026-11-23 10:00"), 5) == at("2026-11-30 10:00")
    assert add(OFFICE, at("2026-11-23 10:00"), 5 * 24 * HOUR) == at("2026-12-09 10:00")


def test_days_keep_the_local_time_over_a_clock_change() -> None:
    assert add_days(OFFICE, at("2026-10-23 10:00"), 1) == at("2026-10-26 10:00")
    assert add_days(ROUND_THE_CLOCK, at("2026-03-28 02:30"), 1) == at("2026-03-29 03:30")


def test_a_start_on_a_day_that_does_not_open_counts_from_the_opening_of_a_working_day() -> None:
    assert add_days(OFFICE, at("2026-11-21 15:00"), 1) == at("2026-11-24 08:00")
    assert add_days(OFFICE, at("2026-11-21 15:00"), 0) == at("2026-11-23 08:00")
    assert add_days(OFFICE, at("2026-11-21 15:00"), -1) == at("2026-11-19 08:00")
    assert add_days(OFFICE, at("2026-11-21 15:00"), 1, end_of_day=True) == at("2026-11-24 18:00")


def test_a_time_of_day_after_closing_becomes_closing_and_others_stay() -> None:
    assert add_days(DESK, at("2026-11-23 21:00"), 1) == at("2026-11-24 18:00")
    assert add_days(DESK, at("2026-11-23 06:00"), 1) == at("2026-11-24 06:00")
    assert add_days(DESK, at("2026-11-23 12:30"), 1) == at("2026-11-24 12:30")
    assert add_days(DESK, at("2026-11-23 21:00"), 0) == at("2026-11-23 18:00")


@pytest.mark.parametrize(
    ("calendar", "days", "expected"),
    [
        (OFFICE, 7, "2018-11-28 18:00"),
        (Calendar(AMSTERDAM, workdays(["00:00", "24:00"])), 7, "2018-11-29 00:00"),
        (OFFICE, -7, "2018-11-08 18:00"),
        (OFFICE, 0, "2018-11-19 18:00"),
    ],
)
def test_end_of_day_moves_to_the_closing_of_the_last_day(calendar: Calendar, days: int, expected: str) -> None:
    assert add_days(calendar, at("2018-11-19 10:00"), days, end_of_day=True) == at(expected)


def test_days_skip_holidays() -> None:
    assert add_days(DESK, at("2026-04-24 10:00"), 1) == at("2026-04-28 10:00")
    assert add_days(DESK, at("2026-04-28 10:00"), -1) == at("2026-04-24 10:00")


def test_days_without_a_calendar_are_days_of_24_hours() -> None:
    assert add_days(None, at("2026-10-24 12:00"), 1) == at("2026-10-24 12:00") + timedelta(days=1)
    assert add_days(None, at("2026-10-24 12:00", "UTC"), 1, end_of_day=True) == at("2026-10-26 00:00", "UTC")


def test_a_day_found_in_the_second_of_two_repeated_hours_stays_there() -> None:
    second = at("2026-10-25 02:30", fold=1)
    assert add_days(ROUND_THE_CLOCK, second, 0) == second
