"""Reads what a calendar says in text (opening blocks, dates, month-days) and refuses what is not valid."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import TypeAlias

from shared.business_time.limits import DAY, CalendarInvalid

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MAX_BLOCKS_A_DAY = 24

Block: TypeAlias = tuple[int, int]
"""Opening and closing time of one block, in seconds of the local day; closing may be 86,400 (24:00)."""

MonthDay: TypeAlias = tuple[int, int]
HolidayInput: TypeAlias = "str | date | Sequence[str | date] | Mapping[str, str | date]"

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})", re.ASCII)
# A leap year, so that 02-29 is a month-day like any other.
_LEAP_YEAR = 2024


def read_hours(hours: Mapping[str, Sequence[Sequence[str]]]) -> tuple[tuple[Block, ...], ...]:
    """Seven tuples of blocks, Monday first, each sorted; `CalendarInvalid` when unclear or when no day opens."""
    unknown = [str(day) for day in hours if day not in WEEKDAYS]
    if unknown:
        raise CalendarInvalid(f"hours: {unknown[0]!r} is not a day; use {', '.join(WEEKDAYS)}")
    week = tuple(_read_day(day, hours.get(day, ())) for day in WEEKDAYS)
    if not any(week):
        raise CalendarInvalid(
            "hours: no day opens; a calendar needs at least one block (24x7 is seven days of 00:00 to 24:00)"
        )
    return week


def _read_day(day: str, blocks: Sequence[Sequence[str]]) -> tuple[Block, ...]:
    if isinstance(blocks, str) or len(blocks) > MAX_BLOCKS_A_DAY:
        raise CalendarInvalid(f"hours: {day} takes a list of at most {MAX_BLOCKS_A_DAY} blocks [open, close]")
    read = sorted(_read_block(day, block) for block in blocks)
    for (_, closes), (opens, _) in pairwise(read):
        if opens < closes:
            raise CalendarInvalid(f"hours: the blocks of {day} overlap at {_clock_text(opens)}")
    return tuple(read)


def _read_block(day: str, block: Sequence[str]) -> Block:
    match block:
        case [str(opening), str(closing)]:
            opens, closes = _read_time(day, opening), _read_time(day, closing)
        case _:
            raise CalendarInvalid(
                f"hours: a block of {day} is [open, close], such as ['08:00', '18:00'], not {block!r}"
            )
    if opens >= closes:
        hint = (
            "the end of the day is 24:00"
            if closes == 0
            else "hours past midnight go to the next day as a block of their own"
        )
        raise CalendarInvalid(f"hours: {day} opens at {opening} and closes at {closing}; {hint}")
    return opens, closes


def _read_time(day: str, text: str) -> int:
    if text in ("24:00", "24:00:00"):
        return DAY
    found = _TIME.fullmatch(text)
    if found is None:
        raise CalendarInvalid(f"hours: {text!r} on {day} is not a time between 00:00 and 24:00")
    hour, minute, second = found.groups(default="0")
    return int(hour) * 3_600 + int(minute) * 60 + int(second)


def _clock_text(seconds: int) -> str:
    return f"{seconds // 3_600:02}:{seconds // 60 % 60:02}"


def read_holidays(holidays: Iterable[HolidayInput], part: str = "holidays") -> tuple[tuple[date, date], ...]:
    """Sorted first and last days: a holiday is a date, a pair of dates or `{"from": …, "to": …}`, both included.

    `part` is what a refusal calls them.
    """
    read = set()
    for holiday in holidays:
        first, last = (_read_date(end, part) for end in _ends(part, holiday))
        if last < first:
            raise CalendarInvalid(f"{part}: the range from {first} to {last} ends before it begins")
        read.add((first, last))
    return tuple(sorted(read))


def read_yearly_holidays(holidays: Iterable[HolidayInput]) -> tuple[tuple[MonthDay, MonthDay], ...]:
    """Sorted first and last month-days; a range may pass the end of the year; 02-29 counts in leap years."""
    read = set()
    for holiday in holidays:
        first, last = (_read_month_day(end) for end in _ends("yearly_holidays", holiday))
        read.add((first, last))
    return tuple(sorted(read))


def _ends(field: str, holiday: HolidayInput) -> tuple[object, object]:
    match holiday:
        case str() | date():
            return holiday, holiday
        case {"from": first, "to": last, **others} if not others:
            return first, last
        case [first, last]:
            return first, last
    raise CalendarInvalid(f"{field}: {holiday!r} is neither a day nor a range {{'from': …, 'to': …}}")


def _read_date(value: object, part: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise CalendarInvalid(f"{part}: {value!r} is not a date such as '2026-04-27'")


def _read_month_day(value: object) -> MonthDay:
    found = _MONTH_DAY.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        month, day = int(found[1]), int(found[2])
        try:
            date(_LEAP_YEAR, month, day)
        except ValueError:
            pass
        else:
            return month, day
    raise CalendarInvalid(f"yearly_holidays: {value!r} is not a month and day such as '12-25'")
