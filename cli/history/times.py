"""Times in another system's file: which forms a mapping may name, and what is accepted as the time of a step."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EARLIEST_YEAR = 1970
FURTHEST = timedelta(days=100 * 365)
"""Times further ahead are placeholders such as 31/12/9999, or read with the wrong format; no clock can use them."""

ISO, EXCEL = "iso", "excel"
"""Formats with a name: ISO 8601 with or without a zone, and the day numbers in which Excel stores times."""

DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - the zone of the mapping is added to what is read
_DAY_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d+)?")


def time_reader(formats: tuple[str, ...], zone: ZoneInfo) -> Callable[[str], datetime]:
    """A function from text to time in UTC; it caches its results, because the same times occur many times.

    The first format that fits is used. A local time that exists twice because of a clock change is the first of the two.
    Raises `ValueError`, whose text completes "… is not a time", for any other text, and for a time before 1970 or more
    than a hundred years ahead.
    """
    latest = datetime.now(UTC) + FURTHEST
    outside = f"between the years {EARLIEST_YEAR} and {latest.year}"

    @lru_cache(maxsize=8192)
    def read_time(text: str) -> datetime:
        read = _read(text, formats)
        try:
            at = (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
        except OverflowError:
            raise ValueError(outside) from None
        if at.year < EARLIEST_YEAR or at > latest:
            raise ValueError(outside)
        return at

    return read_time


def check_format(form: str) -> str | None:
    """What is wrong with a format; None when it gives a time to the minute."""
    if form in (ISO, EXCEL):
        return None
    moment = datetime(2001, 2, 3, 4, 5, tzinfo=UTC)
    try:
        read = datetime.strptime(moment.strftime(form), form).replace(tzinfo=UTC)
    except ValueError as fault:
        return str(fault)
    if read != moment:
        return f"{form!r} must have year, month, day, hour and minute, such as %d/%m/%Y %H:%M"
    return None


def _read(text: str, formats: tuple[str, ...]) -> datetime:
    for form in formats:
        try:
            return _read_as(text, form)
        except (ValueError, OverflowError):
            continue
    why = f"of the form {' or '.join(formats)}"
    if EXCEL not in formats and _DAY_NUMBER.fullmatch(text):
        why += f'; if it is a day number of Excel, the format is "{EXCEL}"'
    raise ValueError(why)


def _read_as(text: str, form: str) -> datetime:
    if form == ISO:
        if ":" not in text:
            raise ValueError(text)  # a date alone would count as midnight
        return datetime.fromisoformat(text)
    if form == EXCEL:
        if not _DAY_NUMBER.fullmatch(text):
            raise ValueError(text)
        return DAY_ZERO + timedelta(seconds=round(float(text.replace(",", ".")) * 86_400))
    return datetime.strptime(text, form)  # noqa: DTZ007 - the reader adds a missing zone
