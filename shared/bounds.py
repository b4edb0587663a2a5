"""How far every instant, day and duration may reach that somebody enters; whatever handles it later can compute with it."""

from datetime import UTC, datetime, timedelta

from shared.business_time.limits import DAY, MAX_DAYS, MAX_SECONDS

FIRST_YEAR, LAST_YEAR = 1970, 2200
FIRST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
AFTER_LAST = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
#: the longest target of an agreement: ten years of open seconds
LONGEST_TARGET = 10 * 365 * DAY
#: the largest amounts to compute with, forwards and backwards: a hundred years
MOST_SECONDS, MOST_DAYS = MAX_SECONDS, MAX_DAYS
#: how far two instants of one record may be apart: the arithmetic of business time reaches no further
LONGEST_SPAN = timedelta(days=MAX_DAYS)


def check_instant(instant: datetime) -> datetime:
    """The instant in UTC; `ValueError` outside the years 1970 to 2200."""
    try:
        found = instant.astimezone(UTC)
    except OverflowError:
        found = None
    if found is None or not FIRST <= found < AFTER_LAST:
        raise ValueError(f"an instant within the years {FIRST_YEAR} to {LAST_YEAR}")
    return found


def check_day(day: str) -> str:
    """A date such as 2026-04-27; `ValueError` outside the years 1970 to 2200. Whether it exists is checked elsewhere."""
    year = day[:4]
    if year.isdecimal() and not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise ValueError(f"a day within the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


def check_near(instant: datetime, other: datetime, what: str) -> None:
    """`ValueError` when an instant, which is `what`, is more than a hundred years from the other one."""
    if abs(instant - other) > LONGEST_SPAN:
        raise ValueError(f"{what} is more than 100 years from {other:%Y-%m-%d}")
