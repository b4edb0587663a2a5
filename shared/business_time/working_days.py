"""Counts whole working days: local dates with any opening."""

from bisect import bisect_left, bisect_right
from datetime import datetime

from shared.business_time.openings import PAGE_BITS, Openings, within
from shared.business_time.pages import Page


def working_day(openings: Openings, origin: int, days: int, end_of_day: bool) -> int:
    """The epoch second `days` working days from `origin`, at its local time of day or at the last closing."""
    number, page = openings.page_of(origin)
    at = bisect_right(page.starts, origin) - 1
    rank = page.working[at + 1]
    local = datetime.fromtimestamp(origin, openings.zone)
    wall = local.hour * 3_600 + local.minute * 60 + local.second
    opens_today = page.working[at] < rank
    if not opens_today:
        # Day zero is then the next working day (backwards: the one before), and the time of day is its opening.
        number, page, at = _ranked(openings, number, rank + (days >= 0), origin)
        rank = page.working[at + 1]
        wall = openings.week[((number << PAGE_BITS) + at - 1) % 7][0][0]
    number, page, at = _ranked(openings, number, rank + days, origin)
    closing = page.starts[at] + page.days[at].closes[-1]
    if end_of_day:
        return within(origin, closing)
    if days == 0 and opens_today:
        # Today's time of day is the moment itself, also in the second of two repeated hours.
        return min(origin, closing)
    return within(origin, min(openings.instant((number << PAGE_BITS) + at, wall), closing))


def _ranked(openings: Openings, number: int, rank: int, origin: int) -> tuple[int, Page, int]:
    """The working day with that rank, counted from the page's first (rank 1) forwards and backwards over pages."""
    page = openings.page(number)
    while rank > page.working[-1]:
        rank -= page.working[-1]
        number, page = openings.next_page(number, 1, origin)
    while rank < 1:
        number, page = openings.next_page(number, -1, origin)
        rank += page.working[-1]
    return number, page, bisect_left(page.working, rank) - 1
