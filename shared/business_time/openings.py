"""The compiled form of a calendar: how much open time lies between instants, and where it ends."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.business_time.hours import Block, MonthDay
from shared.business_time.limits import DAY, MAX_DAYS, MAX_SECONDS, AmountOutOfBounds, CalendarNeverOpens
from shared.business_time.pages import Day, Page, joined

EPOCH_ORDINAL = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
PAGE_BITS = 9
_PAGE_DAYS = 1 << PAGE_BITS
# Enough for two spans of 100 years; with more pages, dates far apart would fill the memory.
_MAX_PAGES = 2 * (MAX_DAYS // _PAGE_DAYS + 2)


class Openings:
    """All methods take and return epoch seconds; pages of 512 local days are computed when first needed."""

    __slots__ = ("_holidays", "_open_days", "_pages", "_weekdays", "_yearly", "week", "zone")

    def __init__(
        self,
        zone: ZoneInfo,
        week: tuple[tuple[Block, ...], ...],
        holidays: tuple[tuple[date, date], ...],
        yearly: tuple[tuple[MonthDay, MonthDay], ...],
        open_days: tuple[tuple[date, date], ...] = (),
    ) -> None:
        self.zone = zone
        self.week = week
        self._weekdays = [Day(joined(blocks)) for blocks in week]
        self._holidays, self._open_days = (
            joined((first.toordinal(), last.toordinal() + 1) for first, last in days) for days in (holidays, open_days)
        )
        self._yearly = yearly
        self._pages: dict[int, Page] = {}

    def between(self, start: int, end: int) -> int:
        """Open seconds from `start` to `end`; 0 when the end comes first."""
        if end <= start:
            return 0
        number, page, counted = self._counted(start)
        if end < page.starts[-1]:
            return _counted_in(page, end) - counted
        last, _, total = self._counted(end)
        return total - counted + sum(self.page(skipped).before[-1] for skipped in range(number, last))

    def after(self, start: int, seconds: int) -> int:
        """The earliest instant `seconds` (1 or more) of open time after `start`: closing time on an exact fit."""
        number, page, counted = self._counted(start)
        wanted = counted + seconds
        while wanted > page.before[-1]:
            wanted -= page.before[-1]
            number, page = self.next_page(number, 1, start)
        at = bisect_left(page.before, wanted) - 1
        day, rest = page.days[at], wanted - page.before[at]
        block = bisect_left(day.before, rest) - 1
        return within(start, page.starts[at] + day.opens[block] + rest - day.before[block])

    def ahead(self, start: int, seconds: int) -> int:
        """The latest instant `seconds` (1 or more) of open time before `start`: opening time on an exact fit."""
        number, page, counted = self._counted(start)
        wanted = counted - seconds
        while wanted < 0:
            number, page = self.next_page(number, -1, start)
            wanted += page.before[-1]
        return within(start, _latest(page, wanted))

    def opening(self, start: int) -> int:
        """`start` itself while open or exactly at closing time, else the next opening."""
        number, page, counted = self._counted(start)
        if self.between(start - 1, start):
            return start
        while counted == page.before[-1]:
            counted = 0
            number, page = self.next_page(number, 1, start)
        return within(start, _latest(page, counted))

    def _counted(self, instant: int) -> tuple[int, Page, int]:
        number, page = self.page_of(instant)
        return number, page, _counted_in(page, instant)

    def page_of(self, instant: int) -> tuple[int, Page]:
        """The page whose local days hold the instant, with its number."""
        number = (instant // DAY + EPOCH_ORDINAL) >> PAGE_BITS
        page = self.page(number)
        if instant < page.starts[0]:
            return number - 1, self.page(number - 1)
        if instant >= page.starts[-1]:
            return number + 1, self.page(number + 1)
        return number, page

    def next_page(self, number: int, step: int, start: int) -> tuple[int, Page]:
        """The next (1) or previous (-1) page with its number; refused 100 years from `start`."""
        page = self.page(number)
        edge = page.starts[-1] if step > 0 else page.starts[0]
        if abs(edge - start) > MAX_SECONDS:
            if self.between(min(start, edge), max(start, edge)):
                raise AmountOutOfBounds("the result lies more than 100 years from the start")
            raise CalendarNeverOpens("the holidays leave no opening within 100 years of the start")
        return number + step, self.page(number + step)

    def page(self, number: int) -> Page:
        """The page of local days `number * 512` onwards (proleptic ordinals)."""
        page = self._pages.get(number)
        if page is None:
            if len(self._pages) >= _MAX_PAGES:
                self._pages.clear()
            page = self._pages[number] = self._computed(number)
        return page

    def _computed(self, number: int) -> Page:
        first = number << PAGE_BITS
        end = first + _PAGE_DAYS
        closed = set(self._holidays_among(first, end)).difference(_days_among(self._open_days, first, end))
        starts = [self.instant(ordinal, 0) for ordinal in range(first, first + _PAGE_DAYS + 1)]
        days = []
        for at in range(_PAGE_DAYS):
            ordinal, length = first + at, starts[at + 1] - starts[at]
            if ordinal in closed:
                days.append(_CLOSED)
            elif length == DAY:
                days.append(self._weekdays[(ordinal - 1) % 7])
            else:
                days.append(self._uneven(ordinal, starts[at], length))
        return Page(starts, days)

    def _uneven(self, ordinal: int, start: int, length: int) -> Day:
        """A day on which the clocks change, or which the zone left out (length 0): every block with its true length."""
        spans = []
        for opens, closes in self.week[(ordinal - 1) % 7]:
            span = (self.instant(ordinal, opens) - start, min(self.instant(ordinal, closes) - start, length))
            if span[0] < span[1]:
                spans.append(span)
        return Day(joined(spans))

    def instant(self, ordinal: int, seconds: int) -> int:
        """The instant of a wall-clock time: a skipped one moves forward by the gap, a repeated one is the first."""
        local = datetime.fromordinal(ordinal) + timedelta(seconds=seconds)
        offset = self.zone.utcoffset(local.replace(tzinfo=self.zone))
        assert offset is not None
        return (ordinal - EPOCH_ORDINAL) * DAY + seconds - offset.days * DAY - offset.seconds

    def _holidays_among(self, first: int, end: int) -> Iterator[int]:
        yield from _days_among(self._holidays, first, end)
        for year in range(date.fromordinal(first).year - 1, date.fromordinal(end).year + 1):
            for begin, last in self._yearly:
                ending = _ordinal(year + (last < begin), last, missing=-1)
                yield from range(_ordinal(year, begin, missing=0), ending + 1)


def _days_among(spans: list[tuple[int, int]], first: int, end: int) -> Iterator[int]:
    for begins, ends in spans[max(bisect_left(spans, (first, 0)) - 1, 0) :]:
        if begins >= end:
            break
        yield from range(max(begins, first), min(ends, end))


def within(start: int, result: int) -> int:
    """The result, unless it lies more than 100 years from the start (`AmountOutOfBounds`)."""
    if abs(result - start) > MAX_SECONDS:
        raise AmountOutOfBounds("the result lies more than 100 years from the start")
    return result


def _ordinal(year: int, month_day: MonthDay, missing: int) -> int:
    """The ordinal of a month-day; where the year has no 29 February, 1 March plus `missing` days is used instead."""
    month, day = month_day
    if month_day == (2, 29) and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        return date(year, 3, 1).toordinal() + missing
    return date(year, month, day).toordinal()


def _counted_in(page: Page, instant: int) -> int:
    at = bisect_right(page.starts, instant) - 1
    day, moment = page.days[at], instant - page.starts[at]
    block = bisect_right(day.opens, moment) - 1
    if block < 0:
        return page.before[at]
    return page.before[at] + day.before[block] + min(moment, day.closes[block]) - day.opens[block]


def _latest(page: Page, counted: int) -> int:
    """The latest instant of the page with that many open seconds of the page before it."""
    at = bisect_right(page.before, counted) - 1
    day, rest = page.days[at], counted - page.before[at]
    block = bisect_right(day.before, rest) - 1
    return page.starts[at] + day.opens[block] + rest - day.before[block]


_CLOSED = Day(())
