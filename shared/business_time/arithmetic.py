"""When an amount of open time or a number of working days ends, and how much open time has passed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeAlias

from shared.business_time.calendars import Calendar
from shared.business_time.limits import DAY, MAX_DAYS, MAX_SECONDS, AmountOutOfBounds
from shared.business_time.openings import within
from shared.business_time.pages import joined
from shared.business_time.working_days import working_day

Pause: TypeAlias = tuple[datetime, datetime]
"""From and to; time in between does not count. Pauses may overlap and come in any order."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A hundred years on either side of these stay within the range of a datetime.
_FIRST_YEAR, _LAST_YEAR = 110, 9_890
_EARLIEST = (datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC) - _EPOCH).days
_LATEST = (datetime(_LAST_YEAR, 12, 31, tzinfo=UTC) - _EPOCH).days


def add(calendar: Calendar | None, start: datetime, seconds: int, pauses: Iterable[Pause] = ()) -> datetime:
    """The instant in UTC at which `seconds` of open time have passed since `start`; backwards when negative.

    An amount that fits exactly ends at closing time (backwards: at opening time); one second more ends after the
    next opening. Zero gives `start` itself while open or at closing time, else the next opening. Open time within
    pauses does not count; a pause that begins at or after the moment found does not move it. No calendar means open
    at all times.

    Raises `AmountOutOfBounds` beyond 100 years, `CalendarNeverOpens`, and `ValueError` for an instant without a zone.
    """
    origin = _seconds(start)
    if not -MAX_SECONDS <= seconds <= MAX_SECONDS:
        raise AmountOutOfBounds(f"an amount of {seconds} seconds is more than 100 years")
    if seconds >= 0:
        found = _after(calendar, origin, seconds)
        return _instant(_pushed(calendar, origin, found, pauses) if pauses else found)
    found = _ahead(calendar, origin, -seconds)
    for begins, ends in reversed(_spans(pauses)):
        if ends <= found:
            break
        within(origin, begins)
        still = _between(calendar, begins, min(ends, origin))
        found = _ahead(calendar, found, still) if still else found
    return _instant(within(origin, found))


def add_days(
    calendar: Calendar | None, start: datetime, days: int, end_of_day: bool = False, pauses: Iterable[Pause] = ()
) -> datetime:
    """The instant in UTC `days` working days after `start` (before, when negative), at the same local time of day.

    As GLPI counts: the day of `start` is day zero. A start on a day that does not open counts from the opening of the
    next working day (backwards: of the previous one). A time of day after the last closing becomes that closing; one
    before opening or in a break stays as it is. `end_of_day` gives the last closing of the day found. Pauses are
    measured in open time and added in open time. No calendar means days of 24 hours in UTC.

    Raises `AmountOutOfBounds` beyond 100 years, `CalendarNeverOpens`, and `ValueError` for an instant without a zone.
    """
    origin = _seconds(start)
    if not -MAX_DAYS <= days <= MAX_DAYS:
        raise AmountOutOfBounds(f"{days} days are more than 100 years")
    found = working_day((calendar or _ALWAYS).openings, origin, days, end_of_day)
    return _instant(_pushed(calendar, origin, found, pauses) if pauses else found)


def elapsed(calendar: Calendar | None, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> int:
    """Open seconds from `start` to `end`, less those within pauses; 0 when the end comes first.

    No calendar means open at all times. Raises `AmountOutOfBounds` beyond 100 years and `ValueError` for an instant
    without a zone.
    """
    begin, finish = _seconds(start), _seconds(end)
    if finish <= begin:
        return 0
    if finish - begin > MAX_SECONDS:
        raise AmountOutOfBounds("the span is longer than 100 years")
    passed = _between(calendar, begin, finish)
    if pauses:
        passed -= sum(_between(calendar, max(begins, begin), min(ends, finish)) for begins, ends in _spans(pauses))
    return passed


def _between(calendar: Calendar | None, start: int, end: int) -> int:
    return max(end - start, 0) if calendar is None else calendar.openings.between(start, end)


def _after(calendar: Calendar | None, start: int, seconds: int) -> int:
    if calendar is None:
        return start + seconds
    return calendar.openings.after(start, seconds) if seconds else calendar.openings.opening(start)


def _ahead(calendar: Calendar | None, start: int, seconds: int) -> int:
    return start - seconds if calendar is None else calendar.openings.ahead(start, seconds)


def _pushed(calendar: Calendar | None, origin: int, due: int, pauses: Iterable[Pause]) -> int:
    """The due moment, later by the open time of every pause that begins before it."""
    for begins, ends in _spans(pauses):
        if begins >= due:
            break
        within(origin, ends)  # the moment found lies at the end of the pause or later
        still = _between(calendar, max(begins, origin), ends)
        due = _after(calendar, due, still) if still else due
    return within(origin, due)


def _spans(pauses: Iterable[Pause]) -> list[tuple[int, int]]:
    spans = []
    for begins, ends in pauses:
        span = _seconds(begins), _seconds(ends)
        if span[1] < span[0]:
            raise ValueError(f"the pause from {begins.isoformat()} to {ends.isoformat()} ends before it begins")
        spans.append(span)
    return joined(spans)


def _seconds(instant: datetime) -> int:
    """Epoch seconds, fractions dropped."""
    try:
        since = instant - _EPOCH
    except TypeError:
        raise ValueError(f"the instant {instant.isoformat()} has no zone or offset") from None
    if not _EARLIEST <= since.days <= _LATEST:
        raise AmountOutOfBounds(
            f"the instant {instant.isoformat()} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}"
        )
    return since.days * DAY + since.seconds


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


_ALWAYS = Calendar.always()
