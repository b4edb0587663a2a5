"""Business time refuses, with a reason, amounts beyond 100 years and calendars that never open."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.business_time import MAX_SECONDS, AmountOutOfBounds, Calendar, CalendarNeverOpens, add, add_days, elapsed
from tests.shared.desk import AMSTERDAM, BLOCKS, HOUR, OFFICE, ROUND_THE_CLOCK, at

# Bounds


@pytest.mark.parametrize("seconds", [3_155_760_001, -3_155_760_001])
@pytest.mark.parametrize("calendar", [OFFICE, None])
def test_amounts_over_100_years_are_refused(calendar: Calendar | None, seconds: int) -> None:
    with pytest.raises(AmountOutOfBounds):
        add(calendar, at("2026-11-20 16:00"), seconds)
    with pytest.raises(AmountOutOfBounds):
        add_days(calendar, at("2026-11-20 16:00"), seconds)


@pytest.mark.parametrize("seconds", [3_000_000_000, -3_000_000_000])
def test_results_over_100_years_away_are_refused(seconds: int) -> None:
    with pytest.raises(AmountOutOfBounds):
        add(OFFICE, at("2026-11-20 16:00"), seconds)
    with pytest.raises(AmountOutOfBounds):
        add_days(OFFICE, at("2026-11-20 16:00"), seconds // 90_000)


@pytest.mark.parametrize("calendar", [ROUND_THE_CLOCK, None])
def test_pauses_do_not_carry_a_result_beyond_100_years(calendar: Calendar | None) -> None:
    start, hour = at("2026-11-20 16:00"), timedelta(hours=1)
    assert add(calendar, start, MAX_SECONDS) == start + timedelta(seconds=MAX_SECONDS)
    with pytest.raises(AmountOutOfBounds):
        add(calendar, start, MAX_SECONDS, [(start, start + hour)])
    with pytest.raises(AmountOutOfBounds):
        add(calendar, start, -MAX_SECONDS, [(start - hour, start)])


@pytest.mark.parametrize("calendar", [OFFICE, ROUND_THE_CLOCK, None])
def test_pauses_that_reach_further_than_100_years_are_refused(calendar: Calendar | None) -> None:
    start, hour = at("2026-11-20 16:00"), timedelta(hours=1)
    with pytest.raises(AmountOutOfBounds):
        add(calendar, start, 2 * HOUR, [(start + hour / 2, datetime(9800, 1, 1, tzinfo=UTC))])
    with pytest.raises(AmountOutOfBounds):
        add(calendar, start, -HOUR, [(datetime(120, 1, 1, tzinfo=UTC), start - hour / 2)])
    assert elapsed(calendar, start, start + hour, [(start, datetime(9800, 1, 1, tzinfo=UTC))]) == 0


def test_spans_over_100_years_are_refused() -> None:
    with pytest.raises(AmountOutOfBounds):
        elapsed(OFFICE, at("2026-11-20 16:00"), at("2127-11-20 16:00"))
    assert elapsed(None, at("2026-11-20 16:00", "UTC"), at("2126-11-20 16:00", "UTC")) == 36_524 * 24 * HOUR


@pytest.mark.parametrize("year", [1, 9999])
def test_moments_at_the_ends_of_time_are_refused(year: int) -> None:
    with pytest.raises(AmountOutOfBounds):
        add(OFFICE, datetime(year, 1, 1, tzinfo=UTC), 60)


def test_a_calendar_that_never_opens_says_so() -> None:
    shut = Calendar(AMSTERDAM, {"monday": BLOCKS}, (), [("01-01", "12-31")])
    for seconds in (60, 0, -60):
        with pytest.raises(CalendarNeverOpens):
            add(shut, at("2026-11-20 16:00"), seconds)
    for days in (1, 0, -1):
        with pytest.raises(CalendarNeverOpens):
            add_days(shut, at("2026-11-20 16:00"), days)
    assert elapsed(shut, at("2026-11-20 16:00"), at("2027-11-20 16:00")) == 0


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = at("2026-11-20 16:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match="has no zone"):
        add(OFFICE, naive, 60)


def test_no_calendar_means_all_hours_of_all_days() -> None:
    assert elapsed(None, at("2026-10-24 12:00"), at("2026-10-25 12:00")) == 25 * HOUR
    assert add(None, at("2026-10-24 12:00"), 25 * HOUR) == at("2026-10-25 12:00")
    assert elapsed(Calendar.always(), at("2026-10-24 12:00"), at("2026-10-25 12:00")) == 25 * HOUR
