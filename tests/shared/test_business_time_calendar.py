"""An invalid calendar says what is wrong, and equal calendars are one object."""

from datetime import date
from typing import Any

import pytest

from shared.business_time import Calendar, CalendarInvalid

WEEK = {"monday": [["08:00", "18:00"]]}


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Nowhere",
        "",
        "Europe",
        "../etc/passwd",
        "/etc/passwd",
        "localtime",
        "right/Europe/Amsterdam",
        "x" * 5_000,
        "a\0b",
        5,
    ],
)
def test_an_unknown_zone_is_refused_by_name(zone: Any) -> None:
    with pytest.raises(CalendarInvalid, match=r"zone: .* is not a time zone"):
        Calendar(zone, WEEK)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ({}, "no day opens"),
        ({"monday": []}, "no day opens"),
        ({"Monday": [["08:00", "18:00"]]}, "'Monday' is not a day"),
        ({"monday": [["18:00", "08:00"]]}, "opens at 18:00 and closes at 08:00"),
        ({"monday": [["08:00", "08:00"]]}, "opens at 08:00 and closes at 08:00"),
        ({"monday": [["22:00", "00:00"]]}, "the end of the day is 24:00"),
        ({"monday": [["13:00", "18:00"], ["08:00", "13:01"]]}, "blocks of monday overlap at 13:00"),
        ({"monday": [["8:00", "18:00"]]}, "'8:00' on monday is not a time"),
        ({"monday": [["08:00", "24:01"]]}, "'24:01' on monday is not a time"),
        ({"monday": [["08:00"]]}, "a block of monday is"),
        ({"monday": ["08:00-18:00"]}, "a block of monday is"),
        ({"monday": [[8, 18]]}, "a block of monday is"),
        ({"monday": "08:00-18:00"}, "monday takes a list"),
        ({"monday": [["00:00", "00:01"]] * 25}, "at most 24 blocks"),
    ],
)
def test_unclear_hours_are_refused_with_the_day_and_the_time(hours: Any, words: str) -> None:
    with pytest.raises(CalendarInvalid, match=words):
        Calendar("Europe/Amsterdam", hours)


@pytest.mark.parametrize(
    ("holiday", "words"),
    [
        ("2026-02-29", "'2026-02-29' is not a date"),
        ("27-04-2026", "is not a date"),
        ("20260427", "is not a date"),
        ("2026-04-27T00:00:00", "is not a date"),
        (20260427, "neither a day nor a range"),
        ({"from": "2026-04-27"}, "neither a day nor a range"),
        ({"from": "2026-04-27", "to": "2026-04-28", "name": "x"}, "neither a day nor a range"),
        ({"from": "2026-04-28", "to": "2026-04-27"}, "ends before it begins"),
    ],
)
def test_a_holiday_that_is_no_date_is_refused(holiday: Any, words: str) -> None:
    with pytest.raises(CalendarInvalid, match=f"holidays: .*{words}"):
        Calendar("Europe/Amsterdam", WEEK, [holiday])


@pytest.mark.parametrize("holiday", ["02-30", "13-01", "2026-12-25", "1-1", date(2026, 12, 25)])
def test_a_yearly_holiday_that_is_no_month_and_day_is_refused(holiday: Any) -> None:
    with pytest.raises(CalendarInvalid, match=r"yearly_holidays: .* is not a month and day"):
        Calendar("Europe/Amsterdam", WEEK, (), [holiday])


def test_blocks_may_touch_and_come_in_any_order() -> None:
    touching = Calendar("Europe/Amsterdam", {"monday": [["12:00", "18:00"], ["08:00:00", "12:00"]]})
    assert touching.hours[0] == ((28_800, 43_200), (43_200, 64_800))


def test_equal_calendars_are_equal_and_hash_alike() -> None:
    one = Calendar("Europe/Amsterdam", WEEK, ["2026-04-27", "2026-05-05"], ["12-25"])
    same = Calendar("Europe/Amsterdam", {**WEEK, "sunday": []}, [date(2026, 5, 5), "2026-04-27"], ["12-25"])
    assert one == same
    assert len({one, same}) == 1
    assert one != Calendar("Europe/Amsterdam", WEEK, ["2026-04-27"], ["12-25"])


def test_equal_calendars_share_what_was_computed() -> None:
    assert Calendar("Europe/Amsterdam", WEEK).openings is Calendar("Europe/Amsterdam", WEEK).openings


def test_a_calendar_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Calendar("Europe/Amsterdam", WEEK).zone = "UTC"  # type: ignore[misc]
