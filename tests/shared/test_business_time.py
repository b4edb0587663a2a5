"""Open time is added and measured by the rules of service levels (their numbers are above the tests)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.business_time import Calendar, add, add_days, elapsed
from tests.shared.desk import AMSTERDAM, BLOCKS, DESK, HOUR, OFFICE, ROUND_THE_CLOCK, at, workdays

# Rule 1: instants in UTC, blocks per local date, true lengths


def test_the_example_of_the_interface_comes_out() -> None:
    start = datetime(2026, 11, 23, 9, tzinfo=UTC)
    pause = (datetime(2026, 11, 23, 10, tzinfo=UTC), datetime(2026, 11, 23, 11, tzinfo=UTC))
    assert add(DESK, start, 14_400, [pause]) == datetime(2026, 11, 23, 15, tzinfo=UTC)


def test_results_are_in_utc_whatever_the_zone_of_the_input() -> None:
    result = add(DESK, at("2026-11-23 09:00").astimezone(ZoneInfo("Asia/Tokyo")), HOUR)
    assert result.tzinfo is UTC
    assert result == datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-14", 24)])
def test_a_block_over_a_clock_change_has_its_true_length(day: str, hours: int) -> None:
    start = at(day)
    assert elapsed(ROUND_THE_CLOCK, start, add_days(ROUND_THE_CLOCK, start, 1)) == hours * HOUR


def test_opening_hours_follow_the_local_clock_through_the_year() -> None:
    assert add(OFFICE, at("2026-03-27 17:00"), 2 * HOUR) == at("2026-03-30 09:00")
    assert add(OFFICE, at("2026-03-27 17:00"), 2 * HOUR).hour == 7
    assert add(OFFICE, at("2026-10-23 17:00"), 2 * HOUR).hour == 8


def test_two_calendars_of_the_same_hours_in_other_zones_open_at_other_instants() -> None:
    overseas = Calendar("America/New_York", workdays(["08:00", "18:00"]))
    assert add(overseas, at("2026-11-23 09:00"), 1) == at("2026-11-23 08:00:01", "America/New_York")


# Rule 2: outside hours, end before start


def test_a_start_outside_hours_counts_from_the_next_opening() -> None:
    assert add(DESK, at("2026-11-23 06:00"), HOUR) == at("2026-11-23 09:00")
    assert add(DESK, at("2026-11-23 12:30"), HOUR) == at("2026-11-23 14:00")
    assert add(DESK, at("2026-11-21 15:00"), HOUR) == at("2026-11-23 09:00")


def test_an_end_before_the_start_is_nothing_elapsed() -> None:
    assert elapsed(DESK, at("2026-11-24 09:00"), at("2026-11-23 09:00")) == 0
    assert elapsed(None, at("2026-11-24 09:00"), at("2026-11-23 09:00")) == 0
    assert elapsed(DESK, at("2326-11-24 09:00"), at("2026-11-23 09:00")) == 0


def test_only_open_time_elapses() -> None:
    assert elapsed(DESK, at("2026-11-23 09:00"), at("2026-11-23 17:00")) == 7 * HOUR
    assert elapsed(DESK, at("2026-11-20 17:00"), at("2026-11-23 09:00")) == 2 * HOUR
    assert elapsed(DESK, at("2026-11-21 00:00"), at("2026-11-22 23:59")) == 0


# Rule 3: holidays


def test_a_holiday_removes_the_whole_local_date() -> None:
    assert elapsed(DESK, at("2026-04-27 00:00"), at("2026-04-28 00:00")) == 0
    assert add(DESK, at("2026-04-24 17:00"), 2 * HOUR) == at("2026-04-28 09:00")


def test_a_yearly_holiday_returns_every_year() -> None:
    assert add(DESK, at("2025-12-25 10:00"), HOUR) == at("2025-12-26 09:00")
    assert add(DESK, at("2031-12-25 10:00"), HOUR) == at("2031-12-26 09:00")


def test_a_range_of_holidays_removes_both_its_ends() -> None:
    shut = Calendar(AMSTERDAM, workdays(*BLOCKS), [{"from": "2026-12-24", "to": "2027-01-04"}])
    assert add(shut, at("2026-12-23 17:00"), 2 * HOUR) == at("2027-01-05 09:00")


def test_a_yearly_range_passes_the_end_of_the_year() -> None:
    shut = Calendar(AMSTERDAM, workdays(*BLOCKS), (), [{"from": "12-24", "to": "01-02"}])
    assert add(shut, at("2026-12-23 17:00"), 2 * HOUR) == at("2027-01-04 09:00")
    assert elapsed(shut, at("2029-12-24"), at("2030-01-03")) == 0


def test_the_leap_day_is_a_holiday_only_in_leap_years() -> None:
    leap = Calendar(AMSTERDAM, workdays(*BLOCKS), (), ["02-29"])
    assert elapsed(leap, at("2024-02-29"), at("2024-03-01")) == 0
    assert elapsed(leap, at("2024-02-28"), at("2024-02-29")) == 9 * HOUR
    assert elapsed(leap, at("2027-03-01"), at("2027-03-02")) == 9 * HOUR
    until_leap_day = Calendar(AMSTERDAM, workdays(*BLOCKS), (), [("02-25", "02-29")])
    assert elapsed(until_leap_day, at("2027-02-25"), at("2027-03-01")) == 0
    assert elapsed(until_leap_day, at("2027-03-01"), at("2027-03-02")) == 9 * HOUR


def test_an_open_day_has_the_hours_of_its_weekday_although_it_is_a_holiday_of_any_kind() -> None:
    shut = [{"from": "2026-12-24", "to": "2027-01-04"}]
    opened = Calendar(AMSTERDAM, workdays(*BLOCKS), shut, ["12-28"], [("2026-12-26", "2026-12-28"), "2027-01-04"])
    assert elapsed(opened, at("2026-12-24"), at("2026-12-28")) == 0  # open days at the weekend stay without hours
    assert elapsed(opened, at("2026-12-28"), at("2026-12-29")) == 9 * HOUR
    assert elapsed(opened, at("2026-12-29"), at("2027-01-04")) == 0
    assert add(opened, at("2026-12-23 17:00"), 2 * HOUR) == at("2026-12-28 09:00")
    assert opened != Calendar(AMSTERDAM, workdays(*BLOCKS), shut, ["12-28"])


def test_a_holiday_is_local_to_the_zone_of_the_calendar() -> None:
    auckland = Calendar("Pacific/Auckland", workdays(["00:00", "24:00"]), ["2026-11-24"])
    assert elapsed(auckland, at("2026-11-23 11:00", "UTC"), at("2026-11-24 11:00", "UTC")) == 0
    assert elapsed(auckland, at("2026-11-23 10:59", "UTC"), at("2026-11-24 11:01", "UTC")) == 120


# Rule 4: times that do not exist, times that exist twice, 24:00


def test_a_local_time_that_does_not_exist_moves_forward_by_the_gap() -> None:
    night = Calendar(AMSTERDAM, {"sunday": [["02:30", "04:30"]]})
    assert add(night, at("2026-03-29 00:00"), 1) == at("2026-03-29 03:30:01")
    assert elapsed(night, at("2026-03-29 00:00"), at("2026-03-30 00:00")) == HOUR


def test_blocks_that_the_gap_pushes_over_each_other_count_once() -> None:
    night = Calendar(AMSTERDAM, {"sunday": [["02:00", "02:45"], ["03:00", "05:00"]]})
    assert elapsed(night, at("2026-03-29 00:00"), at("2026-03-30 00:00")) == 2 * HOUR


def test_an_ambiguous_local_time_is_its_first_occurrence() -> None:
    night = Calendar(AMSTERDAM, {"sunday": [["02:30", "04:00"]]})
    assert add(night, at("2026-10-25 00:00"), 1) == datetime(2026, 10, 25, 0, 30, 1, tzinfo=UTC)
    assert elapsed(night, at("2026-10-25 00:00"), at("2026-10-26 00:00")) == 2 * HOUR + 1_800


def test_midnight_at_the_end_of_a_day_is_the_start_of_the_next() -> None:
    late = Calendar(AMSTERDAM, {"monday": [["20:00", "24:00"]], "tuesday": [["00:00", "02:00"]]})
    assert add(late, at("2026-11-23 20:00"), 4 * HOUR) == at("2026-11-24 00:00")
    assert add(late, at("2026-11-23 20:00"), 5 * HOUR) == at("2026-11-24 01:00")
    assert add(late, at("2026-11-24 00:00"), 0) == at("2026-11-24 00:00")


@pytest.mark.parametrize(
    ("zone", "day", "following", "hours"),
    [
        ("America/Sao_Paulo", "2018-11-04", "2018-11-05", 23),
        ("America/Sao_Paulo", "2018-02-17", "2018-02-18", 25),
        ("Asia/Beirut", "2026-03-29", "2026-03-30", 23),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-06", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-05", 23.5),
        ("Africa/Casablanca", "2026-02-15", "2026-02-16", 25),
        ("Africa/Casablanca", "2026-03-22", "2026-03-23", 23),
        ("America/Toronto", "1919-03-30", "1919-03-31", 24),
        ("America/Toronto", "1919-03-31", "1919-04-01", 23),
    ],
)
def test_zones_with_unusual_changes_have_their_true_days(zone: str, day: str, following: str, hours: float) -> None:
    assert elapsed(Calendar.always(zone), at(day, zone), at(following, zone)) == hours * HOUR


def test_a_date_that_the_zone_left_out_does_not_open() -> None:
    samoa = Calendar("Pacific/Apia", {"friday": [["09:00", "17:00"]]})
    assert elapsed(samoa, at("2011-12-29", "Pacific/Apia"), at("2012-01-01", "Pacific/Apia")) == 0
    assert add_days(samoa, at("2011-12-23 10:00", "Pacific/Apia"), 1) == at("2012-01-06 10:00", "Pacific/Apia")


# Rule 8: seconds


def test_seconds_are_kept_and_fractions_dropped() -> None:
    assert add(OFFICE, at("2026-11-23 09:00:17"), 30) == at("2026-11-23 09:00:47")
    assert add(OFFICE, at("2026-11-23 09:00:17.999999"), 30) == at("2026-11-23 09:00:47")
    assert elapsed(None, at("2026-11-23 09:00:00.9"), at("2026-11-23 09:00:01.1")) == 1


# Rule 9: the boundary


def test_an_amount_used_up_exactly_at_closing_time_is_due_at_closing_time() -> None:
    assert add(OFFICE, at("2026-11-20 16:00"), 2 * HOUR) == at("2026-11-20 18:00")
    assert add(DESK, at("2026-11-20 08:00"), 4 * HOUR) == at("2026-11-20 12:00")


def test_one_second_more_falls_behind_the_next_opening() -> None:
    assert add(OFFICE, at("2026-11-20 16:00"), 2 * HOUR + 1) == at("2026-11-23 08:00:01")
    assert add(DESK, at("2026-11-20 08:00"), 4 * HOUR + 1) == at("2026-11-20 13:00:01")


def test_nothing_added_is_the_start_while_open_or_at_closing_else_the_next_opening() -> None:
    assert add(OFFICE, at("2026-11-20 16:00"), 0) == at("2026-11-20 16:00")
    assert add(OFFICE, at("2026-11-20 18:00"), 0) == at("2026-11-20 18:00")
    assert add(OFFICE, at("2026-11-20 18:00:01"), 0) == at("2026-11-23 08:00")
    assert add(None, at("2026-11-20 18:00:01"), 0) == at("2026-11-20 18:00:01")


def test_every_day_of_years_opens_and_closes_on_its_second() -> None:
    for number in range(1_100):
        local = datetime(2025, 1, 1, tzinfo=ZoneInfo(AMSTERDAM)) + timedelta(days=number)
        opens, closes = (local.replace(hour=hour).astimezone(UTC) for hour in (8, 18))
        if local.weekday() < 5:
            assert add(OFFICE, opens, 10 * HOUR) == closes
            assert add(OFFICE, closes, -10 * HOUR) == opens
            assert add_days(OFFICE, opens, 0, end_of_day=True) == closes
            assert elapsed(OFFICE, opens, (local + timedelta(days=7, hours=8)).astimezone(UTC)) == 50 * HOUR
    midnights = Calendar.always("UTC")
    for number in range(1_100):
        midnight = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number)
        assert add(midnights, midnight, -HOUR) == midnight - timedelta(hours=1)
        assert add(midnights, midnight + timedelta(hours=1), -HOUR) == midnight
        assert add(midnights, midnight - timedelta(hours=1), HOUR) == midnight
